namespace RespKv.Load.Table;

/// <summary>Latency while the servers have time to spare: all at the same rate, half of what the slowest can do.</summary>
internal sealed record TailRow(string Name, string Title, Traffic Traffic, params Goal[] Goals) : TableRow(Name, Title, Section.Tail)
{
    public override RowResult Run(TableOptions options, IReadOnlyList<Entrant> entrants, Fleet fleet)
    {
        using var contest = Traffic.Prepare(options, entrants, fleet, isLogged: false, Goals);
        var full = new Dictionary<Contestant, double>();
        contest.Each(contestant => full[contestant] = contestant.Take(Traffic.Plan(options, 0)).RequestsPerSecond);
        if (!contest.Remaining.Any())
        {
            return new RowResult(contest.Lines);
        }

        var rate = Math.Floor(contest.Remaining.Min(contestant => full[contestant]) / 2);
        for (var round = 0; round < options.Rounds; round++)
        {
            var plan = Traffic.Plan(options, round) with { Rate = rate };
            contest.Each(contestant =>
            {
                // At the rate of the measurement, so that no queue of a faster warm-up is left.
                contestant.Take(plan with { Duration = TimeSpan.FromSeconds(Math.Max(options.WarmUpSeconds, 0.1)) });
                var measured = contestant.Take(plan);
                contestant.Line.Add(new Dictionary<Measure, double>
                {
                    [Measure.MedianLatency] = measured.LatencyMs(50),
                    [Measure.Latency99] = measured.LatencyMs(99),
                    [Measure.Latency999] = measured.LatencyMs(99.9),
                    [Measure.ServerCpu] = measured.ServerCpuUsPerRequest!.Value,
                });
            });
        }

        return new RowResult(contest.Lines, FormattableString.Invariant($"{rate:N0} requests/s"));
    }
}
