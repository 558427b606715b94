using RespKv.Server.Storage;

namespace RespKv.Server.Kv;

/// <summary>
/// Goes through the keys of a namespace in hash order and gathers those that match. What is gathered is in one buffer that is used again. A key whose
/// time is up but that has not been reclaimed is left out.
/// </summary>
internal sealed class KeyScan : IKeySink
{
    private const int BytesKept = 64 * 1024;

    private readonly RecordInfoReader info = new();
    private readonly List<(int Offset, int Length, bool MayBeExpired)> keys = [];
    private byte[] bytes = new byte[1024];
    private int used;
    private ReadOnlyMemory<byte> pattern;
    private bool matchesAll;

    /// <summary>The glob that keys must match.</summary>
    public ReadOnlyMemory<byte> Pattern
    {
        get => pattern;
        set
        {
            pattern = value;
            matchesAll = value.Span.SequenceEqual("*"u8);
        }
    }

    /// <summary>The type that keys must have, as TYPE names it; null for any.</summary>
    public string? TypeName { get; set; }

    public int Count => keys.Count;

    /// <summary>The bytes of a gathered key; valid until the scan is used again.</summary>
    public ReadOnlySpan<byte> this[int index] => bytes.AsSpan(keys[index].Offset, keys[index].Length);

    public void Begin(long nowMs)
    {
        Clear();
        NowMs = nowMs;
        Pattern = "*"u8.ToArray();
        TypeName = null;
    }

    /// <summary>The clock by which keys may be expired, Unix ms.</summary>
    public long NowMs { get; private set; }

    /// <summary>Looks at about <paramref name="count"/> keys from a cursor on; returns the next cursor, 0 at the end.</summary>
    public ulong Run(Keyspace keyspace, ulong cursor, int count)
    {
        var first = keys.Count;
        var next = keyspace.Namespace.Keys.Directory.Scan(cursor, count, NowMs, this);
        DropExpired(keyspace, first);
        return next;
    }

    /// <summary>Looks at all keys.</summary>
    public void RunToEnd(Keyspace keyspace)
    {
        var cursor = 0UL;
        do
            cursor = Run(keyspace, cursor, 1000);
        while (cursor != 0);
    }

    public void Clear()
    {
        keys.Clear();
        used = 0;
        if (bytes.Length > BytesKept)
            bytes = new byte[1024];
    }

    /// <summary>The directory hands in a key; called under its lock.</summary>
    public void Add(ReadOnlySpan<byte> key, byte type, bool mayBeExpired)
    {
        if (TypeName != null && !IsOfType((RecordType)type, TypeName))
            return;
        if (!matchesAll && !GlobPattern.IsMatch(pattern.Span, key))
            return;
        while (bytes.Length - used < key.Length)
            Array.Resize(ref bytes, bytes.Length * 2);
        key.CopyTo(bytes.AsSpan(used));
        keys.Add((used, key.Length, mayBeExpired));
        used += key.Length;
    }

    private static bool IsOfType(RecordType type, string name) =>
        type == RecordType.String && name.Equals("string", StringComparison.OrdinalIgnoreCase);

    private void DropExpired(Keyspace keyspace, int first)
    {
        var kept = first;
        for (var i = first; i < keys.Count; i++)
        {
            if (!keys[i].MayBeExpired || keyspace.Read(this[i], info.AsUse(false)))
                keys[kept++] = keys[i];
        }

        keys.RemoveRange(kept, keys.Count - kept);
    }
}
