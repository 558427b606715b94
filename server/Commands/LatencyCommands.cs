using System.Text;

namespace RespKv.Server.Commands;

/// <summary>LATENCY: delays that were noticed, and how long commands take.</summary>
internal static class LatencyCommands
{
    private const CommandFlags Operator = CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale;

    private static readonly Command[] Subcommands =
    [
        new("doctor", 2, Operator, KeySpec.None, context => context.Reply.Verbatim("txt"u8, Encoding.UTF8.GetBytes(LatencyReport.Doctor(context.Server))))
        {
            Since = "2.8.13", Group = "server", Complexity = "O(1)", Summary = "Reports on delays in words.",
        },
        new("graph", 3, Operator, KeySpec.None, Graph)
        {
            Since = "2.8.13", Group = "server", Complexity = "O(1)", Summary = "Draws the delays of an event.", Syntax = "event",
        },
        new("help", 2, CommandFlags.Loading | CommandFlags.Stale, KeySpec.None, Help)
        {
            Since = "2.8.13", Group = "server", Complexity = "O(1)", Summary = "Lists the subcommands.",
        },
        new("histogram", -2, Operator, KeySpec.None, Histogram)
        {
            Since = "7.0.0", Group = "server", Complexity = "O(N), N being the number of commands.", Summary = "Returns how long the calls of commands took.", Syntax = "[command [command ...]]",
        },
        new("history", 3, Operator, KeySpec.None, History)
        {
            Since = "2.8.13", Group = "server", Complexity = "O(1)", Summary = "Returns the delays of an event.", Syntax = "event",
        },
        new("latest", 2, Operator, KeySpec.None, Latest)
        {
            Since = "2.8.13", Group = "server", Complexity = "O(1)", Summary = "Returns the latest delay of each event.",
        },
        new("reset", -2, Operator, KeySpec.None, Reset)
        {
            Since = "2.8.13", Group = "server", Complexity = "O(1)", Summary = "Forgets the delays of events, or of all.", Syntax = "[event [event ...]]",
        },
    ];

    public static readonly Command[] All =
    [
        new("latency", -2, CommandFlags.None, KeySpec.None, null)
        {
            Since = "2.8.13", Group = "server", Complexity = "Depends on the subcommand.", Summary = "Delays, and how long commands take.", Subcommands = Subcommands,
        },
    ];

    // LATENCY LATEST
    private static void Latest(CommandContext context)
    {
        var events = context.Server.Latency.Events();
        context.Reply.Array(events.Length);
        foreach (var (name, samples, longestMs) in events)
        {
            context.Reply.Array(4);
            context.Reply.BulkString(name);
            context.Reply.Integer(samples[^1].UnixSeconds);
            context.Reply.Integer(samples[^1].Milliseconds);
            context.Reply.Integer(longestMs);
        }
    }

    // LATENCY HISTORY event
    private static void History(CommandContext context)
    {
        var samples = context.Server.Latency.History(EventName(context, 2));
        context.Reply.Array(samples.Length);
        foreach (var sample in samples)
        {
            context.Reply.Array(2);
            context.Reply.Integer(sample.UnixSeconds);
            context.Reply.Integer(sample.Milliseconds);
        }
    }

    // LATENCY RESET [event [event ...]]
    private static void Reset(CommandContext context)
    {
        var latency = context.Server.Latency;
        var names = context.Request.Length == 2
            ? latency.Events().Select(e => e.Name)
            : Enumerable.Range(2, context.Request.Length - 2).Select(i => EventName(context, i));
        context.Reply.Integer(names.ToList().Count(latency.Forget));
    }

    // LATENCY GRAPH event
    private static void Graph(CommandContext context)
    {
        var name = EventName(context, 2);
        var samples = context.Server.Latency.History(name);
        if (samples.Length == 0)
            context.Error($"ERR No samples available for event '{name}'");
        else
            context.Reply.Verbatim("txt"u8, Encoding.UTF8.GetBytes(LatencyReport.Graph(name, samples, context.NowMs / 1000)));
    }

    // LATENCY HISTOGRAM [command [command ...]]
    private static void Histogram(CommandContext context)
    {
        var stats = context.Server.Stats;
        var rows = Commands(context)
            .Select(command => (command, Times: stats.SumLatency(command)))
            .Where(row => row.Times is { Count: > 0 })
            .ToList();
        context.Reply.Map(rows.Count);
        foreach (var (command, times) in rows)
        {
            context.Reply.BulkString(command.FullName);
            context.Reply.Map(2);
            context.Reply.BulkString("calls"u8);
            context.Reply.Integer(times!.Count);
            context.Reply.BulkString("histogram_usec"u8);
            WriteBuckets(context, times);
        }
    }

    /// <summary>The commands that are named, a container standing for its subcommands; all when none is named.</summary>
    private static IEnumerable<Command> Commands(CommandContext context)
    {
        var table = context.Server.Commands;
        if (context.Request.Length == 2)
            return table.Commands.SelectMany(WithSubcommands);
        var named = new List<Command>();
        for (var i = 2; i < context.Request.Length; i++)
        {
            if (CommandNames.Find(table, context.Request[i]) is { } command)
                named.AddRange(WithSubcommands(command));
        }

        return named;
    }

    private static IEnumerable<Command> WithSubcommands(Command command) => [command, .. command.Subcommands];

    // Cumulative counts at powers of two of about a microsecond, from the first that holds a call to the one that holds all.
    private static void WriteBuckets(CommandContext context, LatencyHistogram times)
    {
        var buckets = new List<(long Microseconds, long Count)>();
        var previous = 0L;
        for (var bound = 1024L; previous < times.Count; bound *= 2)
        {
            var count = bound > 1L << 30 ? times.Count : times.CountBelow(bound);
            // Redis names a bucket by the largest time that its histogram cannot tell from the bound.
            if (count > previous)
                buckets.Add(((bound + (bound / 128) - 1) / 1000, count));
            previous = count;
        }

        context.Reply.Map(buckets.Count);
        foreach (var (microseconds, count) in buckets)
        {
            context.Reply.Integer(microseconds);
            context.Reply.Integer(count);
        }
    }

    private static string EventName(CommandContext context, int index) => Encoding.Latin1.GetString(context.Request[index]);

    // LATENCY HELP
    private static void Help(CommandContext context) => HelpReply.Write(context, "LATENCY",
    [
        "DOCTOR",
        "    Report on delays in words.",
        "GRAPH <event>",
        "    Draw the delays of an event.",
        "HISTOGRAM [<command> ...]",
        "    Return how long the calls of commands took, of all commands by default.",
        "HISTORY <event>",
        "    Return the delays of an event.",
        "LATEST",
        "    Return the latest delay of each event.",
        "RESET [<event> ...]",
        "    Forget the delays of events, of all events by default.",
    ]);
}
