using System.Diagnostics;

namespace RespKv.Server.Commands;

/// <summary>What INFO counts: sums over the leases' counters, and counts of connections.</summary>
internal sealed class ServerStats(int commandCount)
{
    private readonly Lock growing = new();
    private CommandCounters[] all = [];
    private long connectionsReceived;
    private long connectionsRejected;

    public IReadOnlyList<CommandCounters> All => Volatile.Read(ref all);

    public long ConnectionsReceived => Interlocked.Read(ref connectionsReceived);

    public long ConnectionsRejected => Interlocked.Read(ref connectionsRejected);

    public DateTimeOffset StartedAt { get; } = DateTimeOffset.UtcNow;

    public long StartedTimestamp { get; } = Stopwatch.GetTimestamp();

    public CommandCounters NewCounters()
    {
        var counters = new CommandCounters(commandCount);
        lock (growing)
            all = [.. all, counters];
        return counters;
    }

    public void CountConnection() => Interlocked.Increment(ref connectionsReceived);

    public void CountRejectedConnection() => Interlocked.Increment(ref connectionsRejected);

    public CallCounter Sum(Command command)
    {
        var sum = default(CallCounter);
        foreach (var counters in All)
        {
            var one = counters.Calls[command.Index];
            sum.Calls += one.Calls;
            sum.Ticks += one.Ticks;
            sum.Rejected += one.Rejected;
            sum.Failed += one.Failed;
        }

        return sum;
    }

    public void Reset()
    {
        foreach (var counters in All)
            counters.Reset();
        Interlocked.Exchange(ref connectionsReceived, 0);
        Interlocked.Exchange(ref connectionsRejected, 0);
    }
}
