using RespKv.Server.Storage;
using RespKv.Server.Storage.Faster;
using RespKv.Server.Storage.Hashes;

namespace RespKv.Server.Kv.Hashes;

/// <summary>Live fields of a hash with their values, taken at one moment into a buffer that is used again.</summary>
internal sealed class HashFields : RecordReader, IKeySink
{
    private const int BytesKept = 256 * 1024;
    private const int ScanKeys = 1000;

    private readonly List<Entry> entries = [];
    private byte[] bytes = new byte[1024];
    private int used;
    private bool takesValues;

    private readonly record struct Entry(int NameAt, int NameLength, int ValueAt, int ValueLength, long ExpiresAtMs);

    public int Count => entries.Count;

    public ReadOnlySpan<byte> Name(int index) => bytes.AsSpan(entries[index].NameAt, entries[index].NameLength);

    public ReadOnlyMemory<byte> Value(int index) => bytes.AsMemory(entries[index].ValueAt, entries[index].ValueLength);

    public long ExpiresAtMs(int index) => entries[index].ExpiresAtMs;

    public void Clear()
    {
        entries.Clear();
        used = 0;
        if (bytes.Length > BytesKept)
            bytes = new byte[1024];
    }

    /// <summary>Takes the fields of a packed hash.</summary>
    public void Take(ReadOnlySpan<byte> image, long nowMs)
    {
        var fields = PackedHash.Fields(image);
        while (fields.MoveNext())
        {
            if (!fields.IsLive(nowMs))
                continue;
            var nameAt = Append(fields.Name);
            entries.Add(new Entry(nameAt, fields.Name.Length, Append(fields.Value), fields.Value.Length, fields.ExpiresAtMs));
        }
    }

    /// <summary>Takes the fields of a large hash. To be called alone.</summary>
    public void TakeAll(Keyspace keyspace, Keyset fields, bool values)
    {
        var cursor = 0UL;
        do
            cursor = fields.Directory.Scan(cursor, ScanKeys, keyspace.NowMs, this);
        while (cursor != 0);
        Complete(keyspace, fields, values);
    }

    /// <summary>Takes some fields of a large hash from a cursor on; returns the next cursor, 0 at the end.</summary>
    public ulong TakeSome(Keyspace keyspace, Keyset fields, ulong cursor, int count, ReadOnlyMemory<byte> pattern, bool values)
    {
        cursor = fields.Directory.Scan(cursor, count, keyspace.NowMs, this);
        KeepMatches(pattern.Span);
        Complete(keyspace, fields, values);
        return cursor;
    }

    /// <summary>The same without a pattern.</summary>
    public ulong TakeSlice(Keyspace keyspace, Keyset fields, ulong cursor, int count, bool values)
    {
        cursor = fields.Directory.Scan(cursor, count, keyspace.NowMs, this);
        Complete(keyspace, fields, values);
        return cursor;
    }

    /// <summary>Takes those of so many names that are there.</summary>
    public void TakeNamed(Keyspace keyspace, Keyset fields, IEnumerable<byte[]> names, bool values)
    {
        takesValues = values;
        foreach (var name in names)
        {
            entries.Add(new Entry(Append(name), name.Length, 0, 0, 0));
            if (!keyspace.Session.Read(fields, name, this))
                entries.RemoveAt(entries.Count - 1);
        }
    }

    /// <summary>Leaves those that have not ended and whose names are not among others.</summary>
    public void Keep(HashSet<byte[]> others, long nowMs)
    {
        var byName = others.GetAlternateLookup<ReadOnlySpan<byte>>();
        entries.RemoveAll(entry => entry.ExpiresAtMs is not 0 and var end && end <= nowMs);
        if (others.Count > 0)
            entries.RemoveAll(entry => byName.Contains(bytes.AsSpan(entry.NameAt, entry.NameLength)));
    }

    /// <summary>Takes one field, at random, of a large hash that has live ones; false when none came up.</summary>
    public bool TryTakeRandom(Keyspace keyspace, Keyset fields, bool values)
    {
        const int triesMax = 100;
        for (var tries = 0; tries < triesMax; tries++)
        {
            var before = entries.Count;
            if (!fields.Directory.TryGetRandom(this))
                return false;
            Complete(keyspace, fields, values, before);
            if (entries.Count > before)
                return true;
        }

        return false;
    }

    /// <summary>Takes so many different fields, at random, of a large hash of which none has a time, and that has many more. To be called alone.</summary>
    public void TakeRandom(Keyspace keyspace, Keyset fields, int count, bool values)
    {
        var seen = new HashSet<byte[]>(KeyBytesComparer.Instance);
        while (entries.Count < count && TryTakeRandom(keyspace, fields, values))
        {
            if (!seen.Add(Name(entries.Count - 1).ToArray()))
                entries.RemoveAt(entries.Count - 1);
        }
    }

    /// <summary>Leaves those whose names match.</summary>
    public void KeepMatches(ReadOnlySpan<byte> pattern)
    {
        var kept = 0;
        for (var i = 0; i < entries.Count; i++)
        {
            if (GlobPattern.IsMatch(pattern, Name(i)) || pattern.SequenceEqual("*"u8))
                entries[kept++] = entries[i];
        }

        entries.RemoveRange(kept, entries.Count - kept);
    }

    /// <summary>Leaves so many at random, in a random order.</summary>
    public void KeepRandom(int count)
    {
        Random.Shared.Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(entries));
        if (count < entries.Count)
            entries.RemoveRange(count, entries.Count - count);
    }

    void IKeySink.Add(ReadOnlySpan<byte> key, byte type, bool mayBeExpired) =>
        entries.Add(new Entry(Append(key), key.Length, 0, 0, mayBeExpired ? 1 : 0));

    /// <summary>A field's record.</summary>
    public override void Read(in Record record)
    {
        var entry = entries[^1] with { ExpiresAtMs = record.ExpiresAtMs };
        if (takesValues)
            entry = entry with { ValueAt = Append(record.Value), ValueLength = record.Value.Length };
        entries[^1] = entry;
    }

    // The directory has handed out names; what is wanted beside them is in the records.
    private void Complete(Keyspace keyspace, Keyset fields, bool values, int first = 0)
    {
        takesValues = values;
        var names = entries.GetRange(first, entries.Count - first);
        entries.RemoveRange(first, names.Count);
        for (var i = 0; i < names.Count; i++)
        {
            if (i % StoreSession.AheadMax == 0)
                FetchAhead(keyspace, fields, names, i, values);
            var entry = names[i];
            entries.Add(entry);
            var name = bytes.AsSpan(entry.NameAt, entry.NameLength);
            if (IsWanted(entry, values) && !keyspace.Session.Read(fields, name, this))
                entries.RemoveAt(entries.Count - 1);
        }
    }

    // Of a field that may have ended, the name alone does not tell that it is there.
    private static bool IsWanted(Entry entry, bool values) => values || entry.ExpiresAtMs != 0;

    private void FetchAhead(Keyspace keyspace, Keyset fields, List<Entry> names, int from, bool values)
    {
        for (var i = from; i < Math.Min(from + StoreSession.AheadMax, names.Count); i++)
        {
            if (IsWanted(names[i], values))
                keyspace.Session.NoteAhead(fields, bytes.AsSpan(names[i].NameAt, names[i].NameLength));
        }

        keyspace.Session.FetchAhead();
    }

    private int Append(ReadOnlySpan<byte> part)
    {
        if (bytes.Length - used < part.Length)
            Array.Resize(ref bytes, (int)Math.Min(Math.Max(bytes.Length * 2L, used + (long)part.Length), Array.MaxLength));
        part.CopyTo(bytes.AsSpan(used));
        used += part.Length;
        return used - part.Length;
    }
}
