using RespKv.Server.Storage;

namespace RespKv.Server.Kv.Hashes;

/// <summary>
/// All fields of a large hash as they are at one moment, taken in slices beside other batches: what is changed meanwhile is noted, and looked at again in the end, which is all that is done alone. For threads
/// of the pool; the session is its own until the end.
/// </summary>
/// <param name="keyspace">The session, in the namespace of the key, and in no batch.</param>
/// <param name="key">The key.</param>
/// <param name="values">Whether the values are wanted, too.</param>
internal sealed class HashSnapshot(Keyspace keyspace, byte[] key, bool values)
{
    // A slice takes well under a millisecond, for which whoever wants to be alone has to wait.
    private const int SliceFields = 500;

    private readonly NotedFields changed = new();
    private readonly List<HashFields> slices = [];

    /// <summary>The fields, in parts.</summary>
    public IReadOnlyList<HashFields> Slices => slices;

    /// <summary>How many there are.</summary>
    public long Count => slices.Sum(slice => (long)slice.Count);

    /// <summary>Takes them; false when that is not possible, because the key holds another value by now, or fields change too fast.</summary>
    /// <param name="fetch">Brings records near that are not in memory.</param>
    public async Task<bool> TakeAsync(Func<IReadOnlyList<(Keyset Keys, byte[] Key)>, Task> fetch)
    {
        if (InBatch(Begin) is not { } fields)
            return false;
        try
        {
            var cursor = 0UL;
            do
            {
                if (keyspace.Session.Store.Memory.HasCold && InBatch(() => FindCold(fields, cursor)) is { Count: > 0 } cold)
                    await fetch(cold).ConfigureAwait(false);
                cursor = InBatch(() => TakeSlice(fields, cursor));
            }
            while (cursor != 0 && !fields.IsDead && !changed.AreTooMany);
            return InBatch(() => TryEnd(fields));
        }
        finally
        {
            fields.Unwatch(changed);
        }
    }

    private T InBatch<T>(Func<T> work)
    {
        keyspace.Session.BeginBatch();
        try
        {
            return work();
        }
        finally
        {
            keyspace.Session.EndBatch();
        }
    }

    private Keyset? Begin()
    {
        keyspace.BeAlone();
        var fields = Open();
        fields?.Watch(changed);
        return fields;
    }

    private Keyset? Open()
    {
        HashStore.TryOpen(keyspace, key, new HashReader(), out var fields, asUse: false);
        return fields;
    }

    private List<(Keyset, byte[])> FindCold(Keyset fields, ulong cursor)
    {
        var names = new ColdNames(keyspace, fields);
        fields.Directory.Scan(cursor, SliceFields, keyspace.NowMs, names);
        return names.Found();
    }

    private ulong TakeSlice(Keyset fields, ulong cursor)
    {
        var slice = new HashFields();
        cursor = slice.TakeSlice(keyspace, fields, cursor, SliceFields, values);
        if (slice.Count > 0)
            slices.Add(slice);
        return cursor;
    }

    private bool TryEnd(Keyset fields)
    {
        keyspace.BeAlone();
        if (changed.AreTooMany || Open() != fields)
            return false;
        var names = new HashSet<byte[]>(changed.Names, KeyBytesComparer.Instance);
        var again = new HashFields();
        again.TakeNamed(keyspace, fields, names, values);
        foreach (var slice in slices)
            slice.Keep(names, keyspace.NowMs);
        slices.Add(again);
        return true;
    }

    // Gathered first: the directory must not be held while the index is looked at.
    private sealed class ColdNames(Keyspace keyspace, Keyset fields) : IKeySink
    {
        private readonly List<byte[]> names = [];

        public void Add(ReadOnlySpan<byte> name, byte type, bool mayBeExpired) => names.Add(name.ToArray());

        public List<(Keyset, byte[])> Found() => [.. names.Where(name => keyspace.Session.IsCold(fields, name)).Select(name => (fields, name))];
    }
}
