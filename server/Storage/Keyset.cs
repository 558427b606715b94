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

    public Keyset(uint id, LiveBytesSum sum, DirectoryTotals totals)
    {
        Id = id;
        this.sum = sum;
        Prefix = VarInt(id);
        Directory = new KeyDirectory(totals);
    }

    public uint Id { get; }

    /// <summary>The id as it begins each stored key: seven bits a byte, the lowest first.</summary>
    public byte[] Prefix { get; }

    /// <summary>What the namespace that has these keys is called where events on them are told.</summary>
    public string EventName { get; set; } = "";

    /// <summary>Every key, in hash order.</summary>
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
    public Task BuildOrdered()
    {
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
        Directory.Dispose();
        Ordered?.Dispose();
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
