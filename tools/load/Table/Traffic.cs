namespace RespKv.Load.Table;

/// <summary>Requests of one kind from a number of connections.</summary>
internal sealed record Traffic(string Workload, int Connections, int Pipeline, int ValueBytes = 64, long Keys = 100_000)
{
    private const int ExpireSeconds = 3600;

    // The first traffic that a server sees lets it compile, or find its files, before anything counts.
    private const int FirstWarmUps = 3;

    private Workload Requests => Load.Workload.Create(Workload, ValueBytes, ExpireSeconds);

    /// <summary>Starts the servers, with their keys if the requests need them, and lets them run warm.</summary>
    public Contest Prepare(TableOptions options, IReadOnlyList<Entrant> entrants, Fleet fleet, bool isLogged, Goal[] goals)
    {
        var contest = new Contest(fleet, entrants.Select(entrant => new Contestant(entrant, NewLine(entrant, goals))));
        contest.Start(contestant => isLogged ? contestant.Entrant.Spec.WithLog() : contestant.Entrant.Spec);
        var plan = Plan(options, 0);
        contest.Each(contestant =>
        {
            if (plan.Workload.NeedsKeys)
            {
                contestant.Take(plan.Fill(ValueBytes));
            }

            WarmUp(contestant, plan, options.WarmUpSeconds * FirstWarmUps, isLogged);
        });
        return contest;
    }

    /// <summary>One measurement, as fast as the server can.</summary>
    public LoadPlan Plan(TableOptions options, int round) => new(
        Requests,
        Keys,
        KeysInTurn: false,
        Connections,
        Pipeline,
        Math.Min(options.Threads, Connections),
        TimeSpan.FromSeconds(options.Seconds),
        Requests: 0,
        Rate: 0,
        options.Seed + (ulong)round,
        AllowMisses: false);

    /// <summary>Writes so many keys once each.</summary>
    public static LoadPlan Fill(long keys, Workload fill) =>
        new LoadPlan(fill, keys, KeysInTurn: true, Connections: 1, Pipeline: 1, Threads: 1, Duration: null, Requests: keys, Rate: 0, Seed: 1, AllowMisses: false).Fill(fill);

    /// <summary>Traffic that is not measured.</summary>
    public static void WarmUp(Contestant contestant, LoadPlan plan, double seconds, bool isLogged)
    {
        if (seconds > 0)
        {
            contestant.Take(plan with { Duration = TimeSpan.FromSeconds(seconds), Rate = 0 });
        }

        if (isLogged)
        {
            contestant.AwaitUpkeep();
        }
    }

    private Line NewLine(Entrant entrant, Goal[] goals) =>
        new(entrant.Spec.Name, entrant.Role(Workload != "mset" || entrant.HasAtomicMset), entrant.IsSubject ? goals : []);
}
