using System.Text;
using RespKv.Server.Kv;
using RespKv.Server.Storage.Durability;

namespace RespKv.Server.Commands;

/// <summary>FUNCTION, which takes in libraries of functions, and FCALL, which calls one.</summary>
internal static class FunctionCommands
{
    /// <summary>The group of commands that these are in.</summary>
    public const string Group = "scripting";

    private const string Engine = "LUA";
    private const CommandFlags Changes = CommandFlags.Write | CommandFlags.NoScript | CommandFlags.Alone;

    private static readonly Command[] Subcommands =
    [
        new("delete", 3, Changes, KeySpec.None, Delete)
        {
            Since = "7.0.0", Group = Group, Complexity = "O(1)", Summary = "Removes a library and its functions.", Syntax = "library-name",
        },
        new("dump", 2, CommandFlags.NoScript | CommandFlags.Alone, KeySpec.None, Dump)
        {
            Since = "7.0.0", Group = Group, Complexity = "O(N), N being the number of libraries.", Summary = "Returns all libraries in a form that FUNCTION RESTORE takes.",
        },
        new("flush", -2, Changes, KeySpec.None, Flush)
        {
            Since = "7.0.0", Group = Group, Complexity = "O(N), N being the number of libraries.", Summary = "Removes all libraries.", Syntax = "[ASYNC | SYNC]",
        },
        new("help", 2, CommandFlags.Loading | CommandFlags.Stale, KeySpec.None, Help)
        {
            Since = "7.0.0", Group = Group, Complexity = "O(1)", Summary = "Lists the subcommands.",
        },
        new("kill", 2, CommandFlags.NoScript | CommandFlags.AllowBusy, KeySpec.None, Kill)
        {
            Since = "7.0.0", Group = Group, Complexity = "O(1)", Summary = "Ends the function that runs, if it has written nothing.",
        },
        new("list", -2, CommandFlags.NoScript | CommandFlags.Alone, KeySpec.None, List)
        {
            Since = "7.0.0", Group = Group, Complexity = "O(N), N being the number of functions.", Summary = "Lists libraries and their functions.",
            Syntax = "[LIBRARYNAME library-name-pattern] [WITHCODE]",
        },
        new("load", -3, Changes | CommandFlags.DenyOom, KeySpec.None, Load)
        {
            Since = "7.0.0", Group = Group, Complexity = "O(1), considering compilation time is redundant.", Summary = "Takes in a library.", Syntax = "[REPLACE] function-code",
        },
        new("restore", -3, Changes | CommandFlags.DenyOom, KeySpec.None, Restore)
        {
            Since = "7.0.0", Group = Group, Complexity = "O(N), N being the number of libraries.", Summary = "Takes in what FUNCTION DUMP returned.",
            Syntax = "serialized-value [FLUSH | APPEND | REPLACE]",
        },
        new("stats", 2, CommandFlags.NoScript | CommandFlags.AllowBusy, KeySpec.None, Statistics)
        {
            Since = "7.0.0", Group = Group, Complexity = "O(1)", Summary = "Tells which function runs, and how many there are.",
        },
    ];

    public static readonly Command[] All =
    [
        new("fcall", -3, ScriptCommands.Runs | CommandFlags.MayReplicate, ScriptCommands.ScriptKeys, Call)
        {
            Since = "7.0.0", Group = Group, Complexity = "Depends on the function that is executed.", Summary = "Calls a function.",
            Syntax = "function numkeys [key [key ...]] [arg [arg ...]]",
        },
        new("fcall_ro", -3, ScriptCommands.Runs | CommandFlags.ReadOnly, ScriptCommands.ReadOnlyScriptKeys, CallReadOnly)
        {
            Since = "7.0.0", Group = Group, Complexity = "Depends on the function that is executed.", Summary = "Calls a function that only reads.",
            Syntax = "function numkeys [key [key ...]] [arg [arg ...]]",
        },
        new("function", -2, CommandFlags.None, KeySpec.None, null)
        {
            Since = "7.0.0", Group = Group, Complexity = "Depends on subcommand.", Summary = "Takes in, lists and removes functions.", Subcommands = Subcommands,
        },
    ];

    // FCALL function numkeys [key [key ...]] [arg [arg ...]]
    private static void Call(CommandContext context) => Call(context, isReadOnly: false);

    // FCALL_RO function numkeys [key [key ...]] [arg [arg ...]]
    private static void CallReadOnly(CommandContext context) => Call(context, isReadOnly: true);

    private static void Call(CommandContext context, bool isReadOnly)
    {
        var isOnWorker = ScriptCommands.Begin(context);
        if (context.Server.Scripts.Functions.Find(Text(context, 1)) is not { } function)
            context.Error("ERR Function not found");
        else if (ScriptCommands.TryGetKeyCount(context, "ERR Bad number of keys provided", out var keys))
            ScriptCommands.Run(context, function.Script, keys, isReadOnly, isOnWorker);
    }

    // FUNCTION LOAD [REPLACE] function-code
    private static void Load(CommandContext context)
    {
        var request = context.Request;
        var last = request.Length - 1;
        for (var i = 2; i < last; i++)
        {
            if (Ascii.EqualsIgnoreCase(request[i], "REPLACE"u8))
                continue;
            context.Error("ERR Unknown option given: " + Text(context, i));
            return;
        }

        try
        {
            context.Reply.BulkString(Encoding.Latin1.GetBytes(context.Server.Scripts.Functions.Load(request[last], replaces: last > 2)));
        }
        catch (ScriptFaultException fault)
        {
            context.Error("ERR " + fault.Message);
        }
    }

    // FUNCTION DELETE library-name
    private static void Delete(CommandContext context)
    {
        if (context.Server.Scripts.Functions.Delete(Text(context, 2)))
            context.Reply.Ok();
        else
            context.Error("ERR Library not found");
    }

    // FUNCTION FLUSH [ASYNC | SYNC]
    private static void Flush(CommandContext context)
    {
        var request = context.Request;
        if (request.Length > 3)
        {
            ErrorReplies.SubcommandSyntax(context);
            return;
        }

        if (request.Length == 3 && !Ascii.EqualsIgnoreCase(request[2], "ASYNC"u8) && !Ascii.EqualsIgnoreCase(request[2], "SYNC"u8))
        {
            context.Error("ERR FUNCTION FLUSH only supports SYNC|ASYNC option");
            return;
        }

        context.Server.Scripts.Functions.Flush();
        context.Reply.Ok();
    }

    // FUNCTION KILL
    private static void Kill(CommandContext context) => ScriptCommands.Kill(context, isFunction: true);

    // FUNCTION DUMP
    private static void Dump(CommandContext context) => context.Reply.BulkString(FunctionDump.Of(context.Server.Scripts.Functions.All));

    // FUNCTION RESTORE serialized-value [FLUSH | APPEND | REPLACE]
    private static void Restore(CommandContext context)
    {
        var request = context.Request;
        if (request.Length > 4)
        {
            ErrorReplies.SubcommandSyntax(context);
            return;
        }

        var policy = request.Length == 4 ? Text(context, 3).ToUpperInvariant() : "APPEND";
        if (policy is not ("FLUSH" or "APPEND" or "REPLACE"))
        {
            context.Error("ERR Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE.");
            return;
        }

        try
        {
            var codes = FunctionDump.Read(request[2]);
            if (RoomFault(context, codes.Sum(code => (long)code.Length)) is { } noRoom)
            {
                context.Error(ErrorReplies.LogFailed + noRoom);
                return;
            }

            context.Server.Scripts.Functions.Restore(codes, policy == "REPLACE", policy == "FLUSH");
            context.Reply.Ok();
        }
        catch (ScriptFaultException fault)
        {
            context.Error("ERR " + fault.Message);
        }
    }

    // Sources may be longer than the payload that they are packed in, for which there is room already. A transaction has begun to write.
    private static string? RoomFault(CommandContext context, long bytes) =>
        context.IsInExec || bytes <= context.Request.ArgumentBytes ? null : context.Server.Store.Log.RoomFault(WriteLog.NamesRoomBytes + bytes);

    // FUNCTION LIST [LIBRARYNAME pattern] [WITHCODE]
    private static void List(CommandContext context)
    {
        var withCode = false;
        byte[]? pattern = null;
        for (var i = 2; i < context.Request.Length; i++)
        {
            if (!withCode && Ascii.EqualsIgnoreCase(context.Request[i], "WITHCODE"u8))
            {
                withCode = true;
            }
            else if (pattern != null || !Ascii.EqualsIgnoreCase(context.Request[i], "LIBRARYNAME"u8))
            {
                context.Error("ERR Unknown argument " + Text(context, i));
                return;
            }
            else if (++i < context.Request.Length)
            {
                pattern = context.Request[i].ToArray();
            }
            else
            {
                context.Error("ERR library name argument was not given");
                return;
            }
        }

        var libraries = context.Server.Scripts.Functions.All.Where(l => pattern == null || GlobPattern.IsMatch(pattern, Encoding.Latin1.GetBytes(l.Name), ignoreCase: true)).ToList();
        context.Reply.Array(libraries.Count);
        foreach (var library in libraries)
            Write(context, library, withCode);
    }

    private static void Write(CommandContext context, FunctionLibrary library, bool withCode)
    {
        var reply = context.Reply;
        reply.Map(withCode ? 4 : 3);
        reply.BulkString("library_name"u8);
        reply.BulkString(library.Name);
        reply.BulkString("engine"u8);
        reply.BulkString(Engine);
        reply.BulkString("functions"u8);
        reply.Array(library.Functions.Count);
        foreach (var function in library.Functions)
            Write(context, function);
        if (!withCode)
            return;
        reply.BulkString("library_code"u8);
        reply.BulkString(library.Code);
    }

    private static void Write(CommandContext context, LibraryFunction function)
    {
        var reply = context.Reply;
        reply.Map(3);
        reply.BulkString("name"u8);
        reply.BulkString(function.Name);
        reply.BulkString("description"u8);
        if (function.Description == null)
            reply.Null();
        else
            reply.BulkString(Encoding.Latin1.GetBytes(function.Description));
        reply.BulkString("flags"u8);
        CommandInfoReply.WriteStatuses(context, [.. ScriptShebang.Flags.Where(f => function.Script.Flags.HasFlag(f.Flag)).Select(f => f.Name)]);
    }

    // FUNCTION STATS
    private static void Statistics(CommandContext context)
    {
        var scripts = context.Server.Scripts;
        var running = scripts.Running;
        if (running is { IsFunction: false })
        {
            context.Error(ErrorReplies.BusyEval);
            return;
        }

        var reply = context.Reply;
        reply.Map(2);
        reply.BulkString("running_script"u8);
        if (running?.Call is { } call)
            WriteRunning(context, running, call);
        else
            reply.Null();
        reply.BulkString("engines"u8);
        reply.Map(1);
        reply.BulkString(Engine);
        reply.Map(2);
        reply.BulkString("libraries_count"u8);
        reply.Integer(scripts.Functions.Count);
        reply.BulkString("functions_count"u8);
        reply.Integer(scripts.Functions.FunctionCount);
    }

    private static void WriteRunning(CommandContext context, ScriptRun running, Protocol.RespRequest call)
    {
        var reply = context.Reply;
        reply.Map(3);
        reply.BulkString("name"u8);
        reply.BulkString(running.Script.Name);
        reply.BulkString("command"u8);
        reply.Array(call.Length);
        for (var i = 0; i < call.Length; i++)
            reply.BulkString(call[i]);
        reply.BulkString("duration_ms"u8);
        reply.Integer(running.ElapsedMs);
    }

    private static string Text(CommandContext context, int index) => Encoding.Latin1.GetString(context.Request[index]);

    // FUNCTION HELP
    private static void Help(CommandContext context) => HelpReply.Write(context, "FUNCTION",
    [
        "LOAD [REPLACE] <FUNCTION CODE>",
        "    Create a new library with the given library name and code.",
        "DELETE <LIBRARY NAME>",
        "    Delete the given library.",
        "LIST [LIBRARYNAME PATTERN] [WITHCODE]",
        "    List the libraries: name, engine and functions, and the code with WITHCODE.",
        "STATS",
        "    Tell which function runs, how it was called and for how long it has been running, and which engines there are.",
        "KILL",
        "    Kill the current running function.",
        "FLUSH [ASYNC|SYNC]",
        "    Delete all the libraries; both modes are the same here.",
        "DUMP",
        "    Return a payload that represents the libraries, for FUNCTION RESTORE.",
        "RESTORE <PAYLOAD> [FLUSH|APPEND|REPLACE]",
        "    Restore the libraries of a payload: instead of those that are there (FLUSH), beside them (APPEND, the default), or in their place where names are",
        "    the same (REPLACE).",
    ]);
}
