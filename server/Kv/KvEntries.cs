using RespKv.Server.Storage;

namespace RespKv.Server.Kv;

/// <summary>One key as KV.GETMETA and KV.LIST show it; its bytes are in the <see cref="KvEntries"/> it came from.</summary>
internal readonly record struct KvEntry(Range Name, Range Metadata, Range Value, long ExpiresAtMs, ulong Version)
{
    /// <summary>Unix time in seconds when the key ends, as Workers KV counts; null when it does not.</summary>
    public long? Expiration => ExpiresAtMs == 0 ? null : ExpiresAtMs / 1000;
}

/// <summary>
/// Copies of records with their names, taken one after the other under their locks, in one buffer that is used again.
/// </summary>
internal sealed class KvEntries : RecordReader
{
    private const int BytesKept = 256 * 1024;

    private readonly List<KvEntry> entries = [];
    private byte[] bytes = new byte[1024];
    private int used;
    private bool withValues;
    private bool wasString;

    public int Count => entries.Count;

    /// <summary>Bytes taken so far.</summary>
    public int Bytes => used;

    public KvEntry this[int index] => entries[index];

    public ReadOnlySpan<byte> Slice(Range range) => bytes.AsSpan(range);

    public KvEntries Begin(bool values)
    {
        entries.Clear();
        used = 0;
        withValues = values;
        if (bytes.Length > BytesKept)
            bytes = new byte[1024];
        return this;
    }

    /// <summary>Takes a key if it is there and a string.</summary>
    public bool TryTake(Keyspace keyspace, ReadOnlySpan<byte> key)
    {
        var mark = used;
        var name = Append(key);
        wasString = false;
        if (keyspace.Read(key, this) && wasString)
        {
            entries[^1] = entries[^1] with { Name = name };
            return true;
        }

        used = mark;
        return false;
    }

    /// <summary>Forgets the last one.</summary>
    public void RemoveLast() => entries.RemoveAt(entries.Count - 1);

    public override void Read(in Record record)
    {
        wasString = record.Type == RecordType.String;
        if (wasString)
            entries.Add(new KvEntry(default, Append(record.Metadata), withValues ? Append(record.Value) : default, record.ExpiresAtMs, record.Version));
    }

    private Range Append(ReadOnlySpan<byte> part)
    {
        if (bytes.Length - used < part.Length)
            Array.Resize(ref bytes, (int)Math.Min(Math.Max(bytes.Length * 2L, used + (long)part.Length), Array.MaxLength));
        part.CopyTo(bytes.AsSpan(used));
        var range = used..(used + part.Length);
        used += part.Length;
        return range;
    }
}
