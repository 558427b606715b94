namespace RespKv.Load.Table;

/// <summary>
/// Resident memory for each key. RespKv is shown as it is by default, with its ordered index, and without any index; the peers are those that
/// keep what listing keys needs, too.
/// </summary>
internal sealed record MemoryRow(string Name, string Title, int? ExpireSeconds, MemoryGoals Goals) : TableRow(Name, Title, Section.Footprint)
{
    private const long Keys = 5_000_000;
    private const int ValueBytes = 64;

    // With its twelve digits a key of twenty bytes.
    private const string Prefix = "session:";
    private const string WithoutIndex = "--key-index off";

    public override RowResult Run(TableOptions options, IReadOnlyList<Entrant> entrants, Fleet fleet)
    {
        var lines = entrants.Select(NewLines).ToArray();
        for (var round = 0; round < options.Rounds; round++)
        {
            for (var i = 0; i < entrants.Count; i++)
            {
                var (entrant, line) = (entrants[i], lines[i]);
                Fill(options, fleet, entrant, entrant.Spec, line[0], line.ElementAtOrDefault(1));
                if (line.Length > 2)
                {
                    Fill(options, fleet, entrant, entrant.Spec.With(WithoutIndex), line[2], null);
                }
            }
        }

        return new RowResult([.. lines.SelectMany(each => each)]);
    }

    /// <summary>The lines of a server: one, or as it is by default, with the ordered index, without any.</summary>
    private Line[] NewLines(Entrant entrant)
    {
        var role = entrant.Role(entrant.HasKeyDirectory);
        var name = entrant.Spec.Name;
        if (!entrant.IsRespKv)
        {
            return [new Line(name, role, GoalsFor(entrant, Goals.ByDefault))];
        }

        return
        [
            new Line(name, role, GoalsFor(entrant, Goals.ByDefault)),
            new Line($"{name}, ordered index", entrant.Role(isCounted: false), GoalsFor(entrant, Goals.Ordered)),
            new Line($"{name}, {WithoutIndex}", entrant.Role(isCounted: false), GoalsFor(entrant, Goals.WithoutIndex)),
        ];
    }

    private static Goal[] GoalsFor(Entrant entrant, double ratioAtMost) => entrant.IsSubject ? [Goal.AtMost(Measure.KeyBytes, ratioAtMost)] : [];

    /// <summary>One round of one server: started, filled, looked at, and ended, so that memory is not short for the next.</summary>
    private void Fill(TableOptions options, Fleet fleet, Entrant entrant, ServerSpec spec, Line line, Line? orderedLine)
    {
        if (line.Fault is not null)
        {
            return;
        }

        using var contest = new Contest(fleet, [new Contestant(entrant, line)]);
        contest.Start(_ => spec);
        contest.Each(contestant =>
        {
            var keys = options.Keys(Keys);
            var empty = contestant.SettledBytes();
            contestant.Take(Traffic.Fill(keys, Workload.Fill(ValueBytes, Prefix, ExpireSeconds)));
            AddTo(line);
            if (orderedLine is not null)
            {
                using var client = contestant.Connect();
                client.AwaitOrder();
                AddTo(orderedLine);
            }

            void AddTo(Line shown) =>
                shown.Add(new Dictionary<Measure, double> { [Measure.KeyBytes] = (double)(contestant.SettledBytes() - empty) / keys });
        });
    }
}

/// <summary>How many bytes a key may take, as a multiple of the best peer's.</summary>
internal sealed record MemoryGoals(double ByDefault, double Ordered, double WithoutIndex);
