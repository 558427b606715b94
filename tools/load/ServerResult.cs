namespace RespKv.Load;

/// <summary>The rounds of one server under one workload, and what the table says of them: medians over the rounds.</summary>
internal sealed class ServerResult(string server, IReadOnlyList<Measurement> rounds)
{
    public string Server => server;

    public double RequestsPerSecond { get; } = Statistics.Median(rounds.Select(round => round.RequestsPerSecond));

    public double RequestsPerSecondMin { get; } = rounds.Min(round => round.RequestsPerSecond);

    public double RequestsPerSecondMax { get; } = rounds.Max(round => round.RequestsPerSecond);

    public double? ServerCpuUs { get; } =
        rounds[0].ServerCpu is null ? null : Statistics.Median(rounds.Select(round => round.ServerCpuUsPerRequest!.Value));

    public double LoadCpuUs { get; } = Statistics.Median(rounds.Select(round => round.LoadCpuUsPerRequest));

    /// <summary>Of the last round.</summary>
    public long? ResidentBytes { get; } = rounds[^1].ResidentBytes;

    public long Misses { get; } = rounds.Sum(round => round.Misses);

    public double LatencyMaxMs { get; } = rounds.Max(round => round.LatencyMs(100));

    public double LatencyMs(double percentile) => Statistics.Median(rounds.Select(round => round.LatencyMs(percentile)));
}
