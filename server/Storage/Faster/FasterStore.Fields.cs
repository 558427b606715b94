using System.Collections.Concurrent;

namespace RespKv.Server.Storage.Faster;

/// <summary>
/// The keysets of large hashes. Each has a name, so that recovery counts its records, and belongs to the key whose record holds its id: it goes when that record does.
/// </summary>
internal sealed partial class FasterStore
{
    private readonly ConcurrentQueue<Keyset> emptied = new();

    /// <summary>Makes an empty keyset for the fields of a key that is about to become a large hash.</summary>
    public Keyset NewFields()
    {
        var fields = AddKeyset((uint)Interlocked.Increment(ref lastKeysetId), holdsFields: true);
        Name(FieldsName.Of(fields.Id), fields);
        return fields;
    }

    /// <summary>The key's record holds the id of the keyset.</summary>
    public void OwnFields(uint id, Keyset keys, ReadOnlySpan<byte> key)
    {
        if (FindKeyset(id) is not { HoldsFields: true } fields || fields.Owner?.Is(keys, key) == true)
            return;
        var owner = new FieldsOwner(keys, key.ToArray());
        fields.Owner = owner;
        keys.LargeHashes[owner.Key] = fields;
    }

    /// <summary>The key's record does not hold the id any more: the fields go, unless another key has them now.</summary>
    public void DisownFields(uint id, Keyset keys, ReadOnlySpan<byte> key)
    {
        if (FindKeyset(id) is not { HoldsFields: true } fields)
            return;
        var byKey = keys.LargeHashes.GetAlternateLookup<ReadOnlySpan<byte>>();
        if (byKey.TryGetValue(key, out var known) && known == fields)
            byKey.TryRemove(key, out _);
        if (fields.Owner?.Is(keys, key) == true)
            DropFields(fields);
    }

    /// <summary>The keyset of a large hash that a key held before it was overwritten unseen; null when it held none.</summary>
    public static Keyset? FieldsOf(Keyset keys, ReadOnlySpan<byte> key) =>
        keys.LargeHashes.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(key, out var fields) ? fields : null;

    /// <summary>Fields of hashes reclaimed because their time was up.</summary>
    public long ReapedFields => Interlocked.Read(ref reapedFields);

    /// <summary>Fields have been reclaimed because their time was up.</summary>
    public void CountReapedFields(long count) => Interlocked.Add(ref reapedFields, count);

    /// <summary>Fields of a large hash have been reclaimed because their time was up.</summary>
    public void NoteFieldsReaped(Keyset fields, long count)
    {
        CountReapedFields(count);
        if (fields.Owner is { } owner)
            FieldsExpired?.Invoke(owner.Keys, owner.Key);
    }

    /// <summary>The last field of a hash has gone by itself: its key is to go too.</summary>
    public void NoteEmptied(Keyset fields) => emptied.Enqueue(fields);

    /// <summary>A hash whose last field has gone by itself; null when there is none.</summary>
    public Keyset? TakeEmptied() => emptied.TryDequeue(out var fields) ? fields : null;

    /// <summary>
    /// After recovery: finds the keys of all large hashes by looking at the records. Fields that no key holds are left from a deletion that the log has only the first half of; they are returned, to be dropped once
    /// there is a log to write that to.
    /// </summary>
    public IReadOnlyList<Keyset> AdoptFields(StoreSession session)
    {
        if (!Names.Keys.Any(FieldsName.Is))
            return [];
        var reader = new FieldsIdReader();
        foreach (var keys in Keysets.Where(set => !set.HoldsFields))
        {
            var found = new LargeHashKeys();
            var cursor = 0UL;
            do
                cursor = keys.Directory.Scan(cursor, 1000, 0, found);
            while (cursor != 0);
            foreach (var key in found.Keys)
            {
                session.BetweenOperations();
                if (!session.ReadUnreaped(keys, key, reader) || reader.Id == 0)
                    continue;
                RestoreKeyset(reader.Id, holdsFields: true);
                OwnFields(reader.Id, keys, key);
            }
        }

        foreach (var fields in Keysets.Where(set => set is { HoldsFields: true, Owner: not null, Directory.Count: 0 }))
            NoteEmptied(fields);
        return [.. Keysets.Where(set => set is { HoldsFields: true, Owner: null })];
    }

    /// <summary>Forgets fields, and has recovery forget them.</summary>
    public void DropFields(Keyset fields)
    {
        if (FindKeyset(fields.Id) == null)
            return;
        Name(FieldsName.Of(fields.Id), null);
        Drop(fields);
    }

    private sealed class LargeHashKeys : IKeySink
    {
        public List<byte[]> Keys { get; } = [];

        public void Add(ReadOnlySpan<byte> key, byte type, bool mayBeExpired)
        {
            if ((RecordType)type == RecordType.LargeHash)
                Keys.Add(key.ToArray());
        }
    }

    private sealed class FieldsIdReader : RecordReader
    {
        public override bool IsUse => false;

        public uint Id { get; private set; }

        public override void Read(in Record record) => Id = record.Layout.FieldsId;
    }
}
