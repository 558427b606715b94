using System.Diagnostics;

namespace RespKv.Server.Commands;

/// <summary>Enters how long a call took wherever that is kept: the command's histogram, the slow log, the latency monitor.</summary>
internal static class CommandTiming
{
    private static readonly long TicksPerMs = Stopwatch.Frequency / 1000;

    public static void Note(CommandContext context, Command command, long elapsedTicks)
    {
        var server = context.Server;
        if (server.Stats.TracksLatency)
            context.Counters.CountLatency(command.Index, elapsedTicks);
        if (elapsedTicks >= server.SlowLog.ThresholdTicks && !command.Is(CommandFlags.SkipSlowLog) && server.SlowLog.LengthMax > 0)
            server.SlowLog.Add(context, command, elapsedTicks);
        if (server.Latency.ThresholdMs > 0 && elapsedTicks >= TicksPerMs)
            server.Latency.Note(command.Is(CommandFlags.Fast) ? "fast-command" : "command", context.NowMs / 1000, elapsedTicks / TicksPerMs);
    }
}
