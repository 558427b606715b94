using System.Numerics;
using System.Runtime.InteropServices;

namespace RespKv.Server.Kv;

/// <summary>A way to combine strings bit by bit (BITOP).</summary>
internal enum BitwiseOperation
{
    And,
    Or,
    Xor,

    /// <summary>Takes one string only.</summary>
    Not,
}

/// <summary>Strings as rows of bits. Bit 0 is the highest bit of the first byte, as Redis counts; behind the end all bits are 0.</summary>
internal static class BitStrings
{
    public static bool Get(ReadOnlySpan<byte> value, long offset) =>
        offset >> 3 < value.Length && (value[(int)(offset >> 3)] & MaskOf(offset)) != 0;

    /// <summary>Sets or clears a bit that the string has.</summary>
    public static void Set(Span<byte> value, long offset, bool bit)
    {
        ref var place = ref value[(int)(offset >> 3)];
        place = (byte)(bit ? place | MaskOf(offset) : place & ~MaskOf(offset));
    }

    /// <summary>How many bits are 1.</summary>
    public static long Count(ReadOnlySpan<byte> value)
    {
        var words = MemoryMarshal.Cast<byte, ulong>(value);
        // Four sums that do not wait for each other; each takes at most 64 more per turn, so none can overflow.
        long a = 0, b = 0, c = 0, d = 0;
        var i = 0;
        for (; i <= words.Length - 4; i += 4)
        {
            a += BitOperations.PopCount(words[i]);
            b += BitOperations.PopCount(words[i + 1]);
            c += BitOperations.PopCount(words[i + 2]);
            d += BitOperations.PopCount(words[i + 3]);
        }

        for (; i < words.Length; i++)
            a += BitOperations.PopCount(words[i]);
        foreach (var rest in value[(words.Length * sizeof(ulong))..])
            a += BitOperations.PopCount(rest);
        return a + b + c + d;
    }

    /// <summary>How many bits of a range are 1.</summary>
    public static long Count(ReadOnlySpan<byte> value, BitRange range)
    {
        var (from, to) = range.BitsOf(value.Length);
        if (from > to || range.IsBackwards)
            return 0;
        var (first, last) = ((int)(from >> 3), (int)(to >> 3));
        var before = value[first] & ~TailOf(from);
        var behind = value[last] & (TailOf(to) >> 1);
        return Count(value[first..(last + 1)]) - BitOperations.PopCount((uint)before) - BitOperations.PopCount((uint)behind);
    }

    /// <summary>
    /// Where the first bit of that kind is in a range; -1 when there is none. A string whose end was not given goes on with zeros for ever:
    /// then the first 0 may be the one behind its last byte.
    /// </summary>
    public static long Position(ReadOnlySpan<byte> value, bool bit, BitRange range, bool hasEnd)
    {
        var (from, to) = range.BitsOf(value.Length);
        if (from > to)
            return -1;
        var found = FirstOf(value, bit, from, to);
        return found < 0 && !bit && !hasEnd ? value.Length * 8L : found;
    }

    /// <summary>
    /// Combines a string into another one that is at least as long. Where it is shorter it counts as zeros.
    /// </summary>
    /// <param name="operation">Not <see cref="BitwiseOperation.Not"/>.</param>
    /// <param name="target">One operand, and then the result.</param>
    /// <param name="source">The other operand.</param>
    public static void Combine(BitwiseOperation operation, Span<byte> target, ReadOnlySpan<byte> source)
    {
        switch (operation)
        {
            case BitwiseOperation.And:
                Combine<Conjunction>(target[..source.Length], source);
                target[source.Length..].Clear();
                break;
            case BitwiseOperation.Or:
                Combine<Disjunction>(target[..source.Length], source);
                break;
            case BitwiseOperation.Xor:
                Combine<Difference>(target[..source.Length], source);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(operation), operation, "It does not take two strings.");
        }
    }

    /// <summary>Turns every bit into the other.</summary>
    public static void Complement(Span<byte> value)
    {
        var vectors = MemoryMarshal.Cast<byte, Vector<byte>>(value);
        for (var i = 0; i < vectors.Length; i++)
            vectors[i] = ~vectors[i];
        for (var i = vectors.Length * Vector<byte>.Count; i < value.Length; i++)
            value[i] = (byte)~value[i];
    }

    private static byte MaskOf(long offset) => (byte)(0x80 >> (int)(offset & 7));

    // The bit's place in its byte and all places behind it.
    private static int TailOf(long offset) => 0xFF >> (int)(offset & 7);

    private static long FirstOf(ReadOnlySpan<byte> value, bool bit, long from, long to)
    {
        var (first, last) = ((int)(from >> 3), (int)(to >> 3));
        var head = (bit ? value[first] : ~value[first]) & TailOf(from);
        if (head == 0)
        {
            var skipped = value[(first + 1)..(last + 1)].IndexOfAnyExcept(bit ? (byte)0x00 : (byte)0xFF);
            if (skipped < 0)
                return -1;
            first += 1 + skipped;
            head = (bit ? value[first] : ~value[first]) & 0xFF;
        }

        var found = (first * 8L) + BitOperations.LeadingZeroCount((uint)head) - 24;
        return found <= to ? found : -1;
    }

    private static void Combine<TOperator>(Span<byte> target, ReadOnlySpan<byte> source)
        where TOperator : struct, IOperator
    {
        var targets = MemoryMarshal.Cast<byte, Vector<byte>>(target);
        var sources = MemoryMarshal.Cast<byte, Vector<byte>>(source);
        for (var i = 0; i < sources.Length; i++)
            targets[i] = TOperator.Of(targets[i], sources[i]);
        for (var i = sources.Length * Vector<byte>.Count; i < source.Length; i++)
            target[i] = TOperator.Of(target[i], source[i]);
    }

    private interface IOperator
    {
        static abstract Vector<byte> Of(Vector<byte> left, Vector<byte> right);

        static abstract byte Of(byte left, byte right);
    }

    private readonly struct Conjunction : IOperator
    {
        public static Vector<byte> Of(Vector<byte> left, Vector<byte> right) => left & right;

        public static byte Of(byte left, byte right) => (byte)(left & right);
    }

    private readonly struct Disjunction : IOperator
    {
        public static Vector<byte> Of(Vector<byte> left, Vector<byte> right) => left | right;

        public static byte Of(byte left, byte right) => (byte)(left | right);
    }

    private readonly struct Difference : IOperator
    {
        public static Vector<byte> Of(Vector<byte> left, Vector<byte> right) => left ^ right;

        public static byte Of(byte left, byte right) => (byte)(left ^ right);
    }
}
