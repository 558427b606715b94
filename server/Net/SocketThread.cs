using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace RespKv.Server.Net;

/// <summary>One of the <see cref="SocketThreads"/>: waits for events and serves them. All but the first one do so only while the one before them needs help, and sleep otherwise.</summary>
[SuppressMessage("Design", "CA1001", Justification = "Used to the end of the process.")]
internal sealed class SocketThread
{
    /// <summary>Events that one is told of at once, at most.</summary>
    public const int EventsMax = 64;

    // How often a thread that may be needed looks at the one before it, and after how many looks at one that does nothing it sleeps until that is woken.
    private const int LookMs = 2;
    private const int LooksAtNothing = 50;

    // After what should not happen, so that it does not happen all the time.
    private const int PauseMs = 100;

    // Looks over which the use of a processor is measured.
    private const int LooksPerMeasure = 5;

    // Of a processor: what makes a thread busy, and what two of them use together when the second one is worth it: where the clients take the other cores, two threads get little more done than one, and are in each other's way.
    private const double BusyShare = 0.95;
    private const double WorthShare = 1.25;

    // How long one that was not worth it does not try again, in ms; each time twice as long.
    private const int TryAgainMs = 40;
    private const int TryAgainMsMax = 1000;

    // What was put off waits longer only where its thread is held up.
    private static readonly long HeldUpTicks = Stopwatch.Frequency / 1000;

    // What has been taken from the system and is to be served: number of the batch, events begun, events there are.
    private const int CountBits = 16;
    private const long CountMask = (1L << CountBits) - 1;

    [ThreadStatic]
    private static SocketThread? current;

    private readonly int number;
    private readonly Epoll epoll;
    private readonly SocketThreads all;
    private readonly Action<Exception> failed;
    private readonly byte[] events = Epoll.NewEvents(EventsMax);
    private readonly AutoResetEvent bell = new(false);
    private readonly ConcurrentQueue<Action> postponed = new();
    private long postponedSince;
    private SocketThread[] threads = [];
    private ThreadTime? time;
    private long batch;
    private int pauseMs;
    private long leftMs;
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

    /// <summary>The one that runs this; null on any other thread.</summary>
    public static SocketThread? Current => current;

    /// <summary>Whether there are events that it has been told of and has not begun.</summary>
    public bool HasMore => HasUnbegun(Volatile.Read(ref batch));

    private bool KeepsPostponed => !postponed.IsEmpty && Stopwatch.GetTimestamp() - Volatile.Read(ref postponedSince) > HeldUpTicks;

    private SocketThread? Next => number + 1 < threads.Length ? threads[number + 1] : null;

    public void Start(SocketThread[] threads)
    {
        this.threads = threads;
        new Thread(Run) { IsBackground = true, Name = "sockets-" + number }.Start();
    }

    /// <summary>Puts something off until the events are served that it has been told of. On this thread.</summary>
    public void Postpone(Action action)
    {
        if (postponed.IsEmpty)
            Volatile.Write(ref postponedSince, Stopwatch.GetTimestamp());
        postponed.Enqueue(action);
    }

    private void Run()
    {
        current = this;
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
        RunPostponedOf(before);
        var wasWorthIt = false;
        while (true)
        {
            var seen = before.batch;
            do
                ServeOnce();
            while (!measure.IsDue);
            var isHeldUp = before.batch == seen && !before.isWaiting;
            if (measure.Take() < WorthShare && !isHeldUp)
                break;
            wasWorthIt = true;
        }

        pauseMs = wasWorthIt ? 0 : Math.Clamp(pauseMs * 2, TryAgainMs, TryAgainMsMax);
        leftMs = Environment.TickCount64;
    }

    // Returns when the other one is held up, or busy all the time, unless that was of no use lately.
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
            if (++looks % LooksPerMeasure == 0 && measure.Take() >= BusyShare && Environment.TickCount64 - leftMs >= pauseMs)
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
            RunPostponedOf(this);
        }

        // What a thread has taken and not begun, when one event holds it up, waits for nothing else; nor does what it has put off.
        foreach (var other in threads)
        {
            if (other == this || !other.isActive)
                continue;
            StealFrom(other);
            if (other.KeepsPostponed)
                RunPostponedOf(other);
        }
    }

    // One by one: any of them may go on with a command that takes long, and the others are then left for another thread.
    private static void RunPostponedOf(SocketThread thread)
    {
        while (thread.postponed.TryDequeue(out var action))
            action();
    }

    private static bool HasUnbegun(long batch) => BegunOf(batch) < (batch & CountMask);

    private static int BegunOf(long batch) => (int)((batch >> CountBits) & CountMask);

    private void StealFrom(SocketThread other)
    {
        while (true)
        {
            var now = Volatile.Read(ref other.batch);
            if (!HasUnbegun(now))
                return;
            var next = BegunOf(now);
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
