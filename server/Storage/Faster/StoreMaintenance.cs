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

    private readonly ManualResetEventSlim wake = new();
    private readonly DueKeys due = new();
    private readonly ReapUpdate reap = new();
    private Thread? thread;
    private volatile bool isStopping;

    /// <summary>Keys reclaimed because their time was up.</summary>
    public long ExpiredKeys => store.ReapedKeys + store.Cleaner.ExpiredKeys;

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
        while (!isStopping)
        {
            try
            {
                Work(session);
            }
            catch (Exception fault) when (fault is not OutOfMemoryException)
            {
                faulted(fault);
            }

            wake.Wait(PeriodMs);
            wake.Reset();
        }

        store.Return(session);
    }

    private void Work(StoreSession session)
    {
        store.MeasureOverhead();
        if (store.Settings.ExpiresActively && !store.KeepsExpired())
            Reap(session);
        store.GrowIndexIfCrowded(session);
        while (!isStopping && store.Cleaner.CleanSlice())
        {
        }
    }

    private void Reap(StoreSession session)
    {
        foreach (var keys in store.Keysets)
        {
            while (!isStopping && !keys.IsDead && CollectDue(keys) > 0)
                ReapBatchOf(session, keys);
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
        try
        {
            for (var i = 0; i < due.Count && !keys.IsDead; i++)
            {
                session.Update(keys, due.Key(i), reap);
                if (reap.HasReaped)
                    store.NoteReaped(due.Key(i));
                else if (reap.ExpiresAtMs != 0)
                    keys.Directory.Rearm(due.Key(i), session.LastHash, reap.ExpiresAtMs);
            }
        }
        finally
        {
            session.EndBatch();
        }
    }
}
