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
    private volatile OrderedKeyIndex? ordered;
    private volatile Task? building;

    private readonly LiveBytesSum sum;
    private readonly Lock buildLock = new();

    /// <param name="id">The id.</param>
    /// <param name="sum">Sums up the live bytes of all keysets.</param>
    /// <param name="totals">Sums up their directories.</param>
    /// <param name="isListed">Whether the directory is to hold the keys, or only to count them.</param>
    public Keyset(uint id, LiveBytesSum sum, DirectoryTotals totals, bool isListed = true)
    {
        Id = id;
        IsListed = isListed;
        this.sum = sum;
        Prefix = VarInt(id);
        Directory = new KeyDirectory(totals);
    }

    public uint Id { get; }

    /// <summary>The id as it begins each stored key: seven bits a byte, the lowest first.</summary>
    public byte[] Prefix { get; }

    /// <summary>What the namespace that has these keys is called where events on them are told.</summary>
    public string EventName { get; set; } = "";

    /// <summary>Whether the keys can be listed; else they are only counted (<c>key-index off</c>).</summary>
    public bool IsListed { get; }

    /// <summary>Every key, in hash order, or only how many there are.</summary>
    public KeyDirectory Directory { get; }

    /// <summary>Every key, in byte order; null until somebody lists the namespace (<see cref="BuildOrdered"/>).</summary>
    public OrderedKeyIndex? Ordered => ordered;

    /// <summary>Whether <see cref="Ordered"/> holds every key.</summary>
    public bool IsOrdered => building is { IsCompletedSuccessfully: true };

    /// <summary>Log bytes of the live records of this keyset.</summary>
    public long LiveBytes => Interlocked.Read(ref liveBytes);

    /// <summary>Whether the namespace has moved on to another keyset.</summary>
    public bool IsDead { get; private set; }

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
        return KeyDirectory.PositionOfHash(KeyHash.Of(stored));
    }

    public void AddLiveBytes(long bytes)
    {
        if (bytes == 0)
            return;
        Interlocked.Add(ref liveBytes, bytes);
        sum.Add(bytes);
    }

    public void Dispose()
    {
        IsDead = true;
        sum.Add(-LiveBytes);
        if (!IsListed)
            Directory.AddCounts(-Directory.Count, -Directory.ExpiresCount);
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

    private static byte[] VarInt(uint id)
    {
        var bytes = new List<byte>(5);
        for (; id >= 0x80; id >>= 7)
            bytes.Add((byte)(id | 0x80));
        bytes.Add((byte)id);
        return [.. bytes];
    }
}
