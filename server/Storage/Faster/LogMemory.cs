namespace RespKv.Server.Storage.Faster;

/// <summary>
/// Keeps the part of the log that is in memory within <c>maxmemory</c>, less what directories and indexes take: the oldest pages are made immutable and written to the spill device in good
/// time, and leave memory when they have been. Runs on the maintenance thread, so no batch waits for a page inside FASTER.
/// </summary>
internal sealed class LogMemory(FasterStore store)
{
    // Parts of what the log may take, in per cent: above the first it is trimmed; pages older than the second are written out, so that they can go at once when their time comes.
    private const int FullPercent = 92;
    private const int MutablePercent = 80;

    // However little there is, some pages have to be in memory.
    private const int PagesMin = 4;

    private long evicted;

    /// <summary>Bytes of the log in memory.</summary>
    public long Bytes => store.TailAddress - store.HeadAddress;

    /// <summary>Bytes that have left memory.</summary>
    public long EvictedBytes => Interlocked.Read(ref evicted);

    /// <summary>Whether there are records that are not in memory.</summary>
    public bool HasCold => store.HeadAddress > store.BeginAddress;

    /// <summary>Bytes that the log may take in memory; <see cref="long.MaxValue"/> for no limit.</summary>
    public long Limit
    {
        get
        {
            var limit = store.Settings.MaxMemoryBytes;
            return limit == 0 ? long.MaxValue : Math.Max(limit - store.OverheadBytes - store.LargeValues.Bytes, PagesMin * (long)FasterStore.PageBytes);
        }
    }

    /// <summary>Whether writers should wait: pages come faster than the disk takes them.</summary>
    public bool IsBehind => store.SpillDevice != null && Limit is var limit && limit != long.MaxValue && Bytes > limit + (limit / 8) + (2L * FasterStore.PageBytes);

    /// <summary>Trims what is too much. The caller is in no batch.</summary>
    public void Trim()
    {
        var limit = Limit;
        if (store.SpillDevice == null || limit == long.MaxValue || Bytes <= limit / 100 * MutablePercent)
            return;
        var tail = store.TailAddress;
        store.ShiftReadOnly(PageOf(tail - (limit / 100 * MutablePercent)));
        var head = Math.Min(PageOf(tail - (limit / 100 * FullPercent)), PageOf(store.FlushedAddress));
        if (head <= store.HeadAddress)
            return;
        Interlocked.Add(ref evicted, head - store.HeadAddress);
        store.ShiftHead(head);
    }

    private static long PageOf(long address) => address & ~(FasterStore.PageBytes - 1L);
}
