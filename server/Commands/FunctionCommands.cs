using System.Text;

namespace RespKv.Server.Commands;

/// <summary>FUNCTION: there are no functions and no way to load any; what asks about them, or deletes them, is answered.</summary>
internal static class FunctionCommands
{
    private static readonly Command[] Subcommands =
    [
        new("flush", -2, CommandFlags.Write | CommandFlags.NoScript, KeySpec.None, Flush)
        {
            Since = "7.0.0", Group = "scripting", Complexity = "O(1)", Summary = "Deletes all functions, of which there are none.", Syntax = "[ASYNC | SYNC]",
        },
        new("help", 2, CommandFlags.Loading | CommandFlags.Stale, KeySpec.None, Help)
        {
            Since = "7.0.0", Group = "scripting", Complexity = "O(1)", Summary = "Lists the subcommands.",
        },
        new("list", -2, CommandFlags.NoScript, KeySpec.None, List)
        {
            Since = "7.0.0", Group = "scripting", Complexity = "O(1)", Summary = "Lists the libraries, of which there are none.", Syntax = "[LIBRARYNAME library-name-pattern] [WITHCODE]",
        },
        new("stats", 2, CommandFlags.NoScript | CommandFlags.AllowBusy, KeySpec.None, Statistics)
        {
            Since = "7.0.0", Group = "scripting", Complexity = "O(1)", Summary = "Tells which function runs, and which engines there are: none.",
        },
    ];

    public static readonly Command[] All =
    [
        new("function", -2, CommandFlags.None, KeySpec.None, null)
        {
            Since = "7.0.0", Group = "scripting", Complexity = "Depends on the subcommand.", Summary = "Functions, of which there are none.", Subcommands = Subcommands,
        },
    ];

    // FUNCTION FLUSH [ASYNC | SYNC]
    private static void Flush(CommandContext context)
    {
        var request = context.Request;
        if (request.Length == 2 || (request.Length == 3 && (Ascii.EqualsIgnoreCase(request[2], "ASYNC"u8) || Ascii.EqualsIgnoreCase(request[2], "SYNC"u8))))
            context.Reply.Ok();
        else if (request.Length == 3)
            context.Error("ERR FUNCTION FLUSH only supports SYNC|ASYNC option");
        else
            ErrorReplies.SubcommandSyntax(context);
    }

    // FUNCTION LIST [LIBRARYNAME pattern] [WITHCODE]
    private static void List(CommandContext context)
    {
        var request = context.Request;
        for (var i = 2; i < request.Length; i++)
        {
            if (Ascii.EqualsIgnoreCase(request[i], "WITHCODE"u8))
                continue;
            if (!Ascii.EqualsIgnoreCase(request[i], "LIBRARYNAME"u8))
            {
                context.Error("ERR Unknown argument " + Encoding.Latin1.GetString(request[i]));
                return;
            }

            if (++i < request.Length)
                continue;
            context.Error("ERR library name argument was not given");
            return;
        }

        context.Reply.Array(0);
    }

    // FUNCTION STATS
    private static void Statistics(CommandContext context)
    {
        context.Reply.Map(2);
        context.Reply.BulkString("running_script"u8);
        context.Reply.Null();
        context.Reply.BulkString("engines"u8);
        context.Reply.Map(0);
    }

    // FUNCTION HELP
    private static void Help(CommandContext context) => HelpReply.Write(context, "FUNCTION",
    [
        "FLUSH [ASYNC|SYNC]",
        "    Delete all functions; there are none.",
        "LIST [LIBRARYNAME <pattern>] [WITHCODE]",
        "    List the libraries; there are none.",
        "STATS",
        "    Tell which function runs, and which engines there are.",
    ]);
}
