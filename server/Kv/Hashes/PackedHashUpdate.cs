using RespKv.Server.Storage;
using RespKv.Server.Storage.Hashes;

namespace RespKv.Server.Kv.Hashes;

/// <summary>Changes fields of a hash that is packed in its key's record, or missing; tells what else the key holds.</summary>
internal sealed class PackedHashUpdate : RecordUpdate
{
    private readonly PackedHashEditor editor = new();
    private HashChange change = null!;
    private HashLimits limits = null!;
    private long nowMs;
    private int imageLength;

    /// <summary>Whether the key holds something other than a hash.</summary>
    public bool IsWrongType { get; private set; }

    /// <summary>The keyset of a large hash, which has not been changed; 0 when it is none.</summary>
    public uint FieldsId { get; private set; }

    /// <summary>Whether the hash counts as a hash table (OBJECT ENCODING).</summary>
    public bool IsHashTable { get; private set; }

    /// <summary>Whether the hash would be too large; nothing has been changed.</summary>
    public bool IsTooLarge { get; private set; }

    /// <summary>Whether the change has made the hash, maybe in place of one whose fields have all ended.</summary>
    public bool HasCreated { get; private set; }

    /// <summary>Whether the change has taken the last field, and with it the key.</summary>
    public bool HasDeleted { get; private set; }

    /// <summary>How many fields whose time was up it has taken out besides.</summary>
    public int TakenExpired { get; private set; }

    public PackedHashUpdate For(HashChange hashChange, HashLimits hashLimits, long now)
    {
        (change, limits, nowMs) = (hashChange, hashLimits, now);
        return this;
    }

    public override UpdateAction Plan(in Record current, ref RecordPlan plan)
    {
        IsWrongType = current.Exists && current.Type is not (RecordType.Hash or RecordType.LargeHash);
        FieldsId = current.Exists ? current.Layout.FieldsId : 0;
        IsHashTable = current.IsRaw;
        IsTooLarge = HasCreated = HasDeleted = false;
        TakenExpired = 0;
        if (IsWrongType || FieldsId != 0)
            return UpdateAction.None;
        editor.Load(current.Value, nowMs);
        // A hash whose fields have all ended is as good as gone, with the key's own expiry.
        var isNew = !current.Exists || editor.Count == 0;
        IsHashTable &= !isNew;
        if (!ChangeFields())
            return UpdateAction.None;
        if (editor.Count == 0)
        {
            HasDeleted = current.Exists;
            TakenExpired = HasDeleted ? editor.Dropped : 0;
            return HasDeleted ? UpdateAction.Delete : UpdateAction.None;
        }

        IsTooLarge |= !HashLimits.IsPacked(editor.Count, editor.Length);
        if (IsTooLarge)
            return UpdateAction.None;
        (HasCreated, TakenExpired) = (isNew, editor.Dropped);
        PlanRecord(current, isNew, ref plan);
        return UpdateAction.Write;
    }

    public override void Fill(in Record current, Span<byte> destination) => editor.Finish().CopyTo(destination);

    private void PlanRecord(in Record current, bool isNew, ref RecordPlan plan)
    {
        imageLength = editor.Finish().Length;
        plan.Type = RecordType.Hash;
        plan.KeepsValue = false;
        plan.ValueLength = imageLength;
        if (current.Exists && imageLength > current.Value.Length)
            plan.ReserveLength = imageLength + (imageLength / 2);
        plan.IsRaw = IsHashTable || editor.Count > limits.ListpackEntriesMax;
        if (!isNew)
            return;
        plan.ExpiresAtMs = 0;
        plan.KeepsMetadata = false;
    }

    private bool ChangeFields()
    {
        var hasChanged = false;
        change.Begin();
        for (var i = 0; i < change.Count && !IsTooLarge; i++)
        {
            var name = change.Name(i);
            var exists = editor.TryFind(name, out var value, out var expiresAtMs);
            var plan = new FieldPlan { ExpiresAtMs = expiresAtMs };
            var action = change.Change(i, new FieldState { Exists = exists, Value = value, ExpiresAtMs = expiresAtMs }, ref plan);
            hasChanged |= action != FieldAction.None;
            switch (action)
            {
                case FieldAction.Put:
                    editor.Put(name, plan.Value.Span, plan.ExpiresAtMs);
                    IsHashTable |= limits.IsLong(name, plan.Value.Length);
                    // Looking among so many takes too long: they are not going to stay here.
                    IsTooLarge = HashLimits.IsTooMany(editor.Count);
                    break;
                case FieldAction.SetTime:
                    editor.SetTime(name, plan.ExpiresAtMs);
                    break;
                case FieldAction.Remove:
                    editor.Remove();
                    break;
            }
        }

        return hasChanged;
    }
}
