using System.Globalization;

namespace RespKv.Load.Table;

/// <summary>Whether the goals of a row were met.</summary>
internal enum Outcome
{
    /// <summary>The row has no goals for this server.</summary>
    None,
    Met,
    Missed,

    /// <summary>The server itself could not be measured.</summary>
    Failed,

    /// <summary>There was nothing to compare with.</summary>
    Open,
}

/// <summary>What is said of the goals of a row.</summary>
internal sealed record Verdict(Outcome Outcome, string Text)
{
    /// <summary>From this share of its time on a load thread counts as the limit, in per cent.</summary>
    public const double SaturatedPercent = 95;

    /// <summary>Judges <paramref name="line"/>, one of <paramref name="lines"/>.</summary>
    public static Verdict Of(Line line, IReadOnlyList<Line> lines)
    {
        if (line.Goals.Count == 0)
        {
            return new Verdict(Outcome.None, "");
        }

        if (line.Fault is not null)
        {
            return new Verdict(Outcome.Failed, "failed");
        }

        var cpuDecides = CpuDecides(line, lines);
        var held = line.Goals.Where(goal => !cpuDecides || goal.Measure == Measure.ServerCpu)
            .Select(goal => (Goal: goal, Figure: goal.FigureOf(line, lines))).ToArray();
        var remark = cpuDecides ? " (CPU decides)" : "";
        var missed = held.Where(each => each.Figure is { } figure && !each.Goal.IsMetBy(figure)).ToArray();
        if (missed.Length > 0)
        {
            return new Verdict(Outcome.Missed, $"missed{remark}: {string.Join(", ", missed.Select(each => Show(each.Goal, each.Figure!.Value)))}");
        }

        return held.Any(each => each.Figure is null)
            ? new Verdict(Outcome.Open, "open: nothing to compare with")
            : new Verdict(Outcome.Met, "met" + remark);
    }

    /// <summary>Whether the load program kept a server waiting.</summary>
    public static bool IsLoadSaturated(Line line) => line.Median(Measure.LoadBusy) >= SaturatedPercent;

    /// <summary>Where the load program was the limit, for the server or for the fastest peer, throughput says little and CPU per request decides.</summary>
    private static bool CpuDecides(Line line, IReadOnlyList<Line> lines) =>
        line.Goals.Any(goal => goal.Measure == Measure.ServerCpu)
        && (IsLoadSaturated(line) || (line.BestPeer(Measure.Rate, lines) is { } best && IsLoadSaturated(best)));

    private static string Show(Goal goal, double figure) => string.Create(CultureInfo.InvariantCulture, $"{goal.Measure.Name} {figure:0.00}");
}
