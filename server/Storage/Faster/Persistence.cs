using System.Diagnostics;
using RespKv.Server.Storage.Durability;

namespace RespKv.Server.Storage.Faster;

/// <summary>Keeps the store's data in a folder: recovery at the start, the write log, checkpoints while clients go on, and an orderly end.</summary>
internal sealed partial class Persistence : IDisposable
{
    // Checkpoints that are kept: the newest, and the one that a repair can go back to.
    private const int KeptCheckpoints = 2;

    private const string SaveRefusal =
        "Redis is configured to save RDB snapshots, but it's currently unable to persist to disk. Commands that may modify the data set are disabled, because this instance is configured to report errors "
        + "during writes if RDB snapshotting fails (stop-writes-on-bgsave-error option). Please check the Redis logs for details about the RDB error.";

    // After a checkpoint that failed no other is begun by itself for this long.
    private const long RetryMs = 30_000;

    // The same where writes are refused until there is one.
    private const long NeededRetryMs = 2000;

    private readonly FasterStore store;
    private readonly PersistenceSettings settings;
    private readonly DataFolder folder;
    private readonly Lock starting = new();
    private volatile Task<string?>? running;
    private volatile bool isStopping;
    private volatile bool isLoaded;
    private long lastTryMs;
    private long changesAtSave;
    private long checkpointBytes;
    private long liveBytesAtSave;
    private ulong logStart;
    private long earlierLogBytes;
    private Stopwatch? saving;
    private IReadOnlyList<Keyset> ownerless = [];

    private Persistence(FasterStore store, PersistenceSettings settings, DataFolder folder)
    {
        this.store = store;
        this.settings = settings;
        this.folder = folder;
        LastSaveMs = store.Clock.NowMs;
    }

    /// <summary>Told what happens, in words for the log.</summary>
    public Action<string, bool> Notice { get; set; } = (_, _) => { };

    /// <summary>When the last checkpoint was complete, Unix ms; at first, the start of the server.</summary>
    public long LastSaveMs { get; private set; }

    /// <summary>Why the last checkpoint failed; null when it did not.</summary>
    public string? LastFault { get; private set; }

    /// <summary>Seconds that the last checkpoint took; -1 when there was none.</summary>
    public long LastSaveSeconds { get; private set; } = -1;

    /// <summary>Seconds that the checkpoint under way has taken; -1 when there is none.</summary>
    public long CurrentSaveSeconds => saving is { } clock ? (long)clock.Elapsed.TotalSeconds : -1;

    public bool IsSaving => saving != null;

    /// <summary>Checkpoints since the start.</summary>
    public long Saves { get; private set; }

    /// <summary>Changes since the last checkpoint.</summary>
    public long ChangesSinceSave => store.Changes - Interlocked.Read(ref changesAtSave);

    /// <summary>Bytes of the last checkpoint.</summary>
    public long CheckpointBytes => Interlocked.Read(ref checkpointBytes);

    /// <summary>Bytes of the log that would be replayed on it.</summary>
    public long LogBytes => store.Log.IsRecording ? Interlocked.Read(ref earlierLogBytes) + (long)(store.Log.Tail - Volatile.Read(ref logStart)) : 0;

    /// <summary>Records that recovery has put back.</summary>
    public long RecoveredFrames { get; private set; }

    public bool LogsWrites => settings.LogsWrites;

    /// <summary>Why commands that change data are refused at the moment; null when they are not. The text is what follows <c>-MISCONF</c>.</summary>
    public string? WriteRefusal =>
        (store.Log.Failure ?? store.SpillDevice?.Failure) is { } failure ? "Errors writing to the AOF file: " + failure
        : LastFault != null && !settings.LogsWrites && settings.StopsWritesOnFault ? SaveRefusal
        : null;

    /// <summary>Takes the folder.</summary>
    /// <exception cref="DataFaultException">It cannot be used.</exception>
    public static Persistence Open(FasterStore store, PersistenceSettings settings, string path) =>
        new(store, settings, DataFolder.Open(path));

    /// <summary>Brings the data back, then begins to log. Nobody else uses the store.</summary>
    /// <param name="adopt">Called between: the store's names and libraries are known, and what is changed of them from then on is logged.</param>
    /// <param name="stopping">Gives up: nothing has been changed then that the next start would miss.</param>
    /// <exception cref="DataFaultException">Something is damaged.</exception>
    /// <exception cref="OperationCanceledException">It was given up.</exception>
    public void Recover(Action adopt, CancellationToken stopping)
    {
        try
        {
            RecoverAll(adopt, stopping);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataFaultException($"cannot use the data folder {folder.Path}: {error.Message}");
        }
    }

    private void RecoverAll(Action adopt, CancellationToken stopping)
    {
        var clock = Stopwatch.StartNew();
        folder.RefuseNewerFormats();
        folder.RemoveLeftovers();
        store.LargeValues.UseFolder(folder.ValuesPath);
        var result = Load(stopping);
        store.LargeValues.Verify(stopping);
        stopping.ThrowIfCancellationRequested();
        if (result.EndSegment != 0)
            SyncedPosition.Tell(folder, result.End);
        store.LargeValues.RemoveUnused();
        RecoveredFrames = result.Frames;
        checkpointBytes = result.CheckpointBytes;
        // Bytes of a record are about the same in both.
        liveBytesAtSave = result.CheckpointBytes;
        if (result.LostBytes > 0)
            Notice($"The log ended in {result.LostBytes} bytes that are not whole, as a power cut leaves them: cut off at position {result.End}", true);
        if (result.Frames > 0)
            Notice($"Data loaded: {store.KeyCount} keys from {result.Frames} records in {clock.Elapsed.TotalSeconds:0.00} s", false);
        store.Log.SkipTo(Math.Max(result.End, store.Log.Tail) + WriteLog.RestartStep);
        store.Log.Failed = text => Notice("The log cannot be written, and writes are refused: " + text, true);
        store.Log.Recovered = () => Notice("The log can be written again", false);
        store.Log.NeedsCheckpoint = () => Begin();
        store.Log.Syncing = store.LargeValues.Sync;
        store.Log.HasSynced = () => store.LargeValues.RemoveFreed(settings.LogsWrites ? store.Log.Confirmed : 0);
        store.Log.WantsConfirmation = () => store.LargeValues.HasFreed;
        store.Log.Policy = settings.Sync;
        if (settings.LogsWrites)
        {
            store.Log.Start(folder, result.EndSegment, result.EndSegment == 0 ? 0 : result.End);
            logStart = store.Log.Tail;
            earlierLogBytes = result.LogBytes;
        }

        foreach (var fields in ownerless)
            store.DropFields(fields);
        adopt();
        Interlocked.Exchange(ref changesAtSave, store.Changes);
        isLoaded = true;
    }

    /// <summary>To be called now and then: begins a checkpoint when one is due.</summary>
    public void Tick()
    {
        var isNeeded = store.Log.IsCheckpointNeeded;
        if (IsSaving || (LastFault != null && store.Clock.NowMs - lastTryMs < (isNeeded ? NeededRetryMs : RetryMs)))
            return;
        if (isNeeded || IsDue)
            Begin();
    }

    /// <summary>Begins a checkpoint.</summary>
    /// <returns>Ends with it; the result says why it failed, or is null. Null when one is under way.</returns>
    /// <param name="then">Run behind it, before another one can begin.</param>
    public Task<string?>? Begin(Action? then = null)
    {
        lock (starting)
        {
            if (running is { IsCompleted: false } || isStopping)
                return null;
            saving = Stopwatch.StartNew();
            lastTryMs = store.Clock.NowMs;
            try
            {
                return running = Task.Factory.StartNew(() => SaveAnd(then), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            }
            catch (TaskSchedulerException)
            {
                // A thread needs descriptors, and there may be none.
                saving = null;
                LastFault = "the system has no thread for it";
                Notice("A checkpoint could not be made: " + LastFault, true);
                return running = Task.FromResult<string?>(LastFault);
            }
        }
    }

    /// <summary>Acts on settings that have changed.</summary>
    public void Adopt()
    {
        // What is set while the data are loaded is acted on after that.
        if (!isLoaded)
            return;
        store.Log.Policy = settings.Sync;
        if (settings.LogsWrites == store.Log.IsRecording)
            return;
        // Switched on, the log needs a checkpoint to begin with; switched off, the last one is all that counts from now on.
        Begin();
    }

    /// <summary>The orderly end: nobody writes any more. Where writes were not logged, a checkpoint is made, for as long as that takes.</summary>
    public void Stop(bool saves)
    {
        isStopping = true;
        running?.Wait();
        backup?.Wait();
        if (saves && (!settings.LogsWrites || IsWorthCheckpoint) && ChangesSinceSave > 0)
        {
            isStopping = false;
            saving = Stopwatch.StartNew();
            Notice("Saving before the end", false);
            Save();
            isStopping = true;
        }

        store.Log.Dispose();
    }

    public void Dispose() => folder.Dispose();

    // At an orderly end a checkpoint saves the next start the replay; but the end must not take long.
    private bool IsWorthCheckpoint => LogBytes > 1 << 20 && store.UsedBytes < 64L << 20;

    private bool IsDue
    {
        get
        {
            if (settings.LogsWrites)
            {
                var percent = settings.CheckpointLogPercent;
                return percent > 0 && (IsMuch(LogBytes, CheckpointBytes, percent) || IsMuch(LogBytes + Interlocked.Read(ref liveBytesAtSave) - store.LiveBytes, store.LiveBytes, percent));
            }

            var (changes, seconds) = (ChangesSinceSave, (store.Clock.NowMs - LastSaveMs) / 1000);
            return settings.SavePoints.Any(point => changes >= point.Changes && seconds > point.Seconds);
        }
    }

    // What a checkpoint would save: the log, or that with what has been deleted since the last one.
    private bool IsMuch(long savedBytes, long keptBytes, long percent) => savedBytes > settings.CheckpointLogBytesMin && savedBytes * 100.0 > keptBytes * (double)percent;

    private RecoveryResult Load(CancellationToken stopping)
    {
        using var target = new StoreRecovery(store);
        try
        {
            var result = new Recovery(folder, target, text => Notice("Loading " + text, false), stopping).Run();
            target.Drain();
            ownerless = AdoptFields();
            return result;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataFaultException($"cannot read the data folder {folder.Path}: {error.Message}");
        }
    }

    private IReadOnlyList<Keyset> AdoptFields()
    {
        var session = store.Lease();
        session.BeginBatch();
        try
        {
            return store.AdoptFields(session);
        }
        finally
        {
            session.EndBatch();
            store.Return(session);
        }
    }

    private string? SaveAnd(Action? then)
    {
        var fault = Save();
        then?.Invoke();
        return fault;
    }

    private string? Save()
    {
        string? fault = null;
        try
        {
            Checkpoint();
            Saves++;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or OperationCanceledException or ObjectDisposedException)
        {
            fault = error is OperationCanceledException ? "the server ends" : error.Message;
            Notice("A checkpoint could not be made: " + fault, true);
        }

        LastFault = fault;
        LastSaveSeconds = (long)saving!.Elapsed.TotalSeconds;
        saving = null;
        return fault;
    }

    private void Checkpoint()
    {
        var session = store.Lease();
        try
        {
            CheckpointWith(session);
        }
        finally
        {
            store.Log.TakesNoChanges = false;
            store.Cleaner.Hold(long.MaxValue);
            store.Return(session);
        }
    }

    private void CheckpointWith(StoreSession session)
    {
        var from = store.Cleaner.HoldAll();
        var (cut, until, changes, live) = (0UL, 0L, 0L, 0L);
        KeyValuePair<string, uint>[] names = [];
        KeyValuePair<string, byte[]>[] libraries = [];
        session.BetweenBatches(() =>
        {
            if (!store.Log.IsRecording)
                store.Log.Start(folder, 0, 0);
            store.Log.TakesNoChanges = true;
            cut = store.Log.Tail;
            until = store.TailAddress;
            changes = store.Changes;
            live = store.LiveBytes;
            names = [.. store.Names];
            libraries = [.. store.Libraries];
        });
        using var file = new CheckpointFile(folder, cut, store.Clock.NowMs);
        foreach (var (name, id) in names)
            file.Namespace(name, id);
        foreach (var (name, source) in libraries)
        {
            file.Library(name, source);
            file.FlushIfMuch();
        }

        new CheckpointScan(store, session, file).Run(from, until, () => isStopping);
        store.Log.TakesNoChanges = false;
        var needs = 0UL;
        LogSegment? last = null;
        session.BetweenBatches(() =>
        {
            needs = store.Log.Tail;
            if (!settings.LogsWrites)
                last = store.Log.Stop();
        });
        if (last == null)
        {
            store.Log.SyncUpTo(needs, () => isStopping).GetAwaiter().GetResult();
        }
        else
        {
            using (last)
            {
                store.Log.Syncing?.Invoke(needs);
                last.Sync();
            }

            DataFolder.SyncNames(folder.Path);
        }

        file.Complete(needs);
        lastPoint = (cut, needs);
        Interlocked.Exchange(ref checkpointBytes, file.Bytes);
        Interlocked.Exchange(ref liveBytesAtSave, live);
        Interlocked.Exchange(ref earlierLogBytes, 0);
        Volatile.Write(ref logStart, cut);
        Interlocked.Exchange(ref changesAtSave, changes);
        LastSaveMs = store.Clock.NowMs;
        store.Log.NoteCheckpoint(cut);
        RemoveOld();
    }

    // What only older checkpoints need goes, from the oldest on, so that what is left is always whole.
    private void RemoveOld()
    {
        if (isBackingUp)
            return;
        var checkpoints = folder.Checkpoints();
        foreach (var old in checkpoints.SkipLast(KeptCheckpoints))
            File.Delete(folder.CheckpointPath(old));
        var oldest = checkpoints.Count < KeptCheckpoints ? 0 : checkpoints[^KeptCheckpoints];
        if (!settings.LogsWrites)
            store.LargeValues.RemoveFreed(oldest);
        var segments = folder.Segments();
        for (var i = 0; i + 1 < segments.Count && segments[i + 1] <= oldest; i++)
            File.Delete(folder.LogPath(segments[i]));
    }
}
