using System.Collections.Concurrent;

namespace RespKv.Server.Commands;

/// <summary>
/// Counts of one lease: written by the thread that has it, read by INFO at any time. Sums over all leases are what the server reports.
/// </summary>
internal sealed class CommandCounters(int commandCount)
{
    private readonly ConcurrentDictionary<string, long> errors = new();

    public CallCounter[] Calls { get; } = new CallCounter[commandCount];

    public long Commands { get; set; }

    public long Hits { get; set; }

    public long Misses { get; set; }

    public long ErrorReplies { get; set; }

    /// <summary>Error replies by their first word.</summary>
    public IReadOnlyDictionary<string, long> Errors => errors;

    public void CountError(string text)
    {
        ErrorReplies++;
        var space = text.IndexOf(' ', StringComparison.Ordinal);
        errors.AddOrUpdate(space < 0 ? text : text[..space], 1, (_, count) => count + 1);
    }

    public void Reset()
    {
        Array.Clear(Calls);
        errors.Clear();
        Commands = Hits = Misses = ErrorReplies = 0;
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
