using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace RespKv.Server.Kv.Hashes;

/// <summary>
/// Reads Redis's listpack: u32 bytes in all, u16 elements, the elements, the byte 255. An element is an integer or a string in one of the forms below, and behind it its length, in 1 to 5 bytes, for
/// those who come from the end.
/// </summary>
internal ref struct ListPack
{
    private const int HeaderBytes = 6;
    private const byte EndMark = 0xFF;
    private ReadOnlySpan<byte> rest;

    private ListPack(ReadOnlySpan<byte> elements) => rest = elements;

    /// <summary>Whether all elements have been taken, and the end is where it should be.</summary>
    public readonly bool IsAtEnd => rest is [EndMark];

    public static bool TryOpen(ReadOnlySpan<byte> bytes, out ListPack elements)
    {
        elements = default;
        if (bytes.Length <= HeaderBytes || BinaryPrimitives.ReadUInt32LittleEndian(bytes) != bytes.Length)
            return false;
        elements = new ListPack(bytes[HeaderBytes..]);
        return true;
    }

    /// <summary>Takes the next element, an integer as its decimal digits; false at the end, and where it is damaged.</summary>
    public bool TryTake(out byte[] element)
    {
        element = [];
        if (rest.IsEmpty || rest[0] == EndMark || !TryMeasure(out var headBytes, out var bodyBytes, out var isString))
            return false;
        var whole = (long)headBytes + bodyBytes;
        if (whole + BackLengthBytes(whole) >= rest.Length)
            return false;
        element = isString ? rest.Slice(headBytes, bodyBytes).ToArray() : Encoding.ASCII.GetBytes(Integer(rest[..(int)whole]).ToString(CultureInfo.InvariantCulture));
        rest = rest[(int)(whole + BackLengthBytes(whole))..];
        return true;
    }

    private readonly bool TryMeasure(out int headBytes, out int bodyBytes, out bool isString)
    {
        var first = rest[0];
        (headBytes, bodyBytes, isString) = (1, 0, false);
        switch (first)
        {
            case < 0x80:
                return true;
            case < 0xC0:
                (bodyBytes, isString) = (first & 0x3F, true);
                return true;
            case < 0xE0:
                headBytes = 2;
                return rest.Length > headBytes;
            case < 0xF0:
                if (rest.Length < 2)
                    return false;
                (headBytes, bodyBytes, isString) = (2, ((first & 0x0F) << 8) | rest[1], true);
                return true;
            case 0xF0:
                if (rest.Length < 5 || BinaryPrimitives.ReadUInt32LittleEndian(rest[1..]) is var length && length > int.MaxValue)
                    return false;
                (headBytes, bodyBytes, isString) = (5, (int)length, true);
                return true;
            case <= 0xF4:
                bodyBytes = first switch { 0xF1 => 2, 0xF2 => 3, 0xF3 => 4, _ => 8 };
                return rest.Length > headBytes + bodyBytes;
            default:
                return false;
        }
    }

    private static long Integer(ReadOnlySpan<byte> whole)
    {
        const int unusedBitsOf13 = 64 - 13;
        const int unusedBitsOf24 = 32 - 24;
        return whole[0] switch
        {
            < 0x80 => whole[0],
            < 0xE0 => (((long)(whole[0] & 0x1F) << 8) | whole[1]) << unusedBitsOf13 >> unusedBitsOf13,
            0xF1 => BinaryPrimitives.ReadInt16LittleEndian(whole[1..]),
            0xF2 => (whole[1] | (whole[2] << 8) | (whole[3] << 16)) << unusedBitsOf24 >> unusedBitsOf24,
            0xF3 => BinaryPrimitives.ReadInt32LittleEndian(whole[1..]),
            _ => BinaryPrimitives.ReadInt64LittleEndian(whole[1..]),
        };
    }

    private static int BackLengthBytes(long length) => length switch
    {
        <= 127 => 1,
        < 16383 => 2,
        < 2097151 => 3,
        < 268435455 => 4,
        _ => 5,
    };
}
