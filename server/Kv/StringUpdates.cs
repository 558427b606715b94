using System.Buffers.Text;
using RespKv.Server.Storage;

namespace RespKv.Server.Kv;

/// <summary>Hands out a string and deletes it (GETDEL).</summary>
internal sealed class TakeUpdate : StringUpdate
{
    public CapturedValue OldValue { get; } = new();

    protected override UpdateAction PlanString(in Record current, ref RecordPlan plan)
    {
        OldValue.Clear();
        if (!current.Exists)
            return UpdateAction.None;
        OldValue.Take(current);
        return UpdateAction.Delete;
    }
}

/// <summary>Hands out a string and gives it another expiry, or none (GETEX).</summary>
internal sealed class TakeWithExpiryUpdate : StringUpdate
{
    private long expiresAtMs;
    private long nowMs;

    public CapturedValue OldValue { get; } = new();

    /// <summary>What has happened to the key; null for nothing.</summary>
    public KeyEvent? Event { get; private set; }

    /// <param name="expiryMs">Unix ms; 0 for none; in the past to delete.</param>
    /// <param name="now">Unix ms.</param>
    public TakeWithExpiryUpdate For(long expiryMs, long now)
    {
        expiresAtMs = expiryMs;
        nowMs = now;
        return this;
    }

    protected override UpdateAction PlanString(in Record current, ref RecordPlan plan)
    {
        OldValue.Clear();
        Event = null;
        if (!current.Exists)
            return UpdateAction.None;
        OldValue.Take(current);
        if (expiresAtMs != 0 && expiresAtMs <= nowMs)
        {
            Event = KeyEvent.Delete;
            return UpdateAction.Delete;
        }

        // An expiry that is the same is a change as well, but that there is none is not.
        if (expiresAtMs == 0 && current.ExpiresAtMs == 0)
            return UpdateAction.None;
        Event = expiresAtMs == 0 ? KeyEvent.Persist : KeyEvent.Expire;
        plan.ExpiresAtMs = expiresAtMs;
        return UpdateAction.Write;
    }
}

/// <summary>Adds to a string that is a decimal integer (INCR and its kin); a missing key counts as 0.</summary>
internal sealed class IncrementUpdate : StringUpdate
{
    // Digits of the longest integer with its sign: room for the value to grow in place.
    private const int DigitsMax = 20;
    private long delta;

    public long Result { get; private set; }

    public bool IsNotAnInteger { get; private set; }

    public bool HasOverflowed { get; private set; }

    public IncrementUpdate By(long change)
    {
        delta = change;
        return this;
    }

    public override void Fill(in Record current, Span<byte> destination) => Utf8Formatter.TryFormat(Result, destination, out _);

    protected override UpdateAction PlanString(in Record current, ref RecordPlan plan)
    {
        var value = 0L;
        IsNotAnInteger = current.Exists && !IntegerValue.TryParse(current.Value, out value);
        HasOverflowed = false;
        if (IsNotAnInteger)
            return UpdateAction.None;
        try
        {
            Result = checked(value + delta);
        }
        catch (OverflowException)
        {
            HasOverflowed = true;
            return UpdateAction.None;
        }

        Span<byte> digits = stackalloc byte[DigitsMax];
        Utf8Formatter.TryFormat(Result, digits, out var length);
        plan.KeepsValue = false;
        plan.IsRaw = false;
        plan.IsText = false;
        plan.ValueLength = length;
        plan.ReserveLength = DigitsMax;
        return UpdateAction.Write;
    }
}

/// <summary>
/// Changes a string in place after making it long enough, with zero bytes where there was nothing: the ground of APPEND, SETRANGE, SETBIT and BITFIELD.
/// </summary>
internal abstract class GrowingUpdate : StringUpdate
{
    /// <summary>Longest result in bytes (<c>proto-max-bulk-len</c>).</summary>
    public long ValueBytesMax { get; set; } = 512L * 1024 * 1024;

    public bool IsTooLong { get; private set; }

    /// <summary>Whether the value was written.</summary>
    public bool HasWritten { get; private set; }

    /// <summary>Length of the value after the update, in bytes.</summary>
    public int ResultLength { get; private set; }

    public sealed override void Fill(in Record current, Span<byte> destination)
    {
        KeepBytes(current, destination);
        Change(destination, current.ValueLength);
    }

    /// <summary>The length that the value must have at least, given its present one; -1 to leave everything as it is.</summary>
    protected abstract long LengthFor(in Record current);

    /// <summary>Which bytes <see cref="Change"/> writes at the most, given the present length of a value that <see cref="LengthFor"/> makes long enough.</summary>
    protected abstract (int Offset, int Bytes) RangeFor(int oldLength);

    /// <summary>Whether what it makes of a missing key reads, for OBJECT ENCODING, as if SET had written it.</summary>
    protected virtual bool MakesPlainValue => false;

    /// <summary>Changes the value, which is long enough now.</summary>
    protected abstract void Change(Span<byte> value, int oldLength);

    protected sealed override UpdateAction PlanString(in Record current, ref RecordPlan plan)
    {
        var old = current.ValueLength;
        var wanted = LengthFor(current);
        IsTooLong = wanted > ValueBytesMax;
        ResultLength = old;
        HasWritten = wanted >= 0 && !IsTooLong;
        if (!HasWritten)
            return UpdateAction.None;
        ResultLength = (int)Math.Max(old, wanted);
        var (offset, bytes) = RangeFor(old);
        plan.Change(current, ResultLength, offset, bytes);
        plan.IsRaw = current.Exists || !MakesPlainValue;
        return UpdateAction.Write;
    }
}

/// <summary>Adds bytes at the end (APPEND).</summary>
internal sealed class AppendUpdate : GrowingUpdate
{
    private ReadOnlyMemory<byte> tail;

    public AppendUpdate For(ReadOnlyMemory<byte> bytes)
    {
        tail = bytes;
        return this;
    }

    protected override bool MakesPlainValue => true;

    protected override long LengthFor(in Record current) => (long)current.ValueLength + tail.Length;

    protected override (int Offset, int Bytes) RangeFor(int oldLength) => (oldLength, tail.Length);

    public override bool TryFillChange(Span<byte> destination) => tail.Span.TryCopyTo(destination);

    protected override void Change(Span<byte> value, int oldLength) => tail.Span.CopyTo(value[oldLength..]);
}

/// <summary>Overwrites bytes from an offset (SETRANGE); nothing to write changes nothing.</summary>
internal sealed class SetRangeUpdate : GrowingUpdate
{
    private ReadOnlyMemory<byte> part;
    private long offset;

    public SetRangeUpdate For(long at, ReadOnlyMemory<byte> bytes)
    {
        offset = at;
        part = bytes;
        return this;
    }

    protected override long LengthFor(in Record current) => part.IsEmpty ? -1 : offset + part.Length;

    protected override (int Offset, int Bytes) RangeFor(int oldLength) => ((int)offset, part.Length);

    public override bool TryFillChange(Span<byte> destination) => part.Span.TryCopyTo(destination);

    protected override void Change(Span<byte> value, int oldLength) => part.Span.CopyTo(value[(int)offset..]);
}
