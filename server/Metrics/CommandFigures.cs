using System.Diagnostics;
using Prometheus;
using RespKv.Server.Commands;

namespace RespKv.Server.Metrics;

/// <summary>Counts and times of each command that was called.</summary>
internal sealed class CommandFigures(ServerState server, MetricFactory metrics, FollowedCounts follow)
{
    // Powers of two of nanoseconds, as the histograms count: from about a microsecond to about a second.
    private static readonly long[] Bounds = [.. Enumerable.Range(10, 21).Where(bit => bit % 2 == 0).Select(bit => 1L << bit)];

    private readonly Counter calls = metrics.CreateCounter("respkv_commands_total", "Calls.", "command");
    private readonly Counter seconds = metrics.CreateCounter("respkv_commands_seconds_total", "Time that all calls took.", "command");
    private readonly Counter rejected = metrics.CreateCounter("respkv_commands_rejected_total", "Calls that were refused before they ran.", "command");
    private readonly Counter failed = metrics.CreateCounter("respkv_commands_failed_total", "Calls that ran and replied with an error.", "command");

    private readonly Histogram times = metrics.CreateHistogram(
        "respkv_command_duration_seconds",
        "Time of calls. The sum is that of the middles of the buckets; respkv_commands_seconds_total has it exactly.",
        ["command"],
        new HistogramConfiguration { Buckets = [.. Bounds.Select(bound => bound / 1e9)] });

    /// <summary>Brings them up to date.</summary>
    public void Update()
    {
        foreach (var command in server.Commands.Commands.SelectMany(c => (Command[])[c, .. c.Subcommands]))
        {
            var sum = server.Stats.Sum(command);
            if (sum.Calls + sum.Rejected + sum.Failed == 0)
                continue;
            follow.To(calls.WithLabels(command.FullName), sum.Calls);
            follow.To(seconds.WithLabels(command.FullName), (double)sum.Ticks / Stopwatch.Frequency);
            follow.To(rejected.WithLabels(command.FullName), sum.Rejected);
            follow.To(failed.WithLabels(command.FullName), sum.Failed);
            if (server.Stats.TracksLatency && server.Stats.SumLatency(command) is { } histogram)
                UpdateTimes(command, histogram);
        }
    }

    private void UpdateTimes(Command command, LatencyHistogram histogram)
    {
        var child = times.WithLabels(command.FullName);
        var (below, lower) = (0L, Bounds[0] / 4);
        for (var i = 0; i <= Bounds.Length; i++)
        {
            var upTo = i < Bounds.Length ? histogram.CountBelow(Bounds[i]) : histogram.Count;
            var grown = (long)follow.Grown((child, i), upTo - below);
            if (grown > 0)
                child.Observe((i < Bounds.Length ? Math.Sqrt((double)lower * Bounds[i]) : 2.0 * lower) / 1e9, grown);
            (below, lower) = (upTo, i < Bounds.Length ? Bounds[i] : lower);
        }
    }
}
