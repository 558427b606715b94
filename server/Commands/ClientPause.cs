using RespKv.Server.Storage;

namespace RespKv.Server.Commands;

/// <summary>
/// CLIENT PAUSE: which commands are held up, and until when. Whoever is held up looks again at every change, so that a pause that becomes narrower lets
/// go of those that it no longer concerns.
/// </summary>
internal sealed class ClientPause(StoreClock clock)
{
    // A timer takes no longer waits than some weeks.
    private const long LongestWaitMs = 24 * 3600 * 1000;

    private readonly Lock holding = new();
    private Pause? current;
    private int holders;
    private TaskCompletionSource? held;

    /// <summary>Whether commands are held up at all.</summary>
    public bool IsActive => Volatile.Read(ref current) != null || Volatile.Read(ref held) != null;

    /// <summary>Whether all commands are held up, not writes alone.</summary>
    public bool HoldsAll => Volatile.Read(ref current) is { HoldsAll: true };

    /// <summary>What a command has to wait for; null when it may run.</summary>
    public Task? WaitFor(bool isWrite) =>
        Volatile.Read(ref current) is { } pause && (pause.HoldsAll || isWrite) ? pause.Over.Task
        : isWrite ? Volatile.Read(ref held)?.Task
        : null;

    /// <summary>Holds writes up for the server's own sake, beside any pause that a client has asked for, until <see cref="EndHold"/>.</summary>
    public void BeginHold()
    {
        lock (holding)
        {
            holders++;
            held ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>Lets writes go on, if nobody else holds them up.</summary>
    public void EndHold()
    {
        lock (holding)
        {
            if (--holders > 0)
                return;
            held!.SetResult();
            held = null;
        }
    }

    /// <summary>Begins a pause, or changes what it holds up; an end that was later stays.</summary>
    /// <param name="endMs">Unix ms.</param>
    /// <param name="holdsAll">Whether reads are held up as well.</param>
    public void Begin(long endMs, bool holdsAll)
    {
        Pause? before;
        Pause next;
        do
        {
            before = Volatile.Read(ref current);
            next = new Pause(Math.Max(endMs, before?.EndMs ?? 0), holdsAll);
        }
        while (Interlocked.CompareExchange(ref current, next, before) != before);

        before?.Over.TrySetResult();
        _ = EndInTimeAsync(next);
    }

    /// <summary>Ends the pause now.</summary>
    public void End() => Interlocked.Exchange(ref current, null)?.Over.TrySetResult();

    private async Task EndInTimeAsync(Pause pause)
    {
        while (Volatile.Read(ref current) == pause)
        {
            var left = pause.EndMs - clock.NowMs;
            if (left <= 0)
                break;
            await Task.WhenAny(Task.Delay(TimeSpan.FromMilliseconds(Math.Min(left, LongestWaitMs))), pause.Over.Task).ConfigureAwait(false);
        }

        if (Interlocked.CompareExchange(ref current, null, pause) == pause)
            pause.Over.TrySetResult();
    }

    private sealed record Pause(long EndMs, bool HoldsAll)
    {
        public TaskCompletionSource Over { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
