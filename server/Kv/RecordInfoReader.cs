using RespKv.Server.Storage;

namespace RespKv.Server.Kv;

/// <summary>Takes everything about a record but its value. Not a use of the key unless told.</summary>
internal sealed class RecordInfoReader : RecordReader
{
    private bool isUse;

    public override bool IsUse => isUse;

    public RecordType Type { get; private set; }

    public long ExpiresAtMs { get; private set; }

    public ulong Version { get; private set; }

    public uint Access { get; private set; }

    public int ValueLength { get; private set; }

    public bool IsRaw { get; private set; }

    public long StoredBytes { get; private set; }

    /// <summary>The keyset of a large hash; 0 for any other record.</summary>
    public uint FieldsId { get; private set; }

    public bool IsHash => Type is RecordType.Hash or RecordType.LargeHash;

    public RecordInfoReader AsUse(bool use)
    {
        isUse = use;
        return this;
    }

    public override void Read(in Record record)
    {
        Type = record.Type;
        ExpiresAtMs = record.ExpiresAtMs;
        Version = record.Version;
        Access = record.Access;
        IsRaw = record.IsRaw;
        ValueLength = record.ValueLength;
        StoredBytes = record.StoredBytes;
        FieldsId = record.Layout.FieldsId;
    }
}
