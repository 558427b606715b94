namespace RespKv.Load;

/// <summary>Every setting of a run; <see cref="CommandLine"/> says what each means and its default.</summary>
internal sealed record LoadOptions
{
    public required IReadOnlyList<ServerSpec> Servers { get; init; }
    public required IReadOnlyList<string> Workloads { get; init; }
    public required int ValueBytes { get; init; }
    public required int ExpireSeconds { get; init; }
    public required long Keys { get; init; }
    public required int Connections { get; init; }
    public required IReadOnlyList<int> Pipelines { get; init; }
    public required int Threads { get; init; }
    public required double Seconds { get; init; }

    /// <summary>Requests in each measurement; 0 when <see cref="Seconds"/> ends it.</summary>
    public required long Requests { get; init; }

    public required double WarmUpSeconds { get; init; }
    public required int Rounds { get; init; }
    public required double Rate { get; init; }
    public required ulong Seed { get; init; }
    public required bool Preload { get; init; }
    public required bool AllowMisses { get; init; }
    public required bool Markdown { get; init; }
    public int Pipeline { get; init; } = 1;

    /// <summary>One measurement of <paramref name="workload"/>.</summary>
    public LoadPlan Plan(Workload workload, ulong seed) => new(
        workload,
        Keys,
        KeysInTurn: false,
        Connections,
        Pipeline,
        Math.Min(Threads, Connections),
        Requests > 0 ? null : TimeSpan.FromSeconds(Seconds),
        Requests,
        Rate,
        seed,
        AllowMisses);
}
