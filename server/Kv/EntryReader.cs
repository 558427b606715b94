using RespKv.Server.Storage;

namespace RespKv.Server.Kv;

/// <summary>
/// Takes a key's value, metadata and expiry for use after the batch: a copy of a small value, and of a large one a hold on where it is, so that it stays as it is, whatever becomes of its
/// key, until this is disposed of.
/// </summary>
/// <param name="withValue">Whether the value is wanted, and not only what is beside it.</param>
internal sealed class EntryReader(bool withValue) : RecordReader, IDisposable
{
    private readonly ValueBlocks blocks = new();
    private LargeValue? large;
    private bool isOpen;

    /// <summary>JSON; empty for none.</summary>
    public byte[] Metadata { get; private set; } = [];

    public long ExpiresAtMs { get; private set; }

    /// <summary>Unix time in seconds when the key ends, as Workers KV counts; null when it does not.</summary>
    public long? Expiration => ExpiresAtMs == 0 ? null : ExpiresAtMs / 1000;

    /// <summary>Length of the value, in bytes.</summary>
    public int Length { get; private set; }

    /// <summary>Whether the key holds something other than a string; then nothing is taken.</summary>
    public bool IsWrongType { get; private set; }

    /// <summary>The value where it is small; else <see cref="Read(int, Span{byte})"/> has it.</summary>
    public ValueBlocks? Blocks => large == null ? blocks : null;

    public override bool IsUse => withValue;

    public override void Read(in Record record)
    {
        LetGo();
        IsWrongType = record.Type != RecordType.String;
        if (IsWrongType)
            return;
        Metadata = record.Metadata.ToArray();
        ExpiresAtMs = record.ExpiresAtMs;
        Length = record.ValueLength;
        if (!withValue)
            return;
        if (record.Large == null)
            blocks.Append(record.Inline);
        else if (record.Large.TryPin())
            large = record.Large;
        else
            throw new InvalidOperationException("A value has gone although its record is held.");
    }

    /// <summary>Copies bytes of a large value out; may wait for the disk.</summary>
    /// <exception cref="IOException">They cannot be read.</exception>
    public void Read(int offset, Span<byte> target)
    {
        if (!isOpen)
            large!.Open();
        isOpen = true;
        large!.Read(offset, target);
    }

    public void Dispose() => LetGo();

    private void LetGo()
    {
        blocks.Clear();
        if (isOpen)
            large!.Close();
        isOpen = false;
        large?.Unpin();
        large = null;
    }
}
