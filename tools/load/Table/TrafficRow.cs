namespace RespKv.Load.Table;

/// <summary>As many requests as a server can answer.</summary>
internal sealed record TrafficRow(string Name, string Title, Section Section, Traffic Traffic, bool IsLogged, params Goal[] Goals) : TableRow(Name, Title, Section)
{
    public override RowResult Run(TableOptions options, IReadOnlyList<Entrant> entrants, Fleet fleet)
    {
        using var contest = Traffic.Prepare(options, entrants, fleet, IsLogged, Goals);
        for (var round = 0; round < options.Rounds; round++)
        {
            var plan = Traffic.Plan(options, round);
            contest.Each(contestant =>
            {
                Traffic.WarmUp(contestant, plan, options.WarmUpSeconds, IsLogged);
                var before = contestant.Cpu;
                var measured = contestant.Take(plan);
                if (IsLogged)
                {
                    contestant.AwaitUpkeep();
                }

                contestant.Line.Add(new Dictionary<Measure, double>
                {
                    [Measure.Rate] = measured.RequestsPerSecond,
                    [Measure.ServerCpu] = (contestant.Cpu - before).TotalMicroseconds / measured.Requests,
                    [Measure.LoadCpu] = measured.LoadCpuUsPerRequest,
                    [Measure.LoadBusy] = measured.LoadBusy * 100,
                });
            });
        }

        return new RowResult(contest.Lines);
    }
}
