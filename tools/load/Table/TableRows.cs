namespace RespKv.Load.Table;

/// <summary>The rows of the table with their goals, in its order.</summary>
internal static class TableRows
{
    private const int HourSeconds = 3600;
    private const int LargeBytes = 16 * 1024;
    private const int HugeBytes = 1024 * 1024;

    private static readonly (int Connections, int Pipeline)[] Shapes = [(50, 1), (50, 16), (20, 100)];

    public static readonly IReadOnlyList<TableRow> All =
    [
        .. Shapes.SelectMany(shape => new[] { "get", "set", "incr" }.Select(name => InMemory(name, name.ToUpperInvariant(), shape.Connections, shape.Pipeline))),
        InMemory("setex", "SET with EX"),
        InMemory("mget", "MGET of 10"),
        InMemory("exists", "EXISTS"),
        InMemory("churn", "DEL and SET"),
        InMemory("mset", "MSET of 10") with { Goals = Goals(1.3, 0.8) },
        Large("get", "GET"), Large("set", "SET"), Huge("get", "GET"), Huge("set", "SET"),

        .. Shapes.SelectMany(shape => new[] { "set", "incr" }.Select(name => Logged(InMemory(name, name.ToUpperInvariant(), shape.Connections, shape.Pipeline)))),
        Logged(InMemory("setex", "SET with EX")),
        Logged(InMemory("churn", "DEL and SET")),
        Logged(InMemory("mset", "MSET of 10")),
        Logged(Large("set", "SET")),
        Logged(Huge("set", "SET")),

        Tail("get", 1), Tail("set", 1), Tail("get", 16), Tail("set", 16),

        new ScanRow("scan", "all keys", HasPrefix: false, Goal.AtLeast(Measure.PassRate, 2)),
        new ScanRow("scan-match", "MATCH of a prefix", HasPrefix: true, Goal.AtLeast(Measure.PassRate, 50)),
        new ListRow("list", "from page to page", RatioAtMost: 1.5),

        new MemoryRow("memory", "without TTL", null, new MemoryGoals(0.95, 1.15, 0.8)),
        new MemoryRow("memory-ttl", "each with a TTL", HourSeconds, new MemoryGoals(0.95, 1.15, 0.8)),

        new StartRow("start", "in memory", IsLogged: false, Goal.Below(Measure.ReadyTime, 0.5), Goal.Below(Measure.EmptyMemory, 80)),
        new StartRow("log-start", "with a log, empty folder", IsLogged: true, Goal.Below(Measure.ReadyTime, 0.5), Goal.Below(Measure.EmptyMemory, 80)),
        new RecoveryRow("recovery", "keys with values of 64 bytes", Goal.AtMost(Measure.LoadTime, 1)),
        new IdleRow("idle", "10,000 clients", Goal.Below(Measure.CrowdMemory, 150), Goal.Below(Measure.CrowdCpu, 10), Goal.Below(Measure.IdleCpu, 10)),
    ];

    private static TrafficRow InMemory(string name, string title, int connections = 50, int pipeline = 16) => new(
        $"{name}-{pipeline}",
        $"{title}, {Describe(connections, pipeline)}",
        Section.Memory,
        new Traffic(name, connections, pipeline),
        IsLogged: false,
        pipeline == 1 ? Goals(1, 1) : Goals(1.1, 0.8));

    private static TrafficRow Large(string name, string title) => new(
        $"{name}-16k",
        $"{title} of 16 KB, 20 connections, 10,000 keys",
        Section.Memory,
        new Traffic(name, 20, 1, LargeBytes, 10_000),
        IsLogged: false,
        Goals(1.1, 0.9));

    private static TrafficRow Huge(string name, string title) => new(
        $"{name}-1m",
        $"{title} of 1 MB, 8 connections, 200 keys",
        Section.Memory,
        new Traffic(name, 8, 1, HugeBytes, 200),
        IsLogged: false,
        Goals(1, 1));

    private static TrafficRow Logged(TrafficRow row) => row with { Name = $"log-{row.Name}", Section = Section.Log, IsLogged = true, Goals = Goals(1.3, 0.7) };

    private static TailRow Tail(string name, int pipeline) => new(
        $"tail-{name}-{pipeline}",
        $"{name.ToUpperInvariant()}, {Describe(50, pipeline)}",
        new Traffic(name, 50, pipeline),
        Goal.AtMost(Measure.Latency99, 1),
        Goal.AtMost(Measure.Latency999, 1));

    private static Goal[] Goals(double rate, double cpu) => [Goal.AtLeast(Measure.Rate, rate), Goal.AtMost(Measure.ServerCpu, cpu)];

    private static string Describe(int connections, int pipeline) =>
        $"{connections} connections, {(pipeline == 1 ? "no pipeline" : $"pipeline of {pipeline}")}";
}
