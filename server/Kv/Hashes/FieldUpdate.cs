using RespKv.Server.Storage;

namespace RespKv.Server.Kv.Hashes;

/// <summary>Changes one field of a large hash, which is a record.</summary>
internal sealed class FieldUpdate : RecordUpdate
{
    private HashChange change = null!;
    private int index;
    private FieldPlan field;

    /// <summary>Bytes of the value that was put; -1 when none was.</summary>
    public int PutLength { get; private set; }

    public FieldUpdate For(HashChange hashChange, int fieldIndex)
    {
        (change, index) = (hashChange, fieldIndex);
        return this;
    }

    public override UpdateAction Plan(in Record current, ref RecordPlan plan)
    {
        PutLength = -1;
        field = new FieldPlan { ExpiresAtMs = current.ExpiresAtMs };
        // A large value is not brought into memory: it is no number, which is all that a change wants to know of a value.
        var action = change.Change(index, new FieldState { Exists = current.Exists, Value = current.Large == null ? current.Inline : default, ExpiresAtMs = current.ExpiresAtMs }, ref field);
        switch (action)
        {
            case FieldAction.Put:
                plan.KeepsValue = false;
                plan.ValueLength = PutLength = field.Value.Length;
                plan.ExpiresAtMs = field.ExpiresAtMs;
                return UpdateAction.Write;
            case FieldAction.SetTime:
                plan.ExpiresAtMs = field.ExpiresAtMs;
                return UpdateAction.Write;
            case FieldAction.Remove:
                return UpdateAction.Delete;
            default:
                return UpdateAction.None;
        }
    }

    public override void Fill(in Record current, Span<byte> destination) => field.Value.Span.CopyTo(destination);
}

/// <summary>Writes a field as it was elsewhere.</summary>
internal sealed class PutFieldUpdate : RecordUpdate
{
    private ReadOnlyMemory<byte> value;
    private long expiresAtMs;

    public PutFieldUpdate For(ReadOnlyMemory<byte> bytes, long expiryMs)
    {
        (value, expiresAtMs) = (bytes, expiryMs);
        return this;
    }

    public override UpdateAction Plan(in Record current, ref RecordPlan plan)
    {
        plan.KeepsValue = false;
        plan.ValueLength = value.Length;
        plan.ExpiresAtMs = expiresAtMs;
        return UpdateAction.Write;
    }

    public override void Fill(in Record current, Span<byte> destination) => value.Span.CopyTo(destination);
}

/// <summary>Makes the key's record that of a large hash, or marks it as a hash table.</summary>
internal sealed class LargeHashUpdate : RecordUpdate
{
    private uint fieldsId;
    private bool isHashTable;
    private bool isNew;

    /// <param name="id">The keyset of the fields.</param>
    /// <param name="asHashTable">Whether it is to count as a hash table.</param>
    /// <param name="asNew">Whether nothing of a record before is to stay.</param>
    public LargeHashUpdate For(uint id, bool asHashTable, bool asNew)
    {
        (fieldsId, isHashTable, isNew) = (id, asHashTable, asNew);
        return this;
    }

    public override UpdateAction Plan(in Record current, ref RecordPlan plan)
    {
        plan.Type = RecordType.LargeHash;
        plan.KeepsValue = false;
        plan.ValueLength = sizeof(uint);
        plan.IsRaw = isHashTable;
        if (!isNew)
            return UpdateAction.Write;
        plan.ExpiresAtMs = 0;
        plan.KeepsMetadata = false;
        return UpdateAction.Write;
    }

    public override void Fill(in Record current, Span<byte> destination) => System.Buffers.Binary.BinaryPrimitives.WriteUInt32LittleEndian(destination, fieldsId);
}

/// <summary>Marks a large hash as a hash table, if the key still holds that one.</summary>
internal sealed class MarkHashTableUpdate : RecordUpdate
{
    private uint fieldsId;

    public override bool IsUse => false;

    public MarkHashTableUpdate For(uint id)
    {
        fieldsId = id;
        return this;
    }

    public override UpdateAction Plan(in Record current, ref RecordPlan plan)
    {
        if (!current.Exists || current.IsRaw || current.Layout.FieldsId != fieldsId)
            return UpdateAction.None;
        plan.IsRaw = true;
        return UpdateAction.Write;
    }
}
