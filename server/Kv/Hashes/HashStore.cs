using RespKv.Server.Storage;
using RespKv.Server.Storage.Faster;

namespace RespKv.Server.Kv.Hashes;

/// <summary>
/// The hashes of a batch's namespace. A small hash is changed in its key's record; a large one's fields are records of their own, found through the key's record, so that one field costs the same whatever
/// the number of the others.
/// </summary>
/// <remarks>
/// One field of a large hash is changed beside other batches. If the key is deleted between the look at its record and the write of the field, the write goes to a keyset that nobody reaches any more, and
/// counts as made right before the deletion. Whatever spans fields, or may take out the last one, runs alone.
/// </remarks>
internal sealed class HashStore
{
    // With so few fields left, those who take fields out run alone: others may do so at the same moment.
    private const int FewFields = 64;

    private const int TriesMax = 10_000;

    private readonly PackedHashUpdate packed = new();
    private readonly FieldUpdate field = new();
    private readonly FieldReader fieldReader = new();
    private readonly HashReader reader = new();
    private readonly HashFields moved = new();

    /// <summary>The value that <see cref="TryGet"/> found.</summary>
    public CapturedValue Value { get; private set; } = new();

    /// <summary>When that field ends, Unix ms; 0 when it does not.</summary>
    public long ExpiresAtMs { get; private set; }

    /// <summary>Whether the key was there.</summary>
    public bool HasKey { get; private set; }

    /// <summary>Whether the last change has made the hash.</summary>
    public bool HasCreated { get; private set; }

    /// <summary>Whether the last change has taken the last field out, and the key with it.</summary>
    public bool HasDeleted { get; private set; }

    /// <summary>Makes a change; false when the key holds something other than a hash.</summary>
    /// <exception cref="KeyTooLongException">The key, or a field that would be stored as a record, is too long.</exception>
    public bool Change(Keyspace keyspace, ReadOnlySpan<byte> key, HashChange change, HashLimits limits)
    {
        for (var tries = 0; tries < TriesMax; tries++)
        {
            keyspace.Update(key, packed.For(change, limits, keyspace.NowMs));
            (HasCreated, HasDeleted) = (packed.HasCreated, packed.HasDeleted);
            if (packed.IsWrongType)
                return false;
            if (packed.TakenExpired > 0)
                TellExpired(keyspace, key, packed.TakenExpired, isLast: packed.HasCreated);
            if (packed.IsTooLarge ? TryMakeLarge(keyspace, key, change, limits) : packed.FieldsId == 0)
                return true;
            if (packed.FieldsId != 0 && Find(keyspace, packed.FieldsId) is { } fields && TryChangeLarge(keyspace, key, fields, change, limits))
                return true;
        }

        throw new InvalidOperationException("A hash's record refers to fields that are not there.");
    }

    /// <summary>Looks at a hash; false when there is no such key. A packed hash is taken whole, of a large one the keyset is returned.</summary>
    public static bool TryOpen(Keyspace keyspace, ReadOnlySpan<byte> key, HashReader hash, out Keyset? fields, bool asUse = true)
    {
        fields = null;
        for (var tries = 0; tries < TriesMax; tries++)
        {
            if (!keyspace.Read(key, hash.Whole(keyspace.NowMs, asUse)))
                return false;
            if (hash.FieldsId == 0)
                return true;
            fields = Find(keyspace, hash.FieldsId);
            if (fields != null || hash.IsWrongType)
                return true;
        }

        throw new InvalidOperationException("A hash's record refers to fields that are not there.");
    }

    /// <summary>Looks for one field; what it found is in <see cref="Value"/> and <see cref="ExpiresAtMs"/>.</summary>
    /// <returns>Null when the key holds something other than a hash.</returns>
    public bool? TryGet(Keyspace keyspace, ReadOnlySpan<byte> key, ReadOnlyMemory<byte> name)
    {
        for (var tries = 0; tries < TriesMax; tries++)
        {
            HasKey = keyspace.Read(key, reader.Field(name, keyspace.NowMs));
            if (!HasKey)
                return false;
            if (reader.IsWrongType)
                return null;
            if (reader.FieldsId == 0)
            {
                (Value, ExpiresAtMs) = (reader.Bytes, reader.ExpiresAtMs);
                return reader.IsFound;
            }

            if (Find(keyspace, reader.FieldsId) is not { } fields)
                continue;
            var isFound = keyspace.Session.Read(fields, name.Span, fieldReader);
            (Value, ExpiresAtMs) = (fieldReader.Value, fieldReader.ExpiresAtMs);
            return isFound;
        }

        throw new InvalidOperationException("A hash's record refers to fields that are not there.");
    }

    /// <summary>Copies the fields of a large hash to a keyset of their own; returns its id. To be called alone.</summary>
    public uint Duplicate(Keyspace keyspace, uint fieldsId)
    {
        var copy = NewFields(keyspace);
        if (Find(keyspace, fieldsId) is { } fields)
        {
            moved.TakeAll(keyspace, fields, values: true);
            PutMoved(keyspace, copy);
        }

        return copy.Id;
    }

    /// <summary>Fields of a large hash.</summary>
    public static Keyset? Find(Keyspace keyspace, uint fieldsId) => keyspace.Session.Store.FindKeyset(fieldsId);

    private static void TellExpired(Keyspace keyspace, ReadOnlySpan<byte> key, int count, bool isLast)
    {
        keyspace.Session.Store.CountReapedFields(count);
        keyspace.Session.Store.FieldsExpired?.Invoke(keyspace.Namespace.Keys, key);
        if (isLast)
            keyspace.Session.Store.HashEmptied?.Invoke(keyspace.Namespace.Keys, key);
    }

    private static Keyset NewFields(Keyspace keyspace)
    {
        keyspace.Session.BeginUnit();
        return keyspace.Session.Store.NewFields();
    }

    private bool TryMakeLarge(Keyspace keyspace, ReadOnlySpan<byte> key, HashChange change, HashLimits limits)
    {
        RefuseLongNames(change);
        keyspace.BeAlone();
        // It may have become something else before.
        var isThere = TryOpen(keyspace, key, reader, out var fields);
        if (isThere && (reader.IsWrongType || fields != null))
            return false;
        moved.Clear();
        if (isThere)
            moved.Take(reader.Bytes.Span, keyspace.NowMs);
        var isNew = moved.Count == 0;
        fields = NewFields(keyspace);
        PutMoved(keyspace, fields);
        var isHashTable = reader.IsHashTable && !isNew;
        keyspace.Update(key, new LargeHashUpdate().For(fields.Id, isHashTable, isNew));
        HasCreated = isNew;
        ChangeFields(keyspace, key, fields, change, limits, isHashTable);
        return true;
    }

    private void PutMoved(Keyspace keyspace, Keyset fields)
    {
        var put = new PutFieldUpdate();
        for (var i = 0; i < moved.Count; i++)
            keyspace.Session.Overwrite(fields, moved.Name(i), put.For(moved.Value(i), moved.ExpiresAtMs(i)));
        moved.Clear();
    }

    private bool TryChangeLarge(Keyspace keyspace, ReadOnlySpan<byte> key, Keyset fields, HashChange change, HashLimits limits)
    {
        var count = fields.Directory.Count;
        if (change.Count > 1 || count == 0 || (change.MayRemove && count <= FewFields))
        {
            var wasAlone = keyspace.Session.IsAlone;
            keyspace.BeAlone();
            if (!wasAlone)
                return false;
        }

        if (count == 0)
        {
            // All fields have ended, and the key with them, though nobody has got round to it yet.
            if (keyspace.Delete(key, new DeleteUpdate()))
                keyspace.Session.Store.HashEmptied?.Invoke(keyspace.Namespace.Keys, key);
            return false;
        }

        ChangeFields(keyspace, key, fields, change, limits, packed.IsHashTable);
        return true;
    }

    private void ChangeFields(Keyspace keyspace, ReadOnlySpan<byte> key, Keyset fields, HashChange change, HashLimits limits, bool wasHashTable)
    {
        RefuseLongNames(change);
        var isHashTable = wasHashTable;
        change.Begin();
        for (var i = 0; i < change.Count; i++)
        {
            var name = change.Name(i);
            if (name.Length > FasterStore.KeyBytesMax)
            {
                // No such field can be there.
                var none = default(FieldPlan);
                change.Change(i, default, ref none);
                continue;
            }

            keyspace.Session.Update(fields, name, field.For(change, i));
            isHashTable |= field.PutLength >= 0 && limits.IsLong(name, field.PutLength);
        }

        if (fields.Directory.Count == 0)
            HasDeleted = keyspace.Session.IsAlone && keyspace.Delete(key, new DeleteUpdate());
        else if (!wasHashTable && (isHashTable || fields.Directory.Count > limits.ListpackEntriesMax))
            keyspace.Update(key, new MarkHashTableUpdate().For(fields.Id));
    }

    private static void RefuseLongNames(HashChange change)
    {
        for (var i = 0; change.MayAdd && i < change.Count; i++)
        {
            if (change.Name(i).Length > FasterStore.KeyBytesMax)
                throw new KeyTooLongException();
        }
    }
}
