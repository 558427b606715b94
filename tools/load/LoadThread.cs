using System.Diagnostics;
using System.Net;
using HdrHistogram;

namespace RespKv.Load;

/// <summary>
/// One thread of traffic: it waits for any of its connections, counts the replies that came, and sends the next batch. There is
/// no hand-over to other threads and no allocation while it runs.
/// </summary>
internal sealed class LoadThread : IDisposable
{
    private const long LatencyNsMax = 60_000_000_000;
    private const long SilenceNsMax = 60_000_000_000;

    private readonly LoadPlan plan;
    private readonly Epoll epoll = new();
    private readonly LoadConnection[] connections;
    private readonly LongHistogram latency = new(1_000, LatencyNsMax, 3);
    private readonly long batchesMax;
    private long batchesBegun;
    private long batchesDone;
    private long deadline;
    private int busy;

    // The schedule of a fixed rate: batch k of the thread is due on connection k modulo their number.
    private readonly double ticksPerBatch;
    private readonly double scheduleOffset;
    private long scheduleStart;
    private long scheduled;

    public LoadThread(LoadPlan plan, EndPoint server, int number)
    {
        this.plan = plan;
        var share = plan.Connections / plan.Threads + (number < plan.Connections % plan.Threads ? 1 : 0);
        var keys = new KeySequence(plan.KeyCount, plan.Seed + (ulong)number * 1_000_003, plan.KeysInTurn);
        connections = new LoadConnection[share];
        for (var i = 0; i < share; i++)
        {
            connections[i] = new LoadConnection(server, new RequestBatch(plan.Workload, keys, plan.Pipeline), plan.AllowMisses);
            connections[i].Register(epoll, i);
        }

        var batches = (plan.Requests + plan.Pipeline - 1) / plan.Pipeline;
        batchesMax = plan.Duration is null ? (batches + plan.Threads - 1) / plan.Threads : long.MaxValue;
        ticksPerBatch = plan.Rate > 0 ? Stopwatch.Frequency * plan.Pipeline * (double)plan.Connections / share / plan.Rate : 0;
        scheduleOffset = ticksPerBatch * number / plan.Threads;
    }

    /// <summary>Requests answered.</summary>
    public long Requests => batchesDone * plan.Pipeline;

    /// <summary>From when a batch was sent, or due, to its last reply, in ns.</summary>
    public LongHistogram Latency => latency;

    public long Misses => connections.Sum(connection => connection.Misses);

    /// <summary>How long the thread ran or waited for a core; the rest of the time it waited for the server. Null where that is not counted.</summary>
    public TimeSpan? Busy { get; private set; }

    /// <summary>Why the thread ended early, or null.</summary>
    public Exception? Fault { get; private set; }

    /// <summary>Runs the plan to its end and until every reply is there.</summary>
    public void Run()
    {
        var busyBefore = ProcessFigures.BusyOfThisThread();
        try
        {
            var now = Stopwatch.GetTimestamp();
            deadline = plan.Duration is { } duration ? now + (long)(duration.TotalSeconds * Stopwatch.Frequency) : long.MaxValue;
            if (plan.Rate > 0)
            {
                RunAtRate(now);
            }
            else
            {
                RunFreely(now);
            }
        }
        catch (Exception fault) when (fault is ReplyException or IOException or System.ComponentModel.Win32Exception)
        {
            Fault = fault;
        }

        Busy = ProcessFigures.BusyOfThisThread() - busyBefore;
    }

    public void Dispose()
    {
        foreach (var connection in connections)
        {
            connection.Dispose();
        }

        epoll.Dispose();
    }

    private void RunFreely(long now)
    {
        for (var i = 0; i < connections.Length && MayBegin(now); i++)
        {
            Begin(i, now);
        }

        while (busy > 0)
        {
            var ready = epoll.Wait(SilenceNsMax);
            ThrowIfSilent(ready);
            for (var n = 0; n < ready; n++)
            {
                var index = epoll.ReadyAt(n);
                if (Finish(index, out now) && MayBegin(now))
                {
                    Begin(index, now);
                }
            }
        }
    }

    /// <summary>
    /// Begins each batch when it is due, whatever became of those before it. A batch that is due while its connection still waits
    /// is begun late and timed from when it was due, so that a server that stalls does not hide its stall (coordinated omission).
    /// </summary>
    private void RunAtRate(long now)
    {
        Epoll.SharpenTimeouts();
        scheduleStart = now + (long)scheduleOffset;
        for (var i = 0; i < connections.Length; i++)
        {
            connections[i].NextDue = DueOf(i);
        }

        while (busy > 0 || MayBegin(now))
        {
            BeginDue(now);
            var waitNs = MayBegin(now) ? Math.Max(0, ToNanoseconds(DueOf(scheduled) - now)) : SilenceNsMax;
            var ready = epoll.Wait(Math.Min(waitNs, SilenceNsMax));
            if (waitNs == SilenceNsMax && busy > 0)
            {
                ThrowIfSilent(ready);
            }

            now = Stopwatch.GetTimestamp();
            for (var n = 0; n < ready; n++)
            {
                var index = epoll.ReadyAt(n);
                if (Finish(index, out now) && connections[index].NextDue <= now && MayBegin(now))
                {
                    BeginScheduled(index);
                }
            }
        }

        CountWhatNeverBegan();
    }

    private void BeginDue(long now)
    {
        while (DueOf(scheduled) <= now && MayBegin(now))
        {
            var index = (int)(scheduled % connections.Length);
            var connection = connections[index];
            if (!connection.IsBusy && connection.NextDue <= now)
            {
                BeginScheduled(index);
            }

            scheduled++;
        }
    }

    private void BeginScheduled(int index)
    {
        var connection = connections[index];
        var due = connection.NextDue;
        connection.NextDue = due + (long)(ticksPerBatch * connections.Length);
        Begin(index, due);
    }

    /// <summary>Batches that were due before the end and could not begin have waited at least until the end.</summary>
    private void CountWhatNeverBegan()
    {
        if (plan.Duration is null)
        {
            return;
        }

        foreach (var connection in connections)
        {
            for (; connection.NextDue < deadline; connection.NextDue += (long)(ticksPerBatch * connections.Length))
            {
                Record(deadline - connection.NextDue);
            }
        }
    }

    private long DueOf(long batch) => scheduleStart + (long)(batch * ticksPerBatch);

    private bool MayBegin(long now) => now < deadline && batchesBegun < batchesMax;

    private void Begin(int index, long began)
    {
        batchesBegun++;
        busy++;
        connections[index].Start(began, epoll, index);
    }

    private bool Finish(int index, out long now)
    {
        var connection = connections[index];
        var isDone = connection.Continue(epoll, index);
        now = Stopwatch.GetTimestamp();
        if (isDone)
        {
            busy--;
            batchesDone++;
            Record(now - connection.Began);
        }

        return isDone;
    }

    private void Record(long ticks) => latency.RecordValue(Math.Clamp(ToNanoseconds(ticks), 1, LatencyNsMax));

    // One tick is a nanosecond on Linux.
    private static long ToNanoseconds(long ticks) => ticks * (1_000_000_000 / Stopwatch.Frequency);

    private static void ThrowIfSilent(int ready)
    {
        if (ready == 0)
        {
            throw new ReplyException($"No reply within {SilenceNsMax / 1_000_000_000} s");
        }
    }
}
