using System.Diagnostics;

namespace RespKv.Server.Commands;

/// <summary>Counts that are kept elsewhere, by the store.</summary>
internal enum StatBase
{
    ExpiredKeys,
    EvictedKeys,
    FlushedKeys,
    ExpiredFields,
    EvictedScripts,
}

/// <summary>What INFO counts: sums over the leases' counters, and counts of connections.</summary>
internal sealed class ServerStats(int commandCount)
{
    private readonly Lock growing = new();
    private CommandCounters[] all = [];
    private long connectionsReceived;
    private long connectionsRejected;
    private long blockedClients;
    private long queryBufferDisconnections;
    private long outputBufferDisconnections;
    private readonly long[] bases = new long[5];

    public IReadOnlyList<CommandCounters> All => Volatile.Read(ref all);

    public long ConnectionsReceived => Interlocked.Read(ref connectionsReceived);

    public long ConnectionsRejected => Interlocked.Read(ref connectionsRejected);

    /// <summary><c>latency-tracking</c>: whether it is kept how long calls take.</summary>
    public bool TracksLatency { get; set; } = true;

    /// <summary><c>latency-tracking-info-percentiles</c>.</summary>
    public IReadOnlyList<double> LatencyPercentiles { get; set; } = [50, 99, 99.9];

    /// <summary>Clients that wait in a blocking command.</summary>
    public long BlockedClients => Interlocked.Read(ref blockedClients);

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

    /// <summary>Clients closed because their requests took too much memory.</summary>
    public long QueryBufferDisconnections => Interlocked.Read(ref queryBufferDisconnections);

    /// <summary>Clients closed because they had too much unread.</summary>
    public long OutputBufferDisconnections => Interlocked.Read(ref outputBufferDisconnections);

    public void CountQueryBufferDisconnection() => Interlocked.Increment(ref queryBufferDisconnections);

    public void CountOutputBufferDisconnection() => Interlocked.Increment(ref outputBufferDisconnections);

    public void CountRejectedConnection() => Interlocked.Increment(ref connectionsRejected);

    /// <summary>A client begins to wait (1), or has waited (-1).</summary>
    public void CountBlocked(int change) => Interlocked.Add(ref blockedClients, change);

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

    /// <summary>A sum over all leases.</summary>
    public long Sum(Func<CommandCounters, long> count) => All.Sum(count);

    /// <summary>How long the calls of a command took; null when there were none.</summary>
    public LatencyHistogram? SumLatency(Command command)
    {
        LatencyHistogram? sum = null;
        foreach (var counters in All)
        {
            if (counters.Latency(command.Index) is not { } one)
                continue;
            sum ??= new LatencyHistogram();
            sum.Add(one);
        }

        return sum;
    }

    /// <summary>Error replies by kind, in the order of their names.</summary>
    public SortedDictionary<string, long> SumErrors()
    {
        var sum = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var (kind, count) in All.SelectMany(c => c.Errors))
        {
            var known = sum.ContainsKey(kind) || sum.Count < CommandCounters.ErrorKindsMax ? kind : CommandCounters.OtherErrors;
            sum[known] = sum.GetValueOrDefault(known) + count;
        }

        return sum;
    }

    /// <summary>A count that is kept elsewhere and only grows, since the last <see cref="Reset"/>.</summary>
    public long SinceReset(StatBase which, long count) => count - bases[(int)which];

    /// <summary>Sets all counts to zero; those that are kept elsewhere count from what they are now.</summary>
    public void Reset(params ReadOnlySpan<(StatBase Which, long Count)> elsewhere)
    {
        foreach (var (which, count) in elsewhere)
            bases[(int)which] = count;
        foreach (var counters in All)
            counters.Reset();
        Interlocked.Exchange(ref connectionsReceived, 0);
        Interlocked.Exchange(ref connectionsRejected, 0);
        Interlocked.Exchange(ref queryBufferDisconnections, 0);
        Interlocked.Exchange(ref outputBufferDisconnections, 0);
    }
}
