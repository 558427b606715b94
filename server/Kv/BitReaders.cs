using System.Runtime.InteropServices;
using RespKv.Server.Storage;

namespace RespKv.Server.Kv;

/// <summary>Looks at a string's bits where they are, without a copy; tells a value of another type apart.</summary>
internal abstract class BitReader : RecordReader
{
    /// <summary>Whether the key holds something other than a string; then nothing was looked at.</summary>
    public bool IsWrongType { get; private set; }

    public sealed override void Read(in Record record)
    {
        IsWrongType = record.Type != RecordType.String;
        if (!IsWrongType)
            Look(record.Value);
    }

    protected abstract void Look(ReadOnlySpan<byte> value);
}

/// <summary>Reads one bit (GETBIT).</summary>
internal sealed class GetBitReader : BitReader
{
    private long offset;

    public bool Bit { get; private set; }

    public GetBitReader At(long bitOffset)
    {
        offset = bitOffset;
        return this;
    }

    protected override void Look(ReadOnlySpan<byte> value) => Bit = BitStrings.Get(value, offset);
}

/// <summary>Counts the bits that are 1 (BITCOUNT).</summary>
internal sealed class BitCountReader : BitReader
{
    private BitRange range;

    public long Count { get; private set; }

    public BitCountReader In(BitRange part)
    {
        range = part;
        return this;
    }

    protected override void Look(ReadOnlySpan<byte> value) => Count = BitStrings.Count(value, range);
}

/// <summary>Finds the first bit of a kind (BITPOS).</summary>
internal sealed class BitPositionReader : BitReader
{
    private bool wanted;
    private BitRange range;
    private bool hasEnd;

    /// <summary>The bit's offset; -1 when there is none.</summary>
    public long Position { get; private set; }

    public BitPositionReader For(bool bit, BitRange part, bool partHasEnd)
    {
        wanted = bit;
        range = part;
        hasEnd = partHasEnd;
        return this;
    }

    protected override void Look(ReadOnlySpan<byte> value) => Position = BitStrings.Position(value, wanted, range, hasEnd);
}

/// <summary>Reads fields (BITFIELD without writes, BITFIELD_RO).</summary>
internal sealed class BitFieldReader : BitReader
{
    private List<BitFieldOperation> operations = [];

    /// <summary>What the operations have to tell, in their order.</summary>
    public List<long?> Results { get; } = [];

    public BitFieldReader For(List<BitFieldOperation> gets)
    {
        operations = gets;
        return this;
    }

    /// <summary>There is no such key: all bits are 0.</summary>
    public void LookAtNothing() => Look(default);

    protected override void Look(ReadOnlySpan<byte> value)
    {
        Results.Clear();
        foreach (ref readonly var operation in CollectionsMarshal.AsSpan(operations))
            Results.Add(operation.Evaluate(value, out _));
    }
}
