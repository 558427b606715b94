using System.Runtime.InteropServices;
using RespKv.Server.Storage;

namespace RespKv.Server.Kv;

/// <summary>Sets or clears one bit (SETBIT). A bit that is so already is not a change, unless the string has to grow for it.</summary>
internal sealed class SetBitUpdate : GrowingUpdate
{
    private long offset;
    private bool bit;

    /// <summary>The bit before.</summary>
    public bool OldBit { get; private set; }

    public SetBitUpdate For(long bitOffset, bool newBit)
    {
        offset = bitOffset;
        bit = newBit;
        return this;
    }

    protected override long LengthFor(in Record current)
    {
        var needed = (offset >> 3) + 1;
        OldBit = BitStrings.Get(current.Value, offset);
        return OldBit == bit && needed <= current.ValueLength ? -1 : needed;
    }

    protected override (int Offset, int Bytes) RangeFor(int oldLength) => ((int)(offset >> 3), 1);

    protected override void Change(Span<byte> value, int oldLength) => BitStrings.Set(value, offset, bit);
}

/// <summary>
/// Runs the operations of a BITFIELD that has writes. The string grows to hold every field that is to be written, even where the write fails for
/// overflow; a string that is long enough and in which no write makes a difference is left as it is.
/// </summary>
internal sealed class BitFieldUpdate : GrowingUpdate
{
    private List<BitFieldOperation> operations = [];

    /// <summary>Whether a write was made: all of them may have failed, and the string has only become longer.</summary>
    public bool HasChangedFields { get; private set; }

    /// <summary>What the operations have to tell, in their order.</summary>
    public List<long?> Results { get; } = [];

    public BitFieldUpdate For(List<BitFieldOperation> list)
    {
        operations = list;
        return this;
    }

    protected override long LengthFor(in Record current)
    {
        var needed = 0L;
        foreach (ref readonly var operation in CollectionsMarshal.AsSpan(operations))
        {
            if (operation.IsWrite)
                needed = Math.Max(needed, operation.Field.BytesNeeded);
        }

        return needed <= current.ValueLength && IsWithoutEffect(current.Value) ? -1 : needed;
    }

    // From the first byte of a field that is written to the last one of any.
    protected override (int Offset, int Bytes) RangeFor(int oldLength)
    {
        var (from, until) = (long.MaxValue, 0L);
        foreach (ref readonly var operation in CollectionsMarshal.AsSpan(operations))
        {
            if (!operation.IsWrite)
                continue;
            from = Math.Min(from, operation.Field.FirstByte);
            until = Math.Max(until, operation.Field.BytesNeeded);
        }

        return from < until ? ((int)from, (int)(until - from)) : (0, 0);
    }

    protected override void Change(Span<byte> value, int oldLength)
    {
        Results.Clear();
        HasChangedFields = false;
        foreach (ref readonly var operation in CollectionsMarshal.AsSpan(operations))
        {
            Results.Add(operation.Evaluate(value, out var written));
            if (!operation.IsWrite)
                continue;
            operation.Field.Write(value, written);
            HasChangedFields |= Results[^1] != null;
        }
    }

    // As long as no operation has changed anything, each sees the string that is there: so the results are right when none does.
    private bool IsWithoutEffect(ReadOnlySpan<byte> value)
    {
        Results.Clear();
        foreach (ref readonly var operation in CollectionsMarshal.AsSpan(operations))
        {
            Results.Add(operation.Evaluate(value, out var written));
            if (operation.IsWrite && written != operation.Field.Read(value))
                return false;
        }

        return true;
    }
}

/// <summary>Writes the result of a BITOP over whatever the key held: value, metadata and expiry.</summary>
internal sealed class BitOpUpdate : RecordUpdate
{
    private ReadOnlyMemory<byte> value;

    public BitOpUpdate For(ReadOnlyMemory<byte> result)
    {
        value = result;
        return this;
    }

    public override UpdateAction Plan(in Record current, ref RecordPlan plan)
    {
        plan.Type = RecordType.String;
        plan.ExpiresAtMs = 0;
        plan.KeepsValue = false;
        plan.KeepsMetadata = false;
        plan.Metadata = default;
        plan.IsRaw = true;
        plan.ValueLength = value.Length;
        return UpdateAction.Write;
    }

    public override void Fill(in Record current, Span<byte> destination) => value.Span.CopyTo(destination);
}
