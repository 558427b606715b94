using System.Text;

namespace RespKv.Server.Commands;

/// <summary>Commands about replicas and clusters: this server is alone, and says so as a Redis that is alone does.</summary>
internal static class ReplicationCommands
{
    private const CommandFlags Link = CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.Stale | CommandFlags.NoAsyncLoading;

    // How long a wait without an end waits before it looks again.
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    public static readonly Command[] All =
    [
        new("asking", 1, CommandFlags.Fast, KeySpec.None, ClusterCommands.Refuse)
        {
            Since = "3.0.0", Group = "cluster", Complexity = "O(1)", Summary = "For clusters; refused here.", Categories = ["connection"],
        },
        new("failover", -1, CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.Stale, KeySpec.None, FailOver)
        {
            Since = "6.2.0", Group = "server", Complexity = "O(1)", Summary = "Hands over to a replica, of which there are none.", Syntax = "[TO host port [FORCE]] [ABORT] [TIMEOUT milliseconds]",
        },
        new("readonly", 1, CommandFlags.Loading | CommandFlags.Stale | CommandFlags.Fast, KeySpec.None, ClusterCommands.Refuse)
        {
            Since = "3.0.0", Group = "cluster", Complexity = "O(1)", Summary = "For clusters; refused here.", Categories = ["connection"],
        },
        new("readwrite", 1, CommandFlags.Loading | CommandFlags.Stale | CommandFlags.Fast, KeySpec.None, ClusterCommands.Refuse)
        {
            Since = "3.0.0", Group = "cluster", Complexity = "O(1)", Summary = "For clusters; refused here.", Categories = ["connection"],
        },
        new("replicaof", 3, Link, KeySpec.None, ReplicaOf)
        {
            Since = "5.0.0", Group = "server", Complexity = "O(1)", Summary = "Makes the server a master, which it is.", Syntax = "<host port | NO ONE>",
        },
        new("slaveof", 3, Link, KeySpec.None, ReplicaOf)
        {
            Since = "1.0.0", Group = "server", Complexity = "O(1)", Summary = "REPLICAOF's old name.", Syntax = "<host port | NO ONE>",
        },
        new("wait", 3, CommandFlags.Blocking, KeySpec.None, Wait)
        {
            Since = "3.0.0", Group = "generic", Complexity = "O(1)", Summary = "Waits until replicas have the client's writes, or time is up; tells how many have.",
            Syntax = "numreplicas timeout", Categories = ["connection"],
        },
        new("waitaof", 4, CommandFlags.Blocking, KeySpec.None, WaitForLog)
        {
            Since = "7.2.0", Group = "generic", Complexity = "O(1)", Summary = "Waits until the client's writes are on disk here and at replicas, or time is up; tells where they are.",
            Syntax = "numlocal numreplicas timeout", Categories = ["connection"],
        },
    ];

    // FAILOVER [TO host port [FORCE]] [ABORT] [TIMEOUT milliseconds]
    private static void FailOver(CommandContext context)
    {
        var request = context.Request;
        if (request.Length == 2 && Ascii.EqualsIgnoreCase(request[1], "ABORT"u8))
            context.Error("ERR No failover in progress.");
        else if (TryParseFailOver(context))
            context.Error("ERR FAILOVER requires connected replicas.");
    }

    /// <summary>Checks the options, none of which matters without replicas; false when the reply has been made an error.</summary>
    private static bool TryParseFailOver(CommandContext context)
    {
        var request = context.Request;
        var (hasTimeout, hasTarget, isForced) = (false, false, false);
        for (var i = 1; i < request.Length; i++)
        {
            if (Ascii.EqualsIgnoreCase(request[i], "TIMEOUT"u8) && i + 1 < request.Length && !hasTimeout)
            {
                if (!request.TryGetInt64(++i, out var timeoutMs))
                {
                    context.Error(ErrorReplies.NotAnInteger);
                    return false;
                }

                if (timeoutMs <= 0)
                {
                    context.Error("ERR FAILOVER timeout must be greater than 0");
                    return false;
                }

                hasTimeout = true;
            }
            else if (Ascii.EqualsIgnoreCase(request[i], "TO"u8) && i + 2 < request.Length && !hasTarget)
            {
                if (!request.TryGetInt64(i + 2, out _))
                {
                    context.Error(ErrorReplies.NotAnInteger);
                    return false;
                }

                hasTarget = true;
                i += 2;
            }
            else if (Ascii.EqualsIgnoreCase(request[i], "FORCE"u8) && !isForced)
            {
                isForced = true;
            }
            else
            {
                context.Error(ErrorReplies.Syntax);
                return false;
            }
        }

        return true;
    }

    // REPLICAOF host port; REPLICAOF NO ONE
    private static void ReplicaOf(CommandContext context)
    {
        var request = context.Request;
        if (Ascii.EqualsIgnoreCase(request[1], "NO"u8) && Ascii.EqualsIgnoreCase(request[2], "ONE"u8))
            context.Reply.Ok();
        else if (!request.TryGetInt64(2, out var port) || port is < 0 or > ushort.MaxValue)
            context.Error("ERR Invalid master port");
        else
            context.Error("ERR this server cannot be a replica: replication is not supported");
    }

    // WAIT numreplicas timeout
    private static void Wait(CommandContext context)
    {
        if (!context.Request.TryGetInt64(1, out var replicas))
            context.Error(ErrorReplies.NotAnInteger);
        else if (TryReadTimeout(context, 2, out var timeoutMs) && IsOver(context, replicas, timeoutMs))
            context.Reply.Integer(0);
    }

    // WAITAOF numlocal numreplicas timeout
    private static void WaitForLog(CommandContext context)
    {
        if (!context.Request.TryGetInt64(1, out var local) || !context.Request.TryGetInt64(2, out var replicas))
            context.Error(ErrorReplies.NotAnInteger);
        else if (local is < 0 or > 1)
            context.Error("ERR value is out of range, value must between 0 and 1");
        else if (replicas < 0)
            context.Error(ErrorReplies.NotPositive);
        else if (!TryReadTimeout(context, 3, out var timeoutMs))
            return;
        else if (local > 0)
            context.Error("ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.");
        else if (IsOver(context, replicas, timeoutMs))
            ReplyNowhere(context);
    }

    private static void ReplyNowhere(CommandContext context)
    {
        context.Reply.Array(2);
        context.Reply.Integer(0);
        context.Reply.Integer(0);
    }

    private static bool TryReadTimeout(CommandContext context, int index, out long timeoutMs)
    {
        if (!context.Request.TryGetInt64(index, out timeoutMs))
            context.Error(ErrorReplies.TimeoutNotInteger);
        else if (timeoutMs < 0)
            context.Error(ErrorReplies.TimeoutNegative);
        else
            return true;
        return false;
    }

    /// <summary>
    /// Whether there is nothing to wait for, or it has been waited for; if not, the client waits and the command runs again. No replica ever comes, so a timeout of 0 never ends.
    /// </summary>
    private static bool IsOver(CommandContext context, long replicas, long timeoutMs)
    {
        var end = context.Client.TakeResult() as WaitEnd;
        if (end != null)
            context.Server.Stats.CountBlocked(-1);
        if (replicas <= 0 || context.IsInExec)
            return true;
        end ??= new WaitEnd(timeoutMs == 0 ? long.MaxValue : Environment.TickCount64 + timeoutMs);
        var leftMs = end.AtMs - Environment.TickCount64;
        if (leftMs <= 0)
            return true;
        context.Client.Result = end;
        context.Server.Stats.CountBlocked(1);
        context.RetryAfter(Task.Delay(TimeSpan.FromMilliseconds(Math.Min(leftMs, LookAgain.TotalMilliseconds))));
        return false;
    }

    /// <summary>When the wait is over, by the system's tick count.</summary>
    private sealed record WaitEnd(long AtMs);
}
