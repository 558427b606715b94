namespace RespKv.Load;

/// <summary>Every setting of a run; <see cref="CommandLine"/> says what each means and its default.</summary>
internal sealed record LoadOptions
{
    // Each connection holds the bytes of one pipeline.
    private const long RequestBytesMax = 1L << 30;

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

    /// <summary>What the figures depend on, in one line.</summary>
    public string Describe() =>
        FormattableString.Invariant($"connections {Connections}, load threads {Threads}, keys {Keys:N0}, value bytes {ValueBytes}, rounds {Rounds} of ")
        + FormattableString.Invariant($"{(Requests > 0 ? $"{Requests} requests" : $"{Seconds} s")}, rate {(Rate > 0 ? $"{Rate} requests/s" : "free")}");

    /// <summary>One measurement of <paramref name="workload"/>.</summary>
    /// <exception cref="InvalidOperationException">The requests of all connections would take more memory than is sensible.</exception>
    public LoadPlan Plan(Workload workload, ulong seed)
    {
        var requestBytes = (long)Connections * Pipeline * workload.LongestRequestBytes;
        if (requestBytes > RequestBytesMax)
        {
            throw new InvalidOperationException(
                $"{workload.Name}: {Connections} connections with {Pipeline} requests of {workload.LongestRequestBytes} bytes need {requestBytes} bytes here; {RequestBytesMax} are allowed.");
        }

        return new LoadPlan(
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
}
