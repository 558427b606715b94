namespace RespKv.Server.Storage.Faster;

/// <summary>
/// What the store does for itself, on a thread of its own: reclaims expired keys, cleans the log, doubles the index, measures. <see cref="Wake"/> makes it
/// look at once; else it looks every 100 ms.
/// </summary>
internal sealed class StoreMaintenance(FasterStore store, Action<Exception> faulted) : IDisposable
{
    private const int PeriodMs = 100;

    // Expired keys reclaimed in one batch, which bounds how long it holds the epoch.
    private const int ReapBatch = 500;

    // Slices of cleaning before the other work has its turn again.
    private const int SlicesPerRound = 50;

    // Pages that have left the log are dead objects, which the garbage collector takes its time over: it is told to look when there are so many bytes of them, or
    // so much beside the log that is left.
    private const long DeadBytesMax = 128L << 20;
    private const int LogToDead = 16;
    private const int DeadIndexWeight = 4;
    private const long SmallHeapBytes = 64L << 20;
    private const int PinnedGeneration = 4;

    private readonly ManualResetEventSlim wake = new();
    private readonly DueKeys due = new();
    private readonly ReapUpdate reap = new();
    private readonly ExpirySweep sweep = new(store);
    private readonly RemoveEmptiedUpdate removal = new();
    private Thread? thread;
    private volatile bool isStopping;
    private long freedBefore;

    /// <summary>Keys reclaimed because their time was up.</summary>
    public long ExpiredKeys => store.ReapedKeys + store.Cleaner.ExpiredKeys;

    /// <summary>What is told now and then that it may be time for a checkpoint; null while the data are loaded, and where they are in memory only.</summary>
    public Persistence? Persistence { get; set; }

    public void Start()
    {
        thread = new Thread(Run) { IsBackground = true, Name = "respkv maintenance" };
        thread.Start();
    }

    public void Wake() => wake.Set();

    public void Dispose()
    {
        isStopping = true;
        wake.Set();
        thread?.Join();
        wake.Dispose();
    }

    private void Run()
    {
        var session = store.Lease();
        session.TellsFields = false;
        while (!isStopping)
        {
            var isDone = true;
            try
            {
                isDone = Work(session);
            }
            catch (Exception fault) when (fault is not OutOfMemoryException)
            {
                faulted(fault);
            }

            if (!isDone)
                continue;
            wake.Wait(PeriodMs);
            wake.Reset();
        }

        store.Return(session);
    }

    /// <summary>One round; false when the log is not clean yet.</summary>
    private bool Work(StoreSession session)
    {
        store.MeasureOverhead();
        if (store.Settings is { ExpiresActively: true, IsAtRest: false } && !store.KeepsExpired())
            Reclaim(session);
        while (store.Settings is { IsAtRest: false } && !store.KeepsExpired() && store.TakeEmptied() is { } fields)
            RemoveEmptied(session, fields);
        store.GrowIndexIfCrowded(session);
        store.Memory.Trim();
        CollectDeadPages();
        Persistence?.Tick();
        for (var i = 0; i < SlicesPerRound; i++)
        {
            if (isStopping || !store.Cleaner.CleanSlice())
                return true;
        }

        return false;
    }

    private void CollectDeadPages()
    {
        // Who reads a page from the disk to clean it has a buffer for that. An index is replaced so rarely that it may cost a collection each time.
        var freed = (store.Cleaner.FreedBytes * (store.Spills ? 2 : 1)) + store.Memory.EvictedBytes + (store.ReplacedIndexBytes * DeadIndexWeight);
        if (freed - freedBefore < Math.Max(store.Spills ? DeadBytesMax / 2 : DeadBytesMax, store.Memory.Bytes / LogToDead))
            return;
        freedBefore = freed;
        // The collector gives memory back to the system at once only if it may move objects too, which is for small heaps; pages do not count, they are pinned.
        var heapBytes = 0L;
        foreach (var generation in GC.GetGCMemoryInfo(GCKind.Any).GenerationInfo[..PinnedGeneration])
            heapBytes += generation.SizeAfterBytes;
        if (heapBytes < SmallHeapBytes)
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        else
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: false);
    }

    private void Reclaim(StoreSession session)
    {
        // Fields of large hashes are listed where keys are not, too.
        Reap(session);
        if (!store.Settings.ListsKeys && store.DueKeyCount > 0)
            sweep.Run(session);
    }

    private void Reap(StoreSession session)
    {
        foreach (var keys in store.Keysets)
        {
            if (keys.Directory.WheelCount == 0 || !keys.IsListed)
                continue;
            while (!isStopping && !keys.IsDead && CollectDue(keys) > 0)
                ReapBatchOf(session, keys);
        }
    }

    // A hash whose fields have all ended goes as a key, unless it has got a new field meanwhile.
    private void RemoveEmptied(StoreSession session, Keyset fields)
    {
        session.BeginBatch();
        try
        {
            session.BeAlone();
            if (fields.IsDead || fields.Directory.Count > 0 || fields.Owner is not { } owner)
                return;
            session.Update(owner.Keys, owner.Key, removal.For(fields.Id));
            if (removal.HasDeleted)
                store.HashEmptied?.Invoke(owner.Keys, owner.Key);
        }
        finally
        {
            session.EndBatch();
        }
    }

    private int CollectDue(Keyset keys)
    {
        due.Clear();
        return keys.Directory.CollectDue(store.Clock.NowMs, ReapBatch, due);
    }

    private void ReapBatchOf(StoreSession session, Keyset keys)
    {
        session.BeginBatch();
        var before = session.Changes;
        try
        {
            for (var i = 0; i < due.Count && !keys.IsDead; i++)
            {
                session.Reclaim(keys, due.Key(i), reap);
                if (reap.DueMs != 0)
                    keys.Directory.Rearm(due.Key(i), session.LastHash, reap.DueMs);
            }

            // Told once, however many there were.
            if (keys.HoldsFields && session.Changes != before)
                store.NoteFieldsReaped(keys, session.Changes - before);
        }
        finally
        {
            session.EndBatch();
        }
    }
}
