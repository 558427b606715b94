namespace RespKv.Server.Commands;

/// <summary>SLOWLOG: the calls that took long.</summary>
internal static class SlowLogCommands
{
    private const int CountDefault = 10;
    private const CommandFlags Operator = CommandFlags.Admin | CommandFlags.Loading | CommandFlags.Stale;

    private static readonly Command[] Subcommands =
    [
        new("get", -2, Operator, KeySpec.None, Get)
        {
            Since = "2.2.12", Group = "server", Complexity = "O(N), N being the number of entries returned.", Summary = "Returns the newest entries of the slow log.", Syntax = "[count]",
            History = [("4.0.0", "Address and name of the client.")],
        },
        new("help", 2, CommandFlags.Loading | CommandFlags.Stale, KeySpec.None, Help)
        {
            Since = "6.2.0", Group = "server", Complexity = "O(1)", Summary = "Lists the subcommands.",
        },
        new("len", 2, Operator, KeySpec.None, context => context.Reply.Integer(context.Server.SlowLog.Count))
        {
            Since = "2.2.12", Group = "server", Complexity = "O(1)", Summary = "Tells how many entries the slow log has.",
        },
        new("reset", 2, Operator, KeySpec.None, Reset)
        {
            Since = "2.2.12", Group = "server", Complexity = "O(N), N being the entries of the slow log.", Summary = "Empties the slow log.",
        },
    ];

    public static readonly Command[] All =
    [
        new("slowlog", -2, CommandFlags.None, KeySpec.None, null)
        {
            Since = "2.2.12", Group = "server", Complexity = "Depends on the subcommand.", Summary = "The calls that took long.", Subcommands = Subcommands,
        },
    ];

    // SLOWLOG GET [count]
    private static void Get(CommandContext context)
    {
        var request = context.Request;
        if (request.Length > 3)
        {
            ErrorReplies.SubcommandSyntax(context);
            return;
        }

        long count = CountDefault;
        if (request.Length == 3 && (!request.TryGetInt64(2, out count) || count < -1))
        {
            context.Error("ERR count should be greater than or equal to -1");
            return;
        }

        var entries = context.Server.SlowLog.Newest(count == -1 ? int.MaxValue : (int)Math.Min(count, int.MaxValue));
        context.Reply.Array(entries.Length);
        foreach (var entry in entries)
            Write(context, entry);
    }

    private static void Write(CommandContext context, SlowLogEntry entry)
    {
        var reply = context.Reply;
        reply.Array(6);
        reply.Integer(entry.Id);
        reply.Integer(entry.UnixSeconds);
        reply.Integer(entry.Microseconds);
        reply.Array(entry.Arguments.Length);
        foreach (var argument in entry.Arguments)
            reply.BulkString(argument);
        reply.BulkString(entry.ClientAddress);
        reply.BulkString(entry.ClientName);
    }

    // SLOWLOG RESET
    private static void Reset(CommandContext context)
    {
        context.Server.SlowLog.Clear();
        context.Reply.Ok();
    }

    // SLOWLOG HELP
    private static void Help(CommandContext context) => HelpReply.Write(context, "SLOWLOG",
    [
        "GET [<count>]",
        "    Return the newest <count> entries of the slow log (10 by default, -1 for all).",
        "    An entry has an id, the Unix time, the microseconds taken, the arguments,",
        "    and the address and the name of the client.",
        "LEN",
        "    Return the number of entries.",
        "RESET",
        "    Forget all entries.",
    ]);
}
