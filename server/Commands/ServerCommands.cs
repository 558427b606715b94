using System.Text;
using RespKv.Protocol;

namespace RespKv.Server.Commands;

/// <summary>TIME, LOLWUT, ROLE and SHUTDOWN.</summary>
internal static class ServerCommands
{
    public static readonly Command[] All =
    [
        new("lolwut", -1, CommandFlags.ReadOnly | CommandFlags.Fast, KeySpec.None, LolwutCommand.Run)
        {
            Since = "5.0.0", Group = "server", Complexity = "O(N), N being the size of the picture.", Summary = "Draws something, and tells the version.",
            Syntax = "[VERSION version [parameter [parameter ...]]]",
        },
        new("role", 1, CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale | CommandFlags.Fast, KeySpec.None, Role)
        {
            Since = "2.8.12", Group = "server", Complexity = "O(1)", Summary = "Tells the server's part in replication.", Categories = ["admin", "dangerous"],
        },
        new("shutdown", -1, CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale | CommandFlags.NoMulti | CommandFlags.AllowBusy, KeySpec.None, Shutdown)
        {
            Since = "1.0.0", Group = "server", Complexity = "O(1)", Summary = "Ends the server.", Syntax = "[NOSAVE | SAVE] [NOW] [FORCE] [ABORT]", History = [("7.0.0", "NOW, FORCE and ABORT.")],
        },
        new("time", 1, CommandFlags.Loading | CommandFlags.Stale | CommandFlags.Fast, KeySpec.None, Time)
        {
            Since = "2.6.0", Group = "server", Complexity = "O(1)", Summary = "Returns the server's clock: Unix seconds, and microseconds of the second.",
        },
    ];

    // TIME; within a script the time stands still.
    private static void Time(CommandContext context)
    {
        var microseconds = context.IsInScript && context.Server.Scripts.Running is { } script ? script.StartMicroseconds : (DateTimeOffset.UtcNow - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        context.Reply.Array(2);
        context.Reply.BulkInteger(microseconds / 1_000_000);
        context.Reply.BulkInteger(microseconds % 1_000_000);
    }

    // ROLE: a master at the beginning of its history, without replicas.
    private static void Role(CommandContext context)
    {
        context.Reply.Array(3);
        context.Reply.BulkString("master"u8);
        context.Reply.Integer(0);
        context.Reply.Array(0);
    }

    // SHUTDOWN [NOSAVE | SAVE] [NOW] [FORCE] [ABORT]
    private static void Shutdown(CommandContext context)
    {
        if (!TryParse(context.Request, out var options) || options is { Save: true, NoSave: true } || (options.Abort && context.Request.Length > 2))
            context.Error(ErrorReplies.Syntax);
        else if (options.Abort)
            context.Error("ERR No shutdown in progress.");
        else if (context.Server.RequestShutdown == null || (options.Save && !options.Force && context.Server.Persistence == null))
            context.Error("ERR Errors trying to SHUTDOWN. Check logs.");
        else
        {
            context.Server.SavesAtEnd = !options.NoSave;
            End(context, context.Server.RequestShutdown);
        }
    }

    // There is no reply: the connection ends.
    private static void End(CommandContext context, Action requestShutdown)
    {
        context.Client.ClosesAfterReply = true;
        requestShutdown();
    }

    private static bool TryParse(RespRequest request, out ShutdownOptions options)
    {
        options = default;
        for (var i = 1; i < request.Length; i++)
        {
            var word = request[i];
            if (Ascii.EqualsIgnoreCase(word, "SAVE"u8))
                options.Save = true;
            else if (Ascii.EqualsIgnoreCase(word, "NOSAVE"u8))
                options.NoSave = true;
            else if (Ascii.EqualsIgnoreCase(word, "FORCE"u8))
                options.Force = true;
            else if (Ascii.EqualsIgnoreCase(word, "ABORT"u8))
                options.Abort = true;
            else if (!Ascii.EqualsIgnoreCase(word, "NOW"u8))
                return false;
        }

        return true;
    }

    /// <summary>NOW needs no flag: there are no replicas to wait for.</summary>
    private record struct ShutdownOptions(bool Save, bool NoSave, bool Force, bool Abort);
}
