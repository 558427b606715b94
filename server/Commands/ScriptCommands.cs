using System.Text;
using RespKv.Server.Scripting;

namespace RespKv.Server.Commands;

/// <summary>EVAL and its kin, and SCRIPT. A script runs alone, as EXEC does; so does what changes or looks at the scripts that are known.</summary>
internal static class ScriptCommands
{
    internal const CommandFlags Runs = CommandFlags.NoScript | CommandFlags.SkipMonitor | CommandFlags.Stale | CommandFlags.MovableKeys | CommandFlags.NoMandatoryKeys | CommandFlags.Alone;
    private const string RunComplexity = "Depends on the script that is executed.";

    internal static readonly KeySpec ScriptKeys = KeySpec.Counted(2, KeyUse.ReadWrite | KeyUse.Access | KeyUse.Update) with
    {
        Note = "We cannot tell how the keys will be used so we assume the worst, RW and UPDATE",
    };

    internal static readonly KeySpec ReadOnlyScriptKeys = KeySpec.Counted(2, KeyUse.ReadOnly | KeyUse.Access) with
    {
        Note = "We cannot tell how the keys will be used so we assume the worst, RO and ACCESS",
    };

    /// <summary>Marks a client whose command begins anew on a worker.</summary>
    public static readonly object OnWorker = new();

    private static readonly Command[] Subcommands =
    [
        new("debug", 3, CommandFlags.NoScript, KeySpec.None, Debug)
        {
            Since = "3.2.0", Group = "scripting", Complexity = "O(1)", Summary = "Would set the debug mode of scripts; there is no debugger here, so only NO is taken.", Syntax = "<YES | SYNC | NO>",
        },
        new("exists", -3, CommandFlags.NoScript | CommandFlags.Alone, KeySpec.None, Exists)
        {
            Since = "2.6.0", Group = "scripting", Complexity = "O(N), N being the number of scripts.", Summary = "Tells for each SHA-1 whether its script is known.", Syntax = "sha1 [sha1 ...]",
        },
        new("flush", -2, CommandFlags.NoScript | CommandFlags.Alone, KeySpec.None, Flush)
        {
            Since = "2.6.0", Group = "scripting", Complexity = "O(N), N being the number of scripts.", Summary = "Forgets all scripts.", Syntax = "[ASYNC | SYNC]",
        },
        new("help", 2, CommandFlags.Loading | CommandFlags.Stale, KeySpec.None, Help)
        {
            Since = "5.0.0", Group = "scripting", Complexity = "O(1)", Summary = "Lists the subcommands.",
        },
        new("kill", 2, CommandFlags.NoScript | CommandFlags.AllowBusy, KeySpec.None, Kill)
        {
            Since = "2.6.0", Group = "scripting", Complexity = "O(1)", Summary = "Ends the script that runs, if it has written nothing.",
        },
        new("load", 3, CommandFlags.NoScript | CommandFlags.Stale | CommandFlags.Alone, KeySpec.None, Load)
        {
            Since = "2.6.0", Group = "scripting", Complexity = "O(N), N being the length of the script.", Summary = "Compiles a script, for EVALSHA to run by the SHA-1 that is the reply.",
            Syntax = "script",
        },
    ];

    public static readonly Command[] All =
    [
        new("eval", -3, Runs | CommandFlags.MayReplicate, ScriptKeys, Eval)
        {
            Since = "2.6.0", Group = "scripting", Complexity = RunComplexity, Summary = "Runs a script in Lua.", Syntax = "script numkeys [key [key ...]] [arg [arg ...]]",
        },
        new("eval_ro", -3, Runs | CommandFlags.ReadOnly, ReadOnlyScriptKeys, EvalReadOnly)
        {
            Since = "7.0.0", Group = "scripting", Complexity = RunComplexity, Summary = "Runs a script in Lua that only reads.", Syntax = "script numkeys [key [key ...]] [arg [arg ...]]",
        },
        new("evalsha", -3, Runs | CommandFlags.MayReplicate, ScriptKeys with { Note = null }, EvalSha)
        {
            Since = "2.6.0", Group = "scripting", Complexity = RunComplexity, Summary = "Runs a script that is known, by its SHA-1.", Syntax = "sha1 numkeys [key [key ...]] [arg [arg ...]]",
        },
        new("evalsha_ro", -3, Runs | CommandFlags.ReadOnly, ReadOnlyScriptKeys with { Note = null }, EvalShaReadOnly)
        {
            Since = "7.0.0", Group = "scripting", Complexity = RunComplexity, Summary = "Runs a script that is known and only reads, by its SHA-1.",
            Syntax = "sha1 numkeys [key [key ...]] [arg [arg ...]]",
        },
        new("script", -2, CommandFlags.None, KeySpec.None, null)
        {
            Since = "2.6.0", Group = "scripting", Complexity = "Depends on subcommand.", Summary = "Loads, forgets and ends scripts.", Subcommands = Subcommands,
        },
    ];

    /// <summary>Where the first key of a script's or function's call is.</summary>
    public const int FirstKey = 3;

    /// <summary>Whether a word is, from its first two letters, the name of a command that runs a script or a function: EVAL and its kin, or FCALL.</summary>
    public static bool MayBeScript(ReadOnlySpan<byte> word) => word.Length >= 4 && ((word[0] | 0x20) << 8 | word[1] | 0x20) is ('e' << 8 | 'v') or ('f' << 8 | 'c');

    /// <summary>Whether a command runs a script or a function.</summary>
    public static bool RunsScript(Command command) => (command.Flags & Runs) == Runs;

    /// <summary>Writes the reply of a script that went on on another thread.</summary>
    public static void Finish(CommandContext context, Command command)
    {
        var result = (ScriptResult)context.Client.TakeResult()!;
        // It was written under another lease.
        context.Keyspace.Session.DependOnAll();
        context.Command = command;
        context.Reply.Raw(result.Reply);
        CommandExecutor.CountWaited(context, command, result.StartTimestamp, result.HasFailed);
    }

    /// <summary>Runs a script with the keys and arguments of its command.</summary>
    /// <param name="context">The call.</param>
    /// <param name="script">The script.</param>
    /// <param name="keys">How many of the arguments are keys.</param>
    /// <param name="isReadOnly">Whether the command lets it only read.</param>
    /// <param name="isOnWorker">Whether the call is on a worker of its own.</param>
    public static void Run(CommandContext context, Script script, int keys, bool isReadOnly, bool isOnWorker)
    {
        if (script.MayCallBack && !context.IsInExec && !isOnWorker)
        {
            // A run that cannot be paused is not to begin where it would hold up others.
            BeginOnWorker(context);
            return;
        }

        if (Refusal(context, script, isReadOnly) is { } refusal)
        {
            context.Error(refusal);
            return;
        }

        var run = new ScriptRun(context.Server.Scripts, context, script, isReadOnly, canMove: !context.IsInExec && !isOnWorker);
        var machine = run.Machine;
        var request = context.Request;
        machine.PushScript(script.Reference);
        machine.PassArray(machine.Keys, request, FirstKey, keys);
        machine.PassArray(machine.Arguments, request, FirstKey + keys, request.Length - FirstKey - keys);
        var outcome = machine.Run(script.IsFunction ? 2 : 0);
        if (outcome == LuaOutcome.Paused)
            ScriptContinuation.Begin(run, context);
        else
            run.Finish(outcome);
    }

    /// <summary>Reads how many arguments are keys; false when that is wrong, and then the error has been written.</summary>
    public static bool TryGetKeyCount(CommandContext context, string notANumber, out int keys)
    {
        keys = 0;
        if (!context.Request.TryGetInt64(2, out var count))
            context.Error(notANumber);
        else if (count > context.Request.Length - 3)
            context.Error("ERR Number of keys can't be greater than number of args");
        else if (count < 0)
            context.Error("ERR Number of keys can't be negative");
        else
        {
            keys = (int)count;
            return true;
        }

        return false;
    }

    // EVAL script numkeys [key [key ...]] [arg [arg ...]]
    private static void Eval(CommandContext context) => Eval(context, isReadOnly: false);

    // EVAL_RO script numkeys [key [key ...]] [arg [arg ...]]
    private static void EvalReadOnly(CommandContext context) => Eval(context, isReadOnly: true);

    // EVALSHA sha1 numkeys [key [key ...]] [arg [arg ...]]
    private static void EvalSha(CommandContext context) => EvalSha(context, isReadOnly: false);

    // EVALSHA_RO sha1 numkeys [key [key ...]] [arg [arg ...]]
    private static void EvalShaReadOnly(CommandContext context) => EvalSha(context, isReadOnly: true);

    private static void Eval(CommandContext context, bool isReadOnly)
    {
        var isOnWorker = Begin(context);
        if (!TryGetKeyCount(context, ErrorReplies.NotAnInteger, out var keys))
            return;
        if (TryLoad(context, context.Request[1], isEvaluated: true) is { } script)
            Run(context, script, keys, isReadOnly, isOnWorker);
    }

    private static void EvalSha(CommandContext context, bool isReadOnly)
    {
        var isOnWorker = Begin(context);
        if (context.Request[1].Length != ScriptHash.Digits)
        {
            context.Error(ErrorReplies.NoScript);
            return;
        }

        if (!TryGetKeyCount(context, ErrorReplies.NotAnInteger, out var keys))
            return;
        if (context.Server.Scripts.Find(context.Request[1]) is { } script)
            Run(context, script, keys, isReadOnly, isOnWorker);
        else
            context.Error(ErrorReplies.NoScript);
    }

    /// <summary>Shows a call to monitors, before what it calls; whether it is on a worker of its own, and then it has been shown.</summary>
    public static bool Begin(CommandContext context)
    {
        if (context.Client.Result == OnWorker)
        {
            context.Client.Result = null;
            return true;
        }

        if (context.Server.Monitors.Any)
            context.Server.Monitors.Show(context, context.Command);
        return false;
    }

    /// <summary>Has the command begin anew on a worker.</summary>
    public static void BeginOnWorker(CommandContext context)
    {
        context.Client.Result = OnWorker;
        context.RetryAfter(Task.CompletedTask);
    }

    // SCRIPT LOAD script
    private static void Load(CommandContext context)
    {
        if (TryLoad(context, context.Request[2], isEvaluated: false) is { } script)
            context.Reply.BulkString(script.Name);
    }

    // SCRIPT EXISTS sha1 [sha1 ...]
    private static void Exists(CommandContext context)
    {
        context.Reply.Array(context.Request.Length - 2);
        for (var i = 2; i < context.Request.Length; i++)
            context.Reply.Integer(context.Server.Scripts.Find(context.Request[i]) == null ? 0 : 1);
    }

    // SCRIPT FLUSH [ASYNC | SYNC]
    private static void Flush(CommandContext context)
    {
        var request = context.Request;
        if (request.Length > 3 || (request.Length == 3 && !Ascii.EqualsIgnoreCase(request[2], "ASYNC"u8) && !Ascii.EqualsIgnoreCase(request[2], "SYNC"u8)))
        {
            context.Error("ERR SCRIPT FLUSH only support SYNC|ASYNC option");
            return;
        }

        context.Server.Scripts.Flush();
        context.Reply.Ok();
    }

    // SCRIPT KILL
    private static void Kill(CommandContext context) => Kill(context, isFunction: false);

    /// <summary>Ends the script or function that runs, if it may be ended.</summary>
    public static void Kill(CommandContext context, bool isFunction)
    {
        var running = context.Server.Scripts.Running;
        if (running == null)
            context.Error("NOTBUSY No scripts in execution right now.");
        else if (running.IsDirty)
            context.Error("UNKILLABLE Sorry the script already executed write commands against the dataset. You can either wait the script termination or kill the server in a hard way using the SHUTDOWN NOSAVE command.");
        else if (running.IsFunction != isFunction)
            context.Error(ErrorReplies.Busy(context.Server.Scripts));
        else
        {
            running.Kill();
            context.Reply.Ok();
        }
    }

    // SCRIPT DEBUG YES | SYNC | NO
    private static void Debug(CommandContext context)
    {
        var mode = context.Request[2];
        if (Ascii.EqualsIgnoreCase(mode, "NO"u8))
            context.Reply.Ok();
        else if (Ascii.EqualsIgnoreCase(mode, "YES"u8) || Ascii.EqualsIgnoreCase(mode, "SYNC"u8))
            context.Error("ERR SCRIPT DEBUG: this server has no Lua debugger");
        else
            context.Error("ERR Use SCRIPT DEBUG YES/SYNC/NO");
    }

    // SCRIPT HELP
    private static void Help(CommandContext context) => HelpReply.Write(context, "SCRIPT",
    [
        "DEBUG (YES|SYNC|NO)",
        "    Set the debug mode for subsequent scripts executed; there is no debugger here, so only NO.",
        "EXISTS <sha1> [<sha1> ...]",
        "    Return information about the existence of the scripts in the script cache.",
        "FLUSH [ASYNC|SYNC]",
        "    Flush the Lua scripts cache; both modes are the same here.",
        "KILL",
        "    Kill the currently executing Lua script.",
        "LOAD <script>",
        "    Load a script into the scripts cache without executing it.",
    ]);

    private static Script? TryLoad(CommandContext context, ReadOnlySpan<byte> source, bool isEvaluated)
    {
        try
        {
            return context.Server.Scripts.Load(source, isEvaluated);
        }
        catch (ScriptFaultException fault)
        {
            context.Error("ERR " + fault.Message);
            return null;
        }
    }

    // What a script says of itself holds before it begins.
    private static string? Refusal(CommandContext context, Script script, bool isReadOnly)
    {
        if (script.Flags.HasFlag(ScriptFlags.Unsaid))
            return null;
        if (isReadOnly && !script.Flags.HasFlag(ScriptFlags.NoWrites))
            return "ERR Can not execute a script with write flag using *_ro command.";
        return (script.Flags & (ScriptFlags.NoWrites | ScriptFlags.AllowOom)) == 0 && context.Server.Store.RefusesWrites
            ? "OOM allow-oom flag is not set on the script, can not run it when used memory > 'maxmemory'"
            : null;
    }
}
