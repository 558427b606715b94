using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using RespKv.Server.Telemetry;

namespace RespKv.Server.Commands;

/// <summary>DEBUG: for tests. Its subcommands are words of one command, as in Redis.</summary>
internal static class DebugCommands
{
    private const string NoPersistence = "ERR this server keeps its data in memory only: there is nothing to load";

    /// <summary>A subcommand: its name, how many arguments the call has, and what runs it.</summary>
    private static readonly (string Name, int LengthMin, int LengthMax, CommandHandler Run)[] Words =
    [
        ("CHANGE-REPL-ID", 2, 2, ChangeReplicationId),
        ("DIGEST", 2, 2, DebugDigest.OfAll),
        ("DIGEST-VALUE", 2, int.MaxValue, DebugDigest.OfKeys),
        ("ERROR", 3, 3, context => context.Error(Text(context, 2))),
        ("HELP", 2, 2, Help),
        ("LOADAOF", 2, 2, context => context.Error(NoPersistence)),
        ("LOG", 3, 3, WriteLog),
        ("OBJECT", 3, 4, DescribeObject),
        ("PAUSE-CRON", 3, 3, PauseCron),
        ("PROTOCOL", 3, 3, DebugProtocol.Run),
        ("QUICKLIST-PACKED-THRESHOLD", 3, 3, SetPackedThreshold),
        ("RELOAD", 2, int.MaxValue, context => context.Error(NoPersistence)),
        ("SET-ACTIVE-EXPIRE", 3, 3, SetActiveExpire),
        ("SET-DISABLE-DENY-SCRIPTS", 3, 3, SetDisableDenyScripts),
        ("SLEEP", 3, 3, Sleep),
    ];

    public static readonly Command[] All =
    [
        new("debug", -2, CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale, KeySpec.None, Run)
        {
            Since = "1.0.0", Group = "server", Complexity = "Depends on the subcommand.", Summary = "For tests, from this host only.", Syntax = "subcommand [arg [arg ...]]",
        },
    ];

    private static void Run(CommandContext context)
    {
        var request = context.Request;
        if (context.Server.DebugAccess == DebugAccess.No || (context.Server.DebugAccess == DebugAccess.Local && !IsLocal(context.Client)))
        {
            context.Error("ERR DEBUG command not allowed. If the enable-debug-command option is set to \"local\", you can run it from a local connection, otherwise you need to set this option in the configuration file, and then restart the server.");
            return;
        }

        foreach (var (name, lengthMin, lengthMax, run) in Words)
        {
            if (!Ascii.EqualsIgnoreCase(request[1], name) || request.Length < lengthMin || request.Length > lengthMax)
                continue;
            run(context);
            return;
        }

        ErrorReplies.SubcommandSyntax(context);
    }

    private static bool IsLocal(Client client) => client.IsUnixSocket || client.Address.Length == 0
        || (IPEndPoint.TryParse(client.Address, out var address) && IPAddress.IsLoopback(address.Address));

    // DEBUG SLEEP seconds; only the caller sleeps, others are served, unless it is inside a transaction.
    private static void Sleep(CommandContext context)
    {
        if (context.Client.TakeResult() is SleepEnd end)
        {
            context.StartTimestamp = end.StartTimestamp;
            context.Reply.Ok();
            return;
        }

        const double secondsMax = 24 * 3600;
        _ = double.TryParse(context.Request[2], NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds);
        if (!(seconds > 0))
        {
            context.Reply.Ok();
            return;
        }

        var time = TimeSpan.FromSeconds(Math.Min(seconds, secondsMax));
        if (context.IsInExec)
        {
            // Nothing may come between the commands of a transaction, so all others wait as well: what an operator's test of slow transactions asks for.
            for (var since = Stopwatch.StartNew(); since.Elapsed < time;)
                Thread.Sleep(1);
            context.Reply.Ok();
            return;
        }

        context.Client.Result = new SleepEnd(context.StartTimestamp);
        context.RetryAfter(SleepAsync(time));
    }

    // Timers count in ticks of the system, and may be up a moment early.
    private static async Task SleepAsync(TimeSpan time)
    {
        var since = Stopwatch.StartNew();
        for (var left = time; left > TimeSpan.Zero; left = time - since.Elapsed)
            await Task.Delay(TimeSpan.FromMilliseconds(Math.Ceiling(left.TotalMilliseconds))).ConfigureAwait(false);
    }

    // DEBUG PAUSE-CRON 0|1
    private static void PauseCron(CommandContext context)
    {
        context.Server.Store.Settings.IsAtRest = context.Request.TryGetInt64(2, out var value) && value != 0;
        context.Reply.Ok();
    }

    // DEBUG SET-ACTIVE-EXPIRE 0|1
    private static void SetActiveExpire(CommandContext context)
    {
        context.Server.Store.Settings.ExpiresActively = context.Request.TryGetInt64(2, out var value) && value != 0;
        context.Reply.Ok();
    }

    // DEBUG SET-DISABLE-DENY-SCRIPTS 0|1
    private static void SetDisableDenyScripts(CommandContext context)
    {
        context.Server.Scripts.AllowsDenied = context.Request.TryGetInt64(2, out var value) && value != 0;
        context.Reply.Ok();
    }

    // DEBUG OBJECT key [FAST]
    private static void DescribeObject(CommandContext context)
    {
        var reader = context.Reusable<DebugObjectReader>();
        if (context.Keyspace.Read(context.Request[2], reader))
            context.Reply.SimpleString(Encoding.ASCII.GetBytes(reader.Describe(context.Server.Store, context.NowMs)));
        else
            context.Error(ErrorReplies.NoSuchKey);
    }

    // DEBUG QUICKLIST-PACKED-THRESHOLD size; there are no lists whose nodes it would change.
    private static void SetPackedThreshold(CommandContext context)
    {
        var size = context.Request[2];
        var digits = size.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        var unit = digits < 0 ? "" : Encoding.Latin1.GetString(size[digits..]).ToLowerInvariant();
        if (digits == 0 || size.IsEmpty || unit is not ("" or "b" or "k" or "kb" or "m" or "mb" or "g" or "gb"))
            context.Error("ERR argument must be a memory value bigger than 1 and smaller than 4gb");
        else
            context.Reply.Ok();
    }

    // DEBUG CHANGE-REPL-ID
    private static void ChangeReplicationId(CommandContext context)
    {
        context.Server.Identity.ChangeReplicationId();
        context.Reply.Ok();
    }

    // DEBUG LOG message
    private static void WriteLog(CommandContext context)
    {
        Log.Debug(context.Server.Logger, Text(context, 2));
        context.Reply.Ok();
    }

    private static string Text(CommandContext context, int index) => Encoding.Latin1.GetString(context.Request[index]);

    // DEBUG HELP
    private static void Help(CommandContext context) => HelpReply.Write(context, "DEBUG",
    [
        "CHANGE-REPL-ID",
        "    Change the replication id of the server.",
        "DIGEST",
        "    Return a hash of all keys and values; equal data give equal hashes.",
        "DIGEST-VALUE <key> [<key> ...]",
        "    Return a hash of each value.",
        "ERROR <text>",
        "    Return the text as an error.",
        "LOG <message>",
        "    Write a message to the server's log.",
        "OBJECT <key>",
        "    Describe how a value is kept.",
        "PAUSE-CRON <0|1>",
        "    Stop (1) or go on (0) with what is done from time to time: closing idle clients,",
        "    reclaiming expired keys, taking samples for INFO.",
        "PROTOCOL <type>",
        "    Return a value of a type: string, integer, double, bignum, null, array, set,",
        "    map, attrib, push, verbatim, true, false.",
        "QUICKLIST-PACKED-THRESHOLD <size>",
        "    Accepted; there are no lists.",
        "SET-ACTIVE-EXPIRE <0|1>",
        "    Stop (0) or go on (1) reclaiming expired keys before they are asked for.",
        "SET-DISABLE-DENY-SCRIPTS <0|1>",
        "    Let scripts call (1) the commands that they may not call, but for those that run scripts or transactions.",
        "SLEEP <seconds>",
        "    Reply after some seconds, decimals allowed; other clients are served.",
    ]);

    /// <summary>When the sleep began, in ticks of the stopwatch, so that its time counts as the command's.</summary>
    private sealed record SleepEnd(long StartTimestamp);
}
