using System.Diagnostics;

namespace RespKv.Load.Table;

/// <summary>How long a server without data takes to answer, and how much memory it then takes.</summary>
internal sealed record StartRow(string Name, string Title, bool IsLogged, params Goal[] Goals) : TableRow(Name, Title, Section.Start)
{
    private static readonly TimeSpan StartMax = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(1);

    public override RowResult Run(TableOptions options, IReadOnlyList<Entrant> entrants, Fleet fleet)
    {
        using var contest = new Contest(fleet, entrants.Select(entrant => new Contestant(entrant, new Line(entrant.Spec.Name, entrant.Role(), entrant.IsSubject ? Goals : []))));
        for (var round = 0; round < options.Rounds; round++)
        {
            contest.Each(contestant =>
            {
                var spec = IsLogged ? contestant.Entrant.Spec.WithLog() : contestant.Entrant.Spec;
                var start = Stopwatch.GetTimestamp();
                contestant.Process = fleet.Start(spec);
                contestant.Process.WaitUntilItAnswers(StartMax, Interval);
                var ready = Stopwatch.GetElapsedTime(start);
                contestant.Line.Add(new Dictionary<Measure, double>
                {
                    [Measure.ReadyTime] = ready.TotalSeconds,
                    [Measure.EmptyMemory] = contestant.SettledBytes() / 1e6,
                });
                contest.End(contestant);
            });
        }

        return new RowResult(contest.Lines);
    }
}
