using RespKv.Server.Storage;

namespace RespKv.Server.Kv;

/// <summary>Takes a copy of a key's value, metadata and expiry, for use after the batch.</summary>
/// <param name="value">Is given the value's bytes, behind those that it holds.</param>
/// <param name="lengthMax">Longest value that is taken; of a longer one the rest is known.</param>
internal sealed class EntryReader(ValueBlocks? value, long lengthMax = long.MaxValue) : RecordReader
{
    /// <summary>JSON; empty for none.</summary>
    public byte[] Metadata { get; private set; } = [];

    public long ExpiresAtMs { get; private set; }

    /// <summary>Unix time in seconds when the key ends, as Workers KV counts; null when it does not.</summary>
    public long? Expiration => ExpiresAtMs == 0 ? null : ExpiresAtMs / 1000;

    /// <summary>Length of the value, taken or not.</summary>
    public long Length { get; private set; }

    /// <summary>Whether the key holds something other than a string; then nothing is taken.</summary>
    public bool IsWrongType { get; private set; }

    public override bool IsUse => value != null;

    public override void Read(in Record record)
    {
        IsWrongType = record.Type != RecordType.String;
        if (IsWrongType)
            return;
        Metadata = record.Metadata.ToArray();
        ExpiresAtMs = record.ExpiresAtMs;
        Length = record.ValueLength;
        if (Length <= lengthMax)
            value?.Append(record.Value);
    }
}
