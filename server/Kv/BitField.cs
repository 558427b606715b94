using System.Buffers.Binary;

namespace RespKv.Server.Kv;

/// <summary>What becomes of a number that does not fit its field (BITFIELD's OVERFLOW).</summary>
internal enum BitOverflow
{
    /// <summary>Its upper bits are lost.</summary>
    Wrap,

    /// <summary>The nearest number that fits is taken.</summary>
    Saturate,

    /// <summary>It is not written.</summary>
    Fail,
}

/// <summary>An integer at any place of a string, its highest bit first.</summary>
/// <param name="Offset">Its first bit.</param>
/// <param name="Bits">Its width: 1 to 64 when signed (two's complement), 1 to 63 when not.</param>
/// <param name="IsSigned">Whether it may be negative.</param>
internal readonly record struct BitField(long Offset, int Bits, bool IsSigned)
{
    // 64 bits that begin in the midst of a byte touch nine bytes; a window of 16 is read and written as one number.
    private const int BytesMax = 9;
    private const int WindowBytes = 16;
    private const int WindowBits = WindowBytes * 8;

    /// <summary>The byte that it begins in.</summary>
    public long FirstByte => Offset >> 3;

    /// <summary>Bytes that a string must have to hold the field.</summary>
    public long BytesNeeded => ((Offset + Bits - 1) >> 3) + 1;

    private Int128 Smallest => IsSigned ? -(Int128.One << (Bits - 1)) : 0;

    private Int128 Largest => (Int128.One << (IsSigned ? Bits - 1 : Bits)) - 1;

    private UInt128 Mask => (UInt128.One << Bits) - 1;

    private int Shift => WindowBits - (int)(Offset & 7) - Bits;

    /// <summary>Reads the field; behind the string's end there are zeros.</summary>
    public long Read(ReadOnlySpan<byte> value)
    {
        var start = Math.Min(FirstByte, value.Length);
        Span<byte> window = stackalloc byte[WindowBytes];
        window.Clear();
        var rest = value[(int)start..];
        rest[..Math.Min(rest.Length, BytesMax)].CopyTo(window);
        return Truncate((Int128)(BinaryPrimitives.ReadUInt128BigEndian(window) >> Shift));
    }

    /// <summary>Writes a number that fits into a string that holds the field.</summary>
    public void Write(Span<byte> value, long number)
    {
        var touched = value[(int)FirstByte..(int)BytesNeeded];
        Span<byte> window = stackalloc byte[WindowBytes];
        window.Clear();
        touched.CopyTo(window);
        var others = BinaryPrimitives.ReadUInt128BigEndian(window) & ~(Mask << Shift);
        BinaryPrimitives.WriteUInt128BigEndian(window, others | (((UInt128)(Int128)number & Mask) << Shift));
        window[..touched.Length].CopyTo(touched);
    }

    /// <summary>The number to be written for an exact one; null when it does not fit and that is to fail.</summary>
    /// <remarks>
    /// One result is not Redis's, whose 64-bit arithmetic overflows there: a SET of a number below about -2^63 + 2^(Bits - 1) in a narrower
    /// signed field saturates to the smallest number here, as its documentation has it, and to the largest in Redis.
    /// </remarks>
    public long? Fit(Int128 exact, BitOverflow overflow)
    {
        if (exact >= Smallest && exact <= Largest)
            return (long)exact;
        return overflow switch
        {
            BitOverflow.Wrap => Truncate(exact),
            BitOverflow.Saturate => (long)(exact < Smallest ? Smallest : Largest),
            _ => null,
        };
    }

    // The lowest bits of the number, as a number of the field's kind.
    private long Truncate(Int128 exact)
    {
        var bits = (Int128)((UInt128)exact & Mask);
        return (long)(bits > Largest ? bits - (Int128.One << Bits) : bits);
    }
}
