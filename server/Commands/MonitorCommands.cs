namespace RespKv.Server.Commands;

/// <summary>MONITOR.</summary>
internal static class MonitorCommands
{
    public static readonly Command[] All =
    [
        new("monitor", 1, CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale, KeySpec.None, Monitor)
        {
            Since = "1.0.0", Group = "server", Complexity = "O(1)", Summary = "Shows every command that the server runs, as it runs.",
        },
    ];

    // MONITOR
    private static void Monitor(CommandContext context)
    {
        if (context.IsInExec)
        {
            context.Error("ERR MONITOR isn't allowed for DENY BLOCKING client");
            return;
        }

        // Redis gives no reply to one that monitors already.
        if (context.Client.IsMonitor)
            return;
        context.Server.Monitors.Add(context.Client);
        context.Reply.Ok();
    }
}
