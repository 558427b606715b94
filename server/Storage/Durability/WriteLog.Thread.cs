using System.Buffers.Binary;
using System.Diagnostics;

namespace RespKv.Server.Storage.Durability;

/// <summary>The log's own thread: writes what nobody waited for, syncs, begins new segments, wakes who waits, and tries again after a fault.</summary>
internal sealed partial class WriteLog
{
    /// <summary>Bytes of a segment after which a new one is begun.</summary>
    public const long SegmentBytes = 64L << 20;

    private const int PollMs = 100;
    private const int RetryMs = 500;
    private const int SyncTries = 3;

    // A little under the second, which the poll adds to.
    private const int SyncMs = 900;

    private readonly AutoResetEvent wake = new(false);
    private readonly Lock waitersLock = new();
    private readonly List<LogSegment> unsynced = [];
    private List<LogWaiter> waiters = [];
    private List<LogWaiter> waitersSpare = [];
    private Thread? thread;
    private DataFolder? folder;
    private SyncedPosition? syncedPosition;
    private volatile bool isStopping;
    private volatile SyncPolicy policy = SyncPolicy.EverySec;
    private ulong synced;
    private ulong syncWanted;
    private ulong markStart;
    private ulong markEnd;
    private ulong marked;
    private ulong confirmed;
    private ulong badUntil;
    private ulong roomUntil;
    private long syncedAt;
    private int syncFaults;
    private bool areNamesUnsynced;

    /// <summary>Told, once, that writes cannot be kept, with the system's words.</summary>
    public Action<string>? Failed { get; set; }

    /// <summary>Told that writes can be kept again.</summary>
    public Action? Recovered { get; set; }

    /// <summary>Called before the log is synced up to a position, to sync what its frames refer to; what it throws fails the sync.</summary>
    public Action<ulong>? Syncing { get; set; }

    /// <summary>Called on the log's thread after each sync.</summary>
    public Action? HasSynced { get; set; }

    /// <summary>Called when only a new checkpoint makes the data safe again.</summary>
    public Action? NeedsCheckpoint { get; set; }

    public SyncPolicy Policy
    {
        get => policy;
        set
        {
            policy = value;
            wake.Set();
        }
    }

    /// <summary>Position up to which the log is on the disk.</summary>
    public ulong Synced => Volatile.Read(ref synced);

    /// <summary>Position up to which the log itself says, on the disk, that it is on the disk: what an end that a power cut leaves cannot be before.</summary>
    public ulong Confirmed => Volatile.Read(ref confirmed);

    /// <summary>Whether something waits for <see cref="Confirmed"/> to get on, though nothing is written any more.</summary>
    public Func<bool> WantsConfirmation { get; set; } = () => false;

    /// <summary>Milliseconds that the last sync took.</summary>
    public long LastSyncMs { get; private set; }

    /// <summary>Begins to record, in a new segment, at the present tail. No batch runs.</summary>
    /// <exception cref="IOException">The segment cannot be made.</exception>
    public void Start(DataFolder dataFolder, ulong previousStart, ulong previousEnd)
    {
        folder = dataFolder;
        lock (writing)
        {
            var start = ring.Tail;
            segment = LogSegment.Create(dataFolder, new LogFileHeader(false, start, previousEnd, previousStart, NowMs()));
            areNamesUnsynced = true;
            syncedPosition ??= new SyncedPosition(dataFolder);
            ring.Reset(start);
            written = synced = flushed = markStart = markEnd = marked = confirmed = start;
            syncedAt = Environment.TickCount64;
            isRecording = true;
        }

        if (thread != null)
            return;
        thread = new Thread(Run) { IsBackground = true, Name = "respkv log" };
        thread.Start();
    }

    /// <summary>Ends recording, with all that was appended in the file; the segment that is returned is still to be synced. No batch runs.</summary>
    /// <exception cref="IOException">The file cannot take it; then recording goes on.</exception>
    public LogSegment? Stop()
    {
        lock (writing)
        {
            Write(Tail);
            if (failure is { } text)
                throw new IOException(text);
            isRecording = false;
            var last = segment;
            segment = null;
            return last;
        }
    }

    /// <summary>Waits until the log is in the file, or on the disk where the policy asks for it, up to a position.</summary>
    public ValueTask WaitAsync(LogWaiter waiter, ulong need)
    {
        var wait = waiter.Begin(need);
        lock (waitersLock)
            waiters.Add(waiter);
        wake.Set();
        return wait;
    }

    /// <summary>Whether a segment could not be synced, and only a checkpoint makes up for it.</summary>
    public bool IsCheckpointNeeded => Volatile.Read(ref badUntil) != 0;

    /// <summary>Has the log on the disk up to a position, whatever the policy.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="OperationCanceledException">The server ends.</exception>
    public async Task SyncUpTo(ulong need, Func<bool> isEnding)
    {
        var faultsBefore = Volatile.Read(ref syncFaults);
        while (isRecording && Volatile.Read(ref flushed) < need)
        {
            InterlockedMax(ref syncWanted, need);
            wake.Set();
            await Task.Delay(1).ConfigureAwait(false);
            if (isEnding())
                throw new OperationCanceledException();
            // One that fails is made up for by the next one, in another segment; several say that what it needs is not to be had.
            if (failure is { } text && (Written < need || Volatile.Read(ref syncFaults) - faultsBefore >= SyncTries))
                throw new IOException(text);
        }
    }

    /// <summary>A checkpoint holds all that the log held up to <paramref name="cut"/>: a segment that could not be synced does not matter any more.</summary>
    public void NoteCheckpoint(ulong cut)
    {
        lock (writing)
        {
            if (badUntil == 0 || cut < badUntil)
                return;
            badUntil = 0;
            ClearFailure();
        }

        wake.Set();
    }

    /// <summary>Writes and syncs what is there, marks it, and ends the thread; who still waits and cannot be served is told so.</summary>
    public void Dispose()
    {
        isStopping = true;
        wake.Set();
        thread?.Join();
        lock (writing)
        {
            isRecording = false;
            segment?.Dispose();
            segment = null;
        }

        foreach (var old in unsynced)
            old.Dispose();
        syncedPosition?.Dispose();
        ring.Dispose();
        wake.Dispose();
    }

    private static long NowMs() => TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();

    private static void InterlockedMax(ref ulong place, ulong value)
    {
        for (var seen = Volatile.Read(ref place); seen < value;)
            seen = Interlocked.CompareExchange(ref place, value, seen) is var now && now == seen ? value : now;
    }

    // Position up to which present and earlier segments are on the disk, be an earlier one bad or not.
    private ulong flushed;

    private void Run()
    {
        while (!isStopping)
        {
            wake.WaitOne(failure == null ? PollMs : RetryMs);
            Work(isLast: false);
        }

        Work(isLast: true);
        EndWaits();
    }

    private void Work(bool isLast)
    {
        if (!isRecording)
        {
            ServeWaiters();
            return;
        }

        lock (writing)
        {
            Write(Tail);
            RotateIfFull();
        }

        if (isLast || MustSync())
        {
            Sync();
            if (isLast)
            {
                // The mark of the last sync, so that the next start knows how far the log was safe.
                lock (writing)
                    Write(Tail);
                Sync();
                syncedPosition!.Sync();
            }
        }

        ServeWaiters();
    }

    private bool MustSync()
    {
        var end = Written;
        if (Volatile.Read(ref syncWanted) > Volatile.Read(ref flushed))
            return true;
        if (policy == SyncPolicy.No || (!IsNews(end) && !WantsConfirmation()))
            return false;
        return policy == SyncPolicy.Always || Environment.TickCount64 - syncedAt >= SyncMs;
    }

    // Whether there is more up to a position than was synced and the mark that says so. Others have written before the mark while the sync went on.
    private bool IsNews(ulong end) => end > markEnd || (end > Synced && markStart != Synced);

    private void Sync()
    {
        var began = Stopwatch.GetTimestamp();
        ulong target;
        LogSegment present;
        lock (writing)
        {
            if (segment == null || segment.Start < badUntil)
                return;
            target = written;
            present = segment;
        }

        syncedAt = Environment.TickCount64;
        if (target == Volatile.Read(ref flushed) && target == Synced && failure == null && !WantsConfirmation())
            return;
        try
        {
            Syncing?.Invoke(target);
            if (areNamesUnsynced)
                DataFolder.SyncNames(folder!.Path);
            areNamesUnsynced = false;
            foreach (var old in unsynced)
            {
                old.Sync();
                old.Dispose();
            }

            unsynced.Clear();
            present.Sync();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            GiveUpSegment(error);
            return;
        }

        Volatile.Write(ref flushed, target);
        LastSyncMs = (long)Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        if (badUntil != 0)
            return;
        if (target >= markEnd)
            Volatile.Write(ref confirmed, marked);
        var isNews = IsNews(target);
        Volatile.Write(ref synced, target);
        if (isNews)
            syncedPosition!.Write(target);
        // This thread is the last that may wait for room in the ring; the mark is then left to the next round.
        if (isNews && failure == null && !IsCrowded)
            Mark(target);
        try
        {
            HasSynced?.Invoke();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A file that nobody needs any more stays until the next start.
        }

        // What has come to be needed behind the last mark, which may be all that is there, is told by another one.
        if (!isNews && failure == null && marked < target && markEnd <= target && !IsCrowded && WantsConfirmation())
            Mark(target);
    }

    private void Mark(ulong position)
    {
        Span<byte> body = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(body, position);
        markEnd = Append(FrameKind.Synced, body);
        markStart = markEnd - (ulong)LogFrame.BytesFor(body.Length);
        marked = position;
    }

    // After a failed sync nobody knows what of a segment is on the disk, and asking again would not tell: it is left, and a checkpoint has to make up for it.
    private void GiveUpSegment(Exception error)
    {
        Interlocked.Increment(ref syncFaults);
        lock (writing)
        {
            SetFailure(error);
            foreach (var old in unsynced)
                old.Dispose();
            unsynced.Clear();
            badUntil = written;
            Rotate();
        }

        NeedsCheckpoint?.Invoke();
    }

    private void RotateIfFull()
    {
        // Not before what room was made for has been written.
        if (segment is { } present && ((failure == null && present.Bytes > SegmentBytes && written >= roomUntil) || present.Start < badUntil))
            Rotate();
    }

    // Under the lock.
    private void Rotate()
    {
        var old = segment!;
        try
        {
            segment = LogSegment.Create(folder!, new LogFileHeader(false, written, old.End, old.Start, NowMs()));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The present one is gone on with, and the next round tries again.
            return;
        }

        areNamesUnsynced = true;
        if (badUntil != 0)
            old.Dispose();
        else
            unsynced.Add(old);
    }

    private void ServeWaiters()
    {
        if (waiters.Count == 0)
            return;
        List<LogWaiter> all;
        lock (waitersLock)
        {
            all = waiters;
            waiters = waitersSpare;
        }

        var isServed = policy == SyncPolicy.Always ? Synced : Written;
        foreach (var waiter in all)
        {
            if (isRecording && waiter.Need > isServed)
            {
                lock (waitersLock)
                    waiters.Add(waiter);
            }
            else
            {
                waiter.Complete();
            }
        }

        all.Clear();
        waitersSpare = all;
    }

    private void EndWaits()
    {
        lock (waitersLock)
        {
            foreach (var waiter in waiters)
                waiter.Fail(new IOException("the log has ended before the write was in it"));
            waiters.Clear();
        }
    }
}
