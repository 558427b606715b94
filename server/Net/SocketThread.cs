using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace RespKv.Server.Net;

/// <summary>One of the <see cref="SocketThreads"/>: waits for events and serves them. All but the first one do so only while the one before them needs help, and sleep otherwise.</summary>
[SuppressMessage("Design", "CA1001", Justification = "Used to the end of the process.")]
internal sealed class SocketThread
{
    private const int EventsMax = 64;

    // How often a thread that may be needed looks at the one before it, and after how many looks at one that does nothing it sleeps until that is woken.
    private const int LookMs = 2;
    private const int LooksAtNothing = 50;

    // After what should not happen, so that it does not happen all the time.
    private const int PauseMs = 100;

    // Looks over which the use of a processor is measured.
    private const int LooksPerMeasure = 5;

    // Of a processor: what makes a thread busy, and what two of them use together when one of them can go.
    private const double BusyShare = 0.95;
    private const double IdleShare = 0.8;

    // What has been taken from the system and is to be served: number of the batch, events begun, events there are.
    private const int CountBits = 16;
    private const long CountMask = (1L << CountBits) - 1;

    private readonly int number;
    private readonly Epoll epoll;
    private readonly SocketThreads all;
    private readonly Action<Exception> failed;
    private readonly byte[] events = Epoll.NewEvents(EventsMax);
    private readonly AutoResetEvent bell = new(false);
    private SocketThread[] threads = [];
    private ThreadTime? time;
    private long batch;
    private volatile bool isWaiting;
    private volatile bool isActive;
    private volatile bool isAsleep;

    public SocketThread(int number, Epoll epoll, SocketThreads all, Action<Exception> failed)
    {
        this.number = number;
        this.epoll = epoll;
        this.all = all;
        this.failed = failed;
    }

    private SocketThread? Next => number + 1 < threads.Length ? threads[number + 1] : null;

    public void Start(SocketThread[] threads)
    {
        this.threads = threads;
        new Thread(Run) { IsBackground = true, Name = "sockets-" + number }.Start();
    }

    private void Run()
    {
        Volatile.Write(ref time, new ThreadTime());
        while (true)
        {
            try
            {
                if (number == 0)
                    Lead();
                else
                    Help(threads[number - 1]);
            }
            catch (Exception fault)
            {
                failed(fault);
                Thread.Sleep(PauseMs);
            }
        }
    }

    private void Lead()
    {
        isActive = true;
        while (true)
            ServeOnce();
    }

    private void Help(SocketThread before)
    {
        while (true)
        {
            UntilNeeded(before);
            isActive = true;
            WakeNext();
            // One that waits is in no need, and may not have seen that it has company now.
            if (!before.isWaiting)
                ServeWith(before);
            isActive = false;
        }
    }

    private void ServeWith(SocketThread before)
    {
        var measure = new Measure(this, before);
        StealFrom(before);
        do
            ServeOnce();
        while (!measure.IsDue || measure.Take() >= IdleShare);
    }

    // Returns when the other one is held up, or busy all the time.
    private void UntilNeeded(SocketThread before)
    {
        var (looks, atNothing) = (0, 0);
        var measure = new Measure(before);
        var seen = before.batch;
        while (true)
        {
            if (atNothing >= LooksAtNothing)
            {
                Sleep(before);
                measure = new Measure(before);
                (looks, atNothing) = (0, 0);
            }
            else
            {
                bell.WaitOne(LookMs);
            }

            var now = Volatile.Read(ref before.batch);
            if (!before.isActive || (now == seen && before.isWaiting))
                atNothing++;
            else if (now == seen)
                return;
            else
                atNothing = 0;
            seen = now;
            if (++looks % LooksPerMeasure == 0 && measure.Take() >= BusyShare)
                return;
        }
    }

    // Until the one before it begins to do something; so not if it has done so already.
    private void Sleep(SocketThread before)
    {
        isAsleep = true;
        Interlocked.MemoryBarrier();
        if (!before.isActive || before.isWaiting)
            bell.WaitOne();
        isAsleep = false;
    }

    private void WakeNext()
    {
        Interlocked.MemoryBarrier();
        if (Next is not { isAsleep: true } next)
            return;
        next.isAsleep = false;
        next.bell.Set();
    }

    private void ServeOnce()
    {
        isWaiting = true;
        Interlocked.MemoryBarrier();
        var count = epoll.Wait(events, number > 0 || Next is { isActive: true } ? LookMs : -1);
        isWaiting = false;
        WakeNext();
        if (count > 0)
        {
            Volatile.Write(ref batch, (((batch >> (2 * CountBits)) + 1) << (2 * CountBits)) | (uint)count);
            StealFrom(this);
        }

        // What a thread has taken and not begun, when one event holds it up, waits for nothing else.
        foreach (var other in threads)
        {
            if (other != this && other.isActive)
                StealFrom(other);
        }
    }

    private void StealFrom(SocketThread other)
    {
        while (true)
        {
            var now = Volatile.Read(ref other.batch);
            var next = (int)((now >> CountBits) & CountMask);
            if (next >= (int)(now & CountMask))
                return;
            var (index, isEnd) = (Epoll.IndexOf(other.events, next), Epoll.IsEnd(other.events, next));
            if (Interlocked.CompareExchange(ref other.batch, now + (1 << CountBits), now) == now)
                Serve(index, isEnd);
        }
    }

    // The other events are served whatever becomes of one: the system does not tell of them again.
    private void Serve(int index, bool isEnd)
    {
        try
        {
            all.Serve(index, isEnd);
        }
        catch (Exception fault)
        {
            failed(fault);
        }
    }

    /// <summary>How much of a processor some threads have used since the last look.</summary>
    private struct Measure
    {
        private readonly SocketThread[] measured;
        private long since = Stopwatch.GetTimestamp();
        private long used;

        public Measure(params SocketThread[] measured)
        {
            this.measured = measured;
            used = Used;
        }

        public readonly bool IsDue => Stopwatch.GetElapsedTime(since).TotalMilliseconds >= LookMs * LooksPerMeasure;

        private readonly long Used => measured.Sum(thread => Volatile.Read(ref thread.time)?.Nanoseconds ?? 0);

        public double Take()
        {
            var (now, usedNow) = (Stopwatch.GetTimestamp(), Used);
            var share = (usedNow - used) / Stopwatch.GetElapsedTime(since, now).TotalNanoseconds;
            (since, used) = (now, usedNow);
            return share;
        }
    }
}
