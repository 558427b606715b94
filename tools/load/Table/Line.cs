namespace RespKv.Load.Table;

/// <summary>What a server is in a row.</summary>
internal enum Role
{
    /// <summary>The goals are its goals.</summary>
    Subject,

    /// <summary>It is compared with.</summary>
    Peer,

    /// <summary>It is shown, but does less than the row asks for, so that nothing is compared with it.</summary>
    NotCounted,
}

/// <summary>One server in one row: its rounds, or why there are none.</summary>
internal sealed class Line(string server, Role role, params IReadOnlyList<Goal> goals)
{
    private readonly List<IReadOnlyDictionary<Measure, double>> rounds = [];

    public string Server => server;

    public Role Role => role;

    public IReadOnlyList<Goal> Goals => goals;

    /// <summary>Why it could not be measured, or null.</summary>
    public string? Fault { get; set; }

    public void Add(IReadOnlyDictionary<Measure, double> round) => rounds.Add(round);

    /// <summary>Over the rounds; null when it was not measured.</summary>
    public double? Median(Measure measure) => Figures(measure) is { Length: > 0 } figures ? Statistics.Median(figures) : null;

    public double? Min(Measure measure) => Figures(measure) is { Length: > 0 } figures ? figures.Min() : null;

    public double? Max(Measure measure) => Figures(measure) is { Length: > 0 } figures ? figures.Max() : null;

    /// <summary>The median as a multiple of that of the best peer; null when either is missing.</summary>
    public double? Ratio(Measure measure, IReadOnlyList<Line> lines)
    {
        var best = BestPeer(measure, lines)?.Median(measure);
        return best > 0 ? Median(measure) / best : null;
    }

    /// <summary>The peer with the best median; null when no peer was measured.</summary>
    public Line? BestPeer(Measure measure, IReadOnlyList<Line> lines)
    {
        var peers = lines.Where(line => line != this && line.Role == Role.Peer && line.Fault is null && line.Median(measure) is not null);
        return measure.Better == Better.Higher ? peers.MaxBy(line => line.Median(measure)) : peers.MinBy(line => line.Median(measure));
    }

    private double[] Figures(Measure measure) => [.. rounds.Where(round => round.ContainsKey(measure)).Select(round => round[measure])];
}
