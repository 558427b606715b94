using System.Buffers.Binary;
using RespKv.Server.Storage;

namespace RespKv.Server.Kv;

/// <summary>Takes a whole record, to be written elsewhere by <see cref="PutRecordUpdate"/> (RENAME, COPY, MOVE).</summary>
internal sealed class RecordCopy : RecordReader
{
    public override bool IsUse => false;

    public RecordType Type { get; private set; }

    public long ExpiresAtMs { get; private set; }

    public uint Access { get; private set; }

    public bool IsRaw { get; private set; }

    public bool IsText { get; private set; }

    public CapturedValue Value { get; } = new();

    public CapturedValue Metadata { get; } = new();

    /// <summary>The keyset of a large hash; 0 for any other record.</summary>
    public uint FieldsId { get; private set; }

    /// <summary>Makes it the copy of a large hash whose fields are there.</summary>
    public void RefersTo(uint fieldsId)
    {
        Span<byte> id = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(id, fieldsId);
        Value.Take(id);
        FieldsId = fieldsId;
    }

    public override void Read(in Record record)
    {
        FieldsId = record.Layout.FieldsId;
        Type = record.Type;
        ExpiresAtMs = record.ExpiresAtMs;
        Access = record.Access;
        IsRaw = record.IsRaw;
        IsText = record.IsText;
        Value.Take(record.Value);
        Metadata.Take(record.Metadata);
    }

    public void Clear()
    {
        Value.Clear();
        Metadata.Clear();
    }
}

/// <summary>Writes a copied record over whatever is there.</summary>
internal sealed class PutRecordUpdate : RecordUpdate
{
    private RecordCopy copy = null!;

    public PutRecordUpdate For(RecordCopy source)
    {
        copy = source;
        return this;
    }

    public override UpdateAction Plan(in Record current, ref RecordPlan plan)
    {
        plan.Type = copy.Type;
        plan.ExpiresAtMs = copy.ExpiresAtMs;
        plan.IsRaw = copy.IsRaw;
        plan.IsText = copy.IsText;
        plan.KeepsValue = false;
        plan.ValueLength = copy.Value.Length;
        plan.KeepsMetadata = false;
        plan.Metadata = copy.Metadata.Memory;
        return UpdateAction.Write;
    }

    public override void Fill(in Record current, Span<byte> destination) => copy.Value.Span.CopyTo(destination);
}
