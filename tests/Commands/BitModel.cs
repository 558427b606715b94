using System.Numerics;
using RespKv.Server.Kv;

namespace RespKv.Tests.Commands;

/// <summary>Strings as lists of bits, one at a time and without any cleverness: what <see cref="BitStrings"/> and <see cref="BitField"/> must agree with.</summary>
internal static class BitModel
{
    public static bool[] BitsOf(ReadOnlySpan<byte> value)
    {
        var bits = new bool[value.Length * 8];
        for (var i = 0; i < bits.Length; i++)
            bits[i] = ((value[i / 8] >> (7 - (i % 8))) & 1) == 1;
        return bits;
    }

    public static byte[] BytesOf(bool[] bits)
    {
        var value = new byte[bits.Length / 8];
        for (var i = 0; i < bits.Length; i++)
            value[i / 8] |= (byte)(bits[i] ? 1 << (7 - (i % 8)) : 0);
        return value;
    }

    public static long Count(byte[] value, BitRange range)
    {
        var (from, to) = range.BitsOf(value.Length);
        return range.IsBackwards ? 0 : BitsOf(value).Where((bit, i) => bit && i >= from && i <= to).Count();
    }

    public static long Position(byte[] value, bool wanted, BitRange range, bool hasEnd)
    {
        var (from, to) = range.BitsOf(value.Length);
        var bits = BitsOf(value);
        for (var i = from; i <= to; i++)
        {
            if (bits[i] == wanted)
                return i;
        }

        return from <= to && !wanted && !hasEnd ? bits.Length : -1;
    }

    public static byte[] Combine(BitwiseOperation operation, byte[][] values)
    {
        var rows = values.Select(v => BitsOf(v)).ToArray();
        var result = new bool[rows.Max(r => r.Length)];
        for (var i = 0; i < result.Length; i++)
        {
            var column = rows.Select(r => i < r.Length && r[i]).ToArray();
            result[i] = operation switch
            {
                BitwiseOperation.And => column.All(bit => bit),
                BitwiseOperation.Or => column.Any(bit => bit),
                BitwiseOperation.Xor => column.Count(bit => bit) % 2 == 1,
                _ => !column[0],
            };
        }

        return BytesOf(result);
    }

    public static BigInteger Read(byte[] value, BitField field)
    {
        var bits = BitsOf(value);
        var number = BigInteger.Zero;
        for (var i = field.Offset; i < field.Offset + field.Bits; i++)
            number = (number * 2) + (i < bits.Length && bits[i] ? 1 : 0);
        return ToKind(number, field);
    }

    public static byte[] Write(byte[] value, BitField field, BigInteger number)
    {
        var bits = BitsOf(value);
        for (var i = 0; i < field.Bits; i++)
            bits[field.Offset + field.Bits - 1 - i] = !(number >> i).IsEven;
        return BytesOf(bits);
    }

    public static BigInteger? Fit(BigInteger exact, BitField field, BitOverflow overflow)
    {
        var width = BigInteger.One << field.Bits;
        var (low, high) = field.IsSigned ? (-width / 2, (width / 2) - 1) : (0, width - 1);
        if (exact >= low && exact <= high)
            return exact;
        return overflow switch
        {
            BitOverflow.Fail => null,
            BitOverflow.Saturate => exact < low ? low : high,
            _ => ToKind(((exact % width) + width) % width, field),
        };
    }

    private static BigInteger ToKind(BigInteger number, BitField field) =>
        field.IsSigned && number >= BigInteger.One << (field.Bits - 1) ? number - (BigInteger.One << field.Bits) : number;
}
