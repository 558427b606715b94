namespace RespKv.Server.Storage.Directory;

/// <summary>Sums over the segments of a directory, added to those of a whole that it is a part of.</summary>
internal sealed class DirectoryTotals(DirectoryTotals? whole = null)
{
    private long keys;
    private long expiring;
    private long due;
    private long bytes;

    public long Keys => Interlocked.Read(ref keys);

    public long Expiring => Interlocked.Read(ref expiring);

    public long Due => Interlocked.Read(ref due);

    public long Bytes => Interlocked.Read(ref bytes);

    public void AddKeys(long change)
    {
        Interlocked.Add(ref keys, change);
        whole?.AddKeys(change);
    }

    public void AddExpiring(long change)
    {
        Interlocked.Add(ref expiring, change);
        whole?.AddExpiring(change);
    }

    public void AddDue(long change)
    {
        Interlocked.Add(ref due, change);
        whole?.AddDue(change);
    }

    public void AddBytes(long change)
    {
        Interlocked.Add(ref bytes, change);
        whole?.AddBytes(change);
    }
}
