using RespKv.Server.Storage.Ordered;

namespace RespKv.Server.Storage.Directory;

/// <summary>
/// Every key of a keyset, in the order of their hashes; exact from the first write. Kept by the store's callbacks, under the lock of the record that they write, so what is
/// done here is ordered per key. Thread-safe; a lock for each of its segments, mostly 64, is held for moments only.
/// </summary>
/// <remarks>
/// A key's position is the top 38 bits of its hash: 6 for the segment, 32 within it. It never changes, whatever grows or shrinks, so a scan needs no more state than
/// the position that it has come to.
/// </remarks>
internal sealed class KeyDirectory : IDisposable
{
    private const int HashBits = 64;
    private const int SegmentBitsUsual = 6;
    private const int PositionBits = 32;

    private readonly DirectorySegment?[] segments;
    private readonly DirectoryTotals totals;
    private readonly int segmentBits;
    private volatile bool isDisposed;

    /// <param name="whole">The sums that this one's are added to.</param>
    /// <param name="isSmall">Whether it is one of many that hold little each: then it has one segment, and positions of 32 bits.</param>
    public KeyDirectory(DirectoryTotals? whole = null, bool isSmall = false)
    {
        totals = new DirectoryTotals(whole);
        segmentBits = isSmall ? 0 : SegmentBitsUsual;
        segments = new DirectorySegment?[1 << segmentBits];
    }

    /// <summary>Keys, those among them whose time is up but that have not been reclaimed.</summary>
    public long Count => totals.Keys;

    /// <summary>Keys that have an expiry.</summary>
    public long ExpiresCount => totals.Expiring;

    /// <summary>Keys that are due some time, parts of their values included.</summary>
    public long WheelCount => totals.Due;

    /// <summary>Keys that have no expiry, and parts of whose values have one.</summary>
    public long PartsExpiringCount => totals.Due - totals.Expiring;

    /// <summary>Bytes of native memory.</summary>
    public long Bytes => totals.Bytes;

    /// <summary>The cursor of <see cref="Scan"/> that begins with the keys of a hash.</summary>
    public ulong PositionOf(ulong hash) => hash >> (HashBits - PositionBits - segmentBits);

    /// <summary>The same where there are as many segments as usual.</summary>
    public static ulong PositionOfHash(ulong hash) => hash >> (HashBits - PositionBits - SegmentBitsUsual);

    /// <summary>Adds a key of at most 65,535 bytes, or brings its type and expiry up to date; true when it is new.</summary>
    /// <param name="key">The key.</param>
    /// <param name="hash">Its hash.</param>
    /// <param name="type">The record's type.</param>
    /// <param name="expiresAtMs">When it is due, Unix ms; 0 for never.</param>
    /// <param name="isOwnTime">Whether it is the key that has an expiry, and not only a part of its value.</param>
    public bool Insert(ReadOnlySpan<byte> key, ulong hash, byte type, long expiresAtMs, bool isOwnTime = true)
    {
        // The length is stored in 16 bits: a longer key would be stored under another one's name.
        ArgumentOutOfRangeException.ThrowIfGreaterThan(key.Length, KeyBlock.KeyBytesMax, nameof(key));
        return !isDisposed && SegmentOf(hash).Insert(key, InSegment(hash), type, expiresAtMs, isOwnTime);
    }

    /// <summary>Whether a key is there.</summary>
    public bool Contains(ReadOnlySpan<byte> key, ulong hash) => Existing(hash)?.Contains(key, InSegment(hash)) ?? false;

    /// <summary>Whether a key is there and has no time, nor any part of it.</summary>
    public bool IsLasting(ReadOnlySpan<byte> key, ulong hash) => Existing(hash)?.IsLasting(key, InSegment(hash)) ?? false;

    /// <summary>Counts keys that are not to be held.</summary>
    public void AddCounts(long keys, long expiring, long due)
    {
        if (keys != 0)
            totals.AddKeys(keys);
        if (expiring != 0)
            totals.AddExpiring(expiring);
        if (due != 0)
            totals.AddDue(due);
    }

    /// <summary>Takes a key out; false when it is not there.</summary>
    public bool Remove(ReadOnlySpan<byte> key, ulong hash) => Existing(hash)?.Remove(key, InSegment(hash)) ?? false;

    /// <summary>
    /// Tells that a key has gained an expiry, lost it (0), or got an earlier one. A later one need not be told: the key is handed out as due too early, and the caller
    /// then calls <see cref="Rearm"/>.
    /// </summary>
    public void SetExpiry(ReadOnlySpan<byte> key, ulong hash, long expiresAtMs, bool isOwnTime = true) =>
        Existing(hash)?.SetExpiry(key, InSegment(hash), expiresAtMs, isOwnTime);

    /// <summary>
    /// Tells when a key that <see cref="CollectDue"/> handed out will really be due. What a writer has told since then is newer and stays.
    /// </summary>
    public void Rearm(ReadOnlySpan<byte> key, ulong hash, long expiresAtMs) =>
        Existing(hash)?.Rearm(key, InSegment(hash), expiresAtMs);

    /// <summary>
    /// Hands about <paramref name="count"/> keys from a cursor on to the sink, under a lock. A key that is there from the first call to the last of an
    /// iteration is handed out at least once.
    /// </summary>
    /// <returns>The next cursor, below 2^38; 0 when there are no more.</returns>
    public ulong Scan(ulong cursor, int count, long nowMs, IKeySink sink)
    {
        // A call that looks at nothing would return its own cursor, which at the start means the end.
        count = Math.Max(count, 1);
        var segment = cursor >> PositionBits;
        var position = (uint)cursor;
        for (; segment < (ulong)segments.Length; segment++, position = 0)
        {
            if (segments[segment] is not { } here)
                continue;
            var next = here.Scan(position, ref count, nowMs, sink);
            if (next <= uint.MaxValue)
                return (segment << PositionBits) | next;
            if (count <= 0 && segment + 1 < (ulong)segments.Length)
                return (segment + 1) << PositionBits;
        }

        return 0;
    }

    /// <summary>Hands one key, at random, to the sink; false when there is none.</summary>
    public bool TryGetRandom(IKeySink sink)
    {
        var start = Random.Shared.Next(segments.Length);
        for (var i = 0; i < segments.Length; i++)
        {
            if (segments[(start + i) % segments.Length]?.TryGetRandom(sink) ?? false)
                return true;
        }

        return false;
    }

    /// <summary>Hands one key that has an expiry to the sink, at random, or of those that end soonest; false when there is none.</summary>
    public bool TrySampleExpiring(bool soonest, IKeySink sink)
    {
        var start = Random.Shared.Next(segments.Length);
        for (var i = 0; i < segments.Length; i++)
        {
            if (segments[(start + i) % segments.Length]?.TrySampleExpiring(soonest, sink) ?? false)
                return true;
        }

        return false;
    }

    /// <summary>
    /// Hands keys that may be due to the sink, at most <paramref name="keysMax"/>, and puts each off by two seconds: the caller deletes it or says by
    /// <see cref="Rearm"/> when it will be due.
    /// </summary>
    public int CollectDue(long nowMs, int keysMax, IKeySink sink)
    {
        var collected = 0;
        foreach (var segment in segments)
        {
            if (collected >= keysMax)
                break;
            if (segment != null)
                collected += segment.CollectDue(nowMs, keysMax - collected, sink);
        }

        return collected;
    }

    /// <summary>
    /// Enters all keys in an ordered index that writers already keep too. Each key goes in under its segment's lock, so a key that is being deleted is either not seen
    /// here or deleted there afterwards.
    /// </summary>
    public void CopyTo(OrderedKeyIndex index)
    {
        const int slice = 128;
        var sink = new IndexSink(index);
        var cursor = 0UL;
        do
            cursor = Scan(cursor, slice, 0, sink);
        while (cursor != 0 && !isDisposed);
    }

    /// <summary>Gives the memory back; after that there are no keys and none can be added.</summary>
    public void Dispose()
    {
        isDisposed = true;
        foreach (var segment in segments)
            segment?.Dispose();
    }

    private uint InSegment(ulong hash) => (uint)PositionOf(hash);

    private int SegmentAt(ulong hash) => segmentBits == 0 ? 0 : (int)(hash >> (HashBits - segmentBits));

    private DirectorySegment? Existing(ulong hash) => Volatile.Read(ref segments[SegmentAt(hash)]);

    private DirectorySegment SegmentOf(ulong hash)
    {
        ref var place = ref segments[SegmentAt(hash)];
        if (Volatile.Read(ref place) is { } existing)
            return existing;
        var created = new DirectorySegment(totals);
        if (Interlocked.CompareExchange(ref place, created, null) is { } other)
        {
            created.Dispose();
            return other;
        }

        // A disposal that ran between the check and here did not see this segment.
        if (isDisposed)
            created.Dispose();
        return created;
    }

    private sealed class IndexSink(OrderedKeyIndex index) : IKeySink
    {
        public void Add(ReadOnlySpan<byte> key, byte type, bool mayBeExpired) => index.Insert(key);
    }
}
