using System.Collections.Concurrent;
using RespKv.Server.Storage.Directory;
using RespKv.Server.Storage.Ordered;

namespace RespKv.Server.Storage;

/// <summary>
/// The keys of one namespace between two flushes. Its id begins every stored key and is never used again: to flush a namespace is to give it
/// a new keyset, and the old one's records become garbage in the log.
/// </summary>
internal sealed class Keyset : IDisposable
{
    private long liveBytes;
    private long writes;
    private volatile FieldsOwner? owner;
    private volatile bool isDead;
    private volatile OrderedKeyIndex? ordered;
    private volatile Task? building;

    private readonly LiveBytesSum sum;
    private readonly Lock buildLock = new();
    private volatile NotedFields[] watchers = [];

    /// <param name="id">The id.</param>
    /// <param name="sum">Sums up the live bytes of all keysets.</param>
    /// <param name="totals">Sums up their directories.</param>
    /// <param name="isListed">Whether the directory is to hold the keys, or only to count them.</param>
    /// <param name="holdsFields">Whether it is for the fields of one large hash.</param>
    public Keyset(uint id, LiveBytesSum sum, DirectoryTotals totals, bool isListed = true, bool holdsFields = false)
    {
        Id = id;
        IsListed = isListed;
        HoldsFields = holdsFields;
        this.sum = sum;
        Prefix = VarInt(id);
        Directory = new KeyDirectory(totals, isSmall: holdsFields);
    }

    public uint Id { get; }

    /// <summary>The id as it begins each stored key: seven bits a byte, the lowest first.</summary>
    public byte[] Prefix { get; }

    /// <summary>What the namespace that has these keys is called where events on them are told.</summary>
    public string EventName { get; set; } = "";

    /// <summary>Whether the keys can be listed; else they are only counted (<c>key-index off</c>).</summary>
    public bool IsListed { get; }

    /// <summary>Whether it holds the fields of one large hash, and is no namespace's.</summary>
    public bool HoldsFields { get; }

    /// <summary>The key whose fields these are; null in a namespace's keyset.</summary>
    public FieldsOwner? Owner
    {
        get => owner;
        set => owner = value;
    }

    /// <summary>The keysets of the large hashes in here, by their keys.</summary>
    public ConcurrentDictionary<byte[], Keyset> LargeHashes { get; } = new(1, 0, KeyBytesComparer.Instance);

    /// <summary>Writes and deletions so far, in a keyset that holds fields: shows whether the hash has changed.</summary>
    public long Writes => Interlocked.Read(ref writes);

    /// <summary>Whether a value of it may be outside the log.</summary>
    public bool HasLargeValues { get; set; }

    /// <summary>Every key, in hash order, or only how many there are.</summary>
    public KeyDirectory Directory { get; }

    /// <summary>Every key, in byte order; null until somebody lists the namespace (<see cref="BuildOrdered"/>).</summary>
    public OrderedKeyIndex? Ordered => ordered;

    /// <summary>Whether <see cref="Ordered"/> holds every key.</summary>
    public bool IsOrdered => building is { IsCompletedSuccessfully: true };

    /// <summary>Log bytes of the live records of this keyset.</summary>
    public long LiveBytes => Interlocked.Read(ref liveBytes);

    /// <summary>Whether the namespace has moved on to another keyset.</summary>
    public bool IsDead => isDead;

    /// <summary>
    /// Has the ordered index made, on a worker, at the first call; the task ends when it is complete. Writers keep it from the moment that they
    /// see it, and the keys that were there before come from the directory.
    /// </summary>
    /// <exception cref="InvalidOperationException">The keys are only counted.</exception>
    public Task BuildOrdered()
    {
        if (!IsListed)
            throw new InvalidOperationException("Without a directory of keys there is none in order.");
        if (building is { } started)
            return started;
        lock (buildLock)
        {
            if (building != null)
                return building;
            var index = new OrderedKeyIndex();
            ordered = index;
            return building = Task.Run(() => Directory.CopyTo(index));
        }
    }

    /// <summary>Where a key is in hash order: the cursor of <see cref="KeyDirectory.Scan"/> that begins with it.</summary>
    public ulong PositionOf(ReadOnlySpan<byte> key)
    {
        Span<byte> stored = stackalloc byte[512];
        var length = Prefix.Length + key.Length;
        stored = length <= stored.Length ? stored[..length] : new byte[length];
        Prefix.CopyTo(stored);
        key.CopyTo(stored[Prefix.Length..]);
        return Directory.PositionOf(KeyHash.Of(stored));
    }

    public void AddLiveBytes(long bytes)
    {
        if (bytes == 0)
            return;
        Interlocked.Add(ref liveBytes, bytes);
        sum.Add(bytes);
        // A write to a hash that is deleted meanwhile: nobody subtracts it any more.
        if (isDead)
            ForgetLiveBytes();
    }

    /// <summary>Notes a write or a deletion in a keyset that holds fields.</summary>
    public void CountWrite(ReadOnlySpan<byte> name)
    {
        if (!HoldsFields)
            return;
        Interlocked.Increment(ref writes);
        foreach (var watcher in watchers)
            watcher.Add(name);
    }

    /// <summary>Has the fields noted that are written or deleted from here on. To be called alone, so that every writer knows.</summary>
    public void Watch(NotedFields notes)
    {
        lock (buildLock)
            watchers = [.. watchers, notes];
    }

    public void Unwatch(NotedFields notes)
    {
        lock (buildLock)
            watchers = [.. watchers.Where(watcher => watcher != notes)];
    }

    public void Dispose()
    {
        isDead = true;
        ForgetLiveBytes();
        if (!IsListed)
            Directory.AddCounts(-Directory.Count, -Directory.ExpiresCount, -Directory.WheelCount);
        Directory.Dispose();
        Ordered?.Dispose();
    }

    /// <summary>Takes the keyset's id off a stored key; false when it begins with none.</summary>
    public static bool TryTakeId(ref ReadOnlySpan<byte> storedKey, out uint id)
    {
        id = 0;
        for (var i = 0; i < Math.Min(storedKey.Length, 5); i++)
        {
            id |= (uint)(storedKey[i] & 0x7F) << (7 * i);
            if (storedKey[i] >= 0x80)
                continue;
            storedKey = storedKey[(i + 1)..];
            return true;
        }

        return false;
    }

    private void ForgetLiveBytes() => sum.Add(-Interlocked.Exchange(ref liveBytes, 0));

    private static byte[] VarInt(uint id)
    {
        var bytes = new List<byte>(5);
        for (; id >= 0x80; id >>= 7)
            bytes.Add((byte)(id | 0x80));
        bytes.Add((byte)id);
        return [.. bytes];
    }
}
