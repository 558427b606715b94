using System.Diagnostics;

namespace RespKv.Load.Table;

/// <summary>How long a server takes to load what one before it had when it was killed.</summary>
internal sealed record RecoveryRow(string Name, string Title, params Goal[] Goals) : TableRow(Name, Title, Section.Recovery)
{
    private const int ValueBytes = 64;
    private static readonly TimeSpan LoadMax = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(5);

    // All servers sync their logs every second: after two, all that was acknowledged is there, whatever a server does until then.
    private static readonly TimeSpan SyncWait = TimeSpan.FromSeconds(2);

    public override RowResult Run(TableOptions options, IReadOnlyList<Entrant> entrants, Fleet fleet)
    {
        // RespKv and Redis load a log at the start; of Garnet's one the last second may be missing, and it keeps no count of keys.
        using var contest = new Contest(
            fleet,
            entrants.Select(entrant => new Contestant(entrant, new Line(entrant.Spec.Name, entrant.Role(entrant.HasKeyDirectory), entrant.IsSubject ? Goals : []))));
        var folders = contest.Remaining.ToDictionary(contestant => contestant, _ => Directory.CreateTempSubdirectory("respkv-load-").FullName);
        try
        {
            contest.Each(contestant =>
            {
                contestant.Process = fleet.Start(contestant.Entrant.Spec.WithLog(), folders[contestant]);
                contestant.Process.WaitUntilItAnswers();
                contestant.Take(Traffic.Fill(options.RecoveryKeys, Workload.Fill(ValueBytes)));
                Thread.Sleep(SyncWait);
                contestant.AwaitUpkeep();
                contest.End(contestant, killed: true);
            });
            for (var round = 0; round < options.Rounds; round++)
            {
                contest.Each(contestant => contestant.Line.Add(new Dictionary<Measure, double>
                {
                    [Measure.LoadTime] = Load(contest, contestant, fleet, folders[contestant], options.RecoveryKeys).TotalSeconds,
                }));
            }

            return new RowResult(contest.Lines, FormattableString.Invariant($"{options.RecoveryKeys:N0} of them"));
        }
        finally
        {
            contest.Dispose();
            foreach (var folder in folders.Values)
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    private static TimeSpan Load(Contest contest, Contestant contestant, Fleet fleet, string folder, long keys)
    {
        var start = Stopwatch.GetTimestamp();
        contestant.Process = fleet.Start(contestant.Entrant.Spec.WithLog(), folder);
        contestant.Process.WaitUntilItAnswers(LoadMax, Interval);
        var loaded = Stopwatch.GetElapsedTime(start);
        using (var client = contestant.Connect())
        {
            if (client.Count() is var found && found != keys)
            {
                throw new ReplyException($"{found} keys were loaded where there were {keys}");
            }
        }

        contest.End(contestant, killed: true);
        return loaded;
    }
}
