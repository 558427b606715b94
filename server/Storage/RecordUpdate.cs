using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace RespKv.Server.Storage;

/// <summary>What an update does to its key.</summary>
internal enum UpdateAction
{
    /// <summary>Leaves everything as it is.</summary>
    None,

    /// <summary>Writes the planned record.</summary>
    Write,

    /// <summary>Deletes the key.</summary>
    Delete,
}

/// <summary>The record that an update wants. Begins as a copy of the current one that keeps everything.</summary>
internal struct RecordPlan
{
    public RecordType Type;

    /// <summary>Unix time in milliseconds when the key ends; 0 when it does not.</summary>
    public long ExpiresAtMs;

    /// <summary>Whether the value's bytes stay; then <see cref="RecordUpdate.Fill"/> is not called.</summary>
    public bool KeepsValue;

    /// <summary>Whether the metadata stays.</summary>
    public bool KeepsMetadata;

    /// <summary>Whether <see cref="RecordUpdate.Fill"/> reads the current value, so that it must not have been moved before.</summary>
    public bool ReadsOldValue;

    /// <summary>Whether the value was made by changing bytes in place, which OBJECT ENCODING tells; stays with the value.</summary>
    public bool IsRaw;

    /// <summary>Whether the value is text though it may read as an integer, which OBJECT ENCODING tells; stays with the value.</summary>
    public bool IsText;

    /// <summary>Length of the new value in bytes, when it does not stay.</summary>
    public int ValueLength;

    /// <summary>Bytes that the slot should hold in all for the value, so that it can grow in place; 0 for no more than it needs.</summary>
    public int ReserveLength;

    /// <summary>Whether the value stays as it was but for some of its bytes, which is all that the log needs to be told then; see <see cref="Change"/>.</summary>
    public bool IsChange;

    /// <summary>Where the bytes begin that are changed.</summary>
    public int ChangeOffset;

    /// <summary>How many bytes are changed.</summary>
    public int ChangeBytes;

    /// <summary>The access clock that the record is to have; null for that of this use.</summary>
    public uint? Access;

    /// <summary>The new metadata, when it does not stay; empty for none.</summary>
    public ReadOnlyMemory<byte> Metadata;

    // Values that grow once grow again: leave half as much room as they take, within reason.
    private const int SlackBytesMax = 1 << 20;

    /// <summary>The value is to keep its bytes, with zero bytes behind them up to its new length, but for some that are changed.</summary>
    public void Change(in Record current, int length, int offset, int bytes)
    {
        KeepsValue = false;
        ReadsOldValue = true;
        IsRaw = true;
        ValueLength = length;
        IsChange = current.Exists;
        (ChangeOffset, ChangeBytes) = (offset, bytes);
        if (current.Exists && length > current.ValueLength)
            ReserveLength = (int)Math.Min(length + (long)Math.Min(length / 2, SlackBytesMax), Array.MaxLength);
    }
}

/// <summary>
/// An atomic read-modify-write of one key: looks at the current record, says what shall become of it, then fills in the new value.
/// Both methods run under the record's lock and may run again from the start when the store retries: they must
/// depend on nothing that they change, and neither wait nor call the store.
/// </summary>
internal abstract class RecordUpdate
{
    /// <summary>Whether this update counts as a use of the key.</summary>
    public virtual bool IsUse => true;

    /// <summary>Decides. <paramref name="plan"/> keeps everything unless changed; for a missing key it is an empty string without expiry.</summary>
    public abstract UpdateAction Plan(in Record current, ref RecordPlan plan);

    /// <summary>The new value, where it has been taken in already; <see cref="Fill"/> is not called for it then.</summary>
    public virtual LargeUpload? Upload => null;

    /// <summary>
    /// Writes the new value over all of <paramref name="destination"/>, which either begins at the current value's own first byte
    /// (an update in place) or shares no byte with it.
    /// </summary>
    public virtual void Fill(in Record current, Span<byte> destination)
    {
    }

    /// <summary>Writes only the bytes that are changed, as <see cref="RecordPlan.Change"/> told; false when they can only be made with the others.</summary>
    public virtual bool TryFillChange(Span<byte> destination) => false;

    /// <summary>Copies as much of the current value as fits, unless the update is in place and it is there, and makes the rest zero.</summary>
    protected static void KeepBytes(in Record current, Span<byte> destination)
    {
        var kept = Math.Min(current.ValueLength, destination.Length);
        if (kept > 0 && !Unsafe.AreSame(ref MemoryMarshal.GetReference(current.Value), ref MemoryMarshal.GetReference(destination)))
            current.Value[..kept].CopyTo(destination);
        destination[kept..].Clear();
    }
}
