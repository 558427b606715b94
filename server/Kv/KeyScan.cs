using RespKv.Server.Storage;

namespace RespKv.Server.Kv;

/// <summary>
/// Goes through the keys of a namespace in hash order and gathers those that match. What is gathered is in one buffer that is used again. A key whose
/// time is up but that has not been reclaimed is left out.
/// </summary>
internal sealed class KeyScan : IKeySink
{
    private const int BytesKept = 64 * 1024;

    // Keys under a pattern's literal prefix up to which they are taken from the ordered index instead of going through all keys.
    private const int PrefixedKeysMax = 10_000;

    private readonly RecordInfoReader info = new();
    private readonly List<(int Offset, int Length, bool MayBeExpired)> keys = [];
    private byte[] bytes = new byte[1024];
    private int used;
    private ReadOnlyMemory<byte> pattern;
    private readonly List<(ulong Position, int Index)> order = [];
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
        if (TryTakePrefixed(keyspace))
            return TakePage(keyspace, cursor, count);
        var first = keys.Count;
        var next = keyspace.Namespace.Keys.Directory.Scan(cursor, count, NowMs, this);
        DropExpired(keyspace, first);
        return next;
    }

    /// <summary>Whether few enough keys are under the pattern's literal prefix, and the index that knows them is there, for a look at those to do.</summary>
    public bool HasFewCandidates(Keyspace keyspace)
    {
        var prefix = GlobPattern.LiteralPrefix(pattern.Span, out _);
        return !prefix.IsEmpty && keyspace.Namespace.Keys.IsOrdered && keyspace.Namespace.Keys.Ordered!.CountPrefix(prefix, PrefixedKeysMax + 1) <= PrefixedKeysMax;
    }

    /// <summary>Looks at all keys.</summary>
    public void RunToEnd(Keyspace keyspace)
    {
        if (TryTakePrefixed(keyspace))
        {
            DropExpired(keyspace, 0);
            return;
        }

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
        if (TypeName == null || IsOfType((RecordType)type, TypeName))
            Take(key, mayBeExpired);
    }

    private static bool IsOfType(RecordType type, string name) =>
        name.Equals(type == RecordType.String ? "string" : "hash", StringComparison.OrdinalIgnoreCase);

    // All matches under the literal prefix, in the order of their bytes.
    private bool TryTakePrefixed(Keyspace keyspace)
    {
        if (keys.Count > 0 || !HasFewCandidates(keyspace))
            return false;
        keyspace.Namespace.Keys.Ordered!.List(GlobPattern.LiteralPrefix(pattern.Span, out _), default, hasAfter: false, PrefixedKeysMax, new Candidates(this));
        return true;
    }

    // Of what has been gathered, those from the cursor on in hash order, so that the cursor means what it means without the index. Keys at one position stay together.
    private ulong TakePage(Keyspace keyspace, ulong cursor, int count)
    {
        order.Clear();
        for (var i = 0; i < keys.Count; i++)
        {
            var position = keyspace.Namespace.Keys.PositionOf(this[i]);
            if (position >= cursor)
                order.Add((position, i));
        }

        order.Sort();
        var end = Math.Min(count, order.Count);
        while (end > 0 && end < order.Count && order[end].Position == order[end - 1].Position)
            end++;
        var next = end < order.Count ? order[end].Position : 0;
        var page = order.GetRange(0, end).ConvertAll(place => keys[place.Index]);
        keys.Clear();
        keys.AddRange(page);
        DropExpired(keyspace, 0);
        return next;
    }

    private void DropExpired(Keyspace keyspace, int first)
    {
        var kept = first;
        for (var i = first; i < keys.Count; i++)
        {
            if (!keys[i].MayBeExpired || (keyspace.Read(this[i], info.AsUse(false)) && (TypeName == null || IsOfType(info.Type, TypeName))))
                keys[kept++] = keys[i];
        }

        keys.RemoveRange(kept, keys.Count - kept);
    }

    private void Take(ReadOnlySpan<byte> key, bool mayBeExpired)
    {
        if (!matchesAll && !GlobPattern.IsMatch(pattern.Span, key))
            return;
        while (bytes.Length - used < key.Length)
            Array.Resize(ref bytes, bytes.Length * 2);
        key.CopyTo(bytes.AsSpan(used));
        keys.Add((used, key.Length, mayBeExpired));
        used += key.Length;
    }

    // The ordered index knows neither types nor expiries: what it hands in is looked up before it is shown.
    private sealed class Candidates(KeyScan scan) : IKeySink
    {
        public void Add(ReadOnlySpan<byte> key, byte type, bool mayBeExpired) => scan.Take(key, mayBeExpired: true);
    }
}
