using System.Collections.Concurrent;

namespace RespKv.Server.Commands;

/// <summary>
/// Counts of one lease: written by the thread that has it, read by INFO at any time. Sums over all leases are what the server reports.
/// </summary>
internal sealed class CommandCounters(int commandCount)
{
    /// <summary>Kinds of errors told apart; what comes later counts as <see cref="OtherErrors"/>.</summary>
    public const int ErrorKindsMax = 128;

    public const string OtherErrors = "ERRORSTATS_OVERFLOW";

    private readonly ConcurrentDictionary<string, long> errors = new();
    private readonly LatencyHistogram?[] latencies = new LatencyHistogram?[commandCount];

    public CallCounter[] Calls { get; } = new CallCounter[commandCount];

    public long Commands { get; set; }

    public long Hits { get; set; }

    public long Misses { get; set; }

    public long ErrorReplies { get; set; }

    /// <summary>Bytes of requests and of replies.</summary>
    public long InputBytes { get; set; }

    /// <inheritdoc cref="InputBytes"/>
    public long OutputBytes { get; set; }

    /// <summary>Batches of requests that were read, and of replies that were written.</summary>
    public long Reads { get; set; }

    /// <inheritdoc cref="Reads"/>
    public long Writes { get; set; }

    /// <summary>Error replies by their first word.</summary>
    public IReadOnlyDictionary<string, long> Errors => errors;

    public void CountError(string text)
    {
        ErrorReplies++;
        var space = text.IndexOf(' ', StringComparison.Ordinal);
        var kind = space < 0 ? "ERR" : text[..space];
        if (errors.Count >= ErrorKindsMax && !errors.ContainsKey(kind))
            kind = OtherErrors;
        errors.AddOrUpdate(kind, 1, (_, count) => count + 1);
    }

    /// <summary>How long the calls of a command took in this lease; null when there were none.</summary>
    public LatencyHistogram? Latency(int commandIndex) => Volatile.Read(ref latencies[commandIndex]);

    /// <summary>Enters how long a call took.</summary>
    public void CountLatency(int commandIndex, long ticks) => (latencies[commandIndex] ??= new LatencyHistogram()).Add(ticks);

    public void Reset()
    {
        Array.Clear(Calls);
        Array.Clear(latencies);
        errors.Clear();
        Commands = Hits = Misses = ErrorReplies = InputBytes = OutputBytes = Reads = Writes = 0;
    }
}

/// <summary>Calls of one command.</summary>
internal struct CallCounter
{
    public long Calls;

    /// <summary>Time spent in it, in ticks of the stopwatch.</summary>
    public long Ticks;

    /// <summary>Refused before it ran.</summary>
    public long Rejected;

    /// <summary>Ran and replied with an error.</summary>
    public long Failed;
}
