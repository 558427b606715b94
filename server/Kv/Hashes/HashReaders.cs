using RespKv.Server.Storage;
using RespKv.Server.Storage.Hashes;

namespace RespKv.Server.Kv.Hashes;

/// <summary>Looks at a hash's record: takes a packed one whole, or one field of it, and tells a large one's keyset.</summary>
internal sealed class HashReader : RecordReader
{
    private ReadOnlyMemory<byte> name;
    private bool isWhole;
    private bool isUse;
    private long nowMs;

    public override bool IsUse => isUse;

    /// <summary>Whether the key holds something other than a hash.</summary>
    public bool IsWrongType { get; private set; }

    /// <summary>The keyset of a large hash; 0 when it is none.</summary>
    public uint FieldsId { get; private set; }

    /// <summary>Whether the hash counts as a hash table.</summary>
    public bool IsHashTable { get; private set; }

    /// <summary>Whether the field that was asked for is in a packed hash.</summary>
    public bool IsFound { get; private set; }

    /// <summary>When that field ends, Unix ms; 0 when it does not.</summary>
    public long ExpiresAtMs { get; private set; }

    /// <summary>The packed hash, or the value of the field.</summary>
    public CapturedValue Bytes { get; } = new();

    /// <summary>Takes all.</summary>
    public HashReader Whole(long now, bool asUse = true) => Begin(default, true, now, asUse);

    /// <summary>Takes one field.</summary>
    public HashReader Field(ReadOnlyMemory<byte> field, long now) => Begin(field, false, now, true);

    public override void Read(in Record record)
    {
        IsWrongType = record.Type is not (RecordType.Hash or RecordType.LargeHash);
        FieldsId = record.Layout.FieldsId;
        IsHashTable = record.IsRaw;
        if (IsWrongType || FieldsId != 0)
            return;
        if (isWhole)
        {
            Bytes.Take(record.Value);
            return;
        }

        IsFound = PackedHash.TryFind(record.Value, name.Span, nowMs, out var fields);
        if (!IsFound)
            return;
        ExpiresAtMs = fields.ExpiresAtMs;
        Bytes.Take(fields.Value);
    }

    private HashReader Begin(ReadOnlyMemory<byte> field, bool whole, long now, bool asUse)
    {
        (name, isWhole, nowMs, isUse) = (field, whole, now, asUse);
        (IsWrongType, FieldsId, IsHashTable, IsFound, ExpiresAtMs) = (false, 0, false, false, 0);
        Bytes.Clear();
        return this;
    }
}

/// <summary>Takes the value and the time of a field of a large hash.</summary>
internal sealed class FieldReader : RecordReader
{
    public CapturedValue Value { get; } = new();

    public long ExpiresAtMs { get; private set; }

    public override void Read(in Record record)
    {
        ExpiresAtMs = record.ExpiresAtMs;
        Value.Take(record.Value);
    }
}
