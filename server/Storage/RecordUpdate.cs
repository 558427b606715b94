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

    /// <summary>The access clock that the record is to have; null for that of this use.</summary>
    public uint? Access;

    /// <summary>The new metadata, when it does not stay; empty for none.</summary>
    public ReadOnlyMemory<byte> Metadata;
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
}
