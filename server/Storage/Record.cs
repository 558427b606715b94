namespace RespKv.Server.Storage;

/// <summary>
/// What a reader or an update sees of a live record. The spans point into the store: they are valid inside the callback that was given
/// the record, and nowhere else.
/// </summary>
internal readonly ref struct Record
{
    /// <summary>Whether there is a record: false for a missing, deleted or expired key, and then all else is empty.</summary>
    public bool Exists { get; init; }

    public RecordType Type { get; init; }

    /// <summary>Unix time in milliseconds when the key ends; 0 when it does not.</summary>
    public long ExpiresAtMs { get; init; }

    /// <summary>Whether the value was made by changing bytes in place (OBJECT ENCODING says <c>raw</c>).</summary>
    public bool IsRaw { get; init; }

    /// <summary>Whether the value is text though it may read as an integer.</summary>
    public bool IsText { get; init; }

    /// <summary>The position of the write that made this state; it never repeats.</summary>
    public ulong Version { get; init; }

    /// <summary>When the key was last used and how often; see <see cref="AccessClock"/>.</summary>
    public uint Access { get; init; }

    /// <summary>The JSON beside the value; empty when there is none.</summary>
    public ReadOnlySpan<byte> Metadata { get; init; }

    /// <summary>Bytes of the value.</summary>
    public int ValueLength { get; init; }

    /// <summary>The value's bytes, where they are in the record.</summary>
    public ReadOnlySpan<byte> Inline { get; init; }

    /// <summary>What holds the value's bytes, where they are not in the record; null where they are. To be pinned by whoever reads on after the call.</summary>
    public LargeValue? Large { get; init; }

    /// <summary>The value's bytes; a large one is brought into memory for that.</summary>
    public ReadOnlySpan<byte> Value => Large == null ? Inline : Large.Span[..ValueLength];

    /// <summary>The record as it lies in its slot; for the store's own use.</summary>
    public RecordLayout Layout { get; init; }

    /// <summary>Bytes that the record takes in the log and, for a large value, beside it.</summary>
    public long StoredBytes { get; init; }
}
