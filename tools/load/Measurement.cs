using System.Diagnostics;
using System.Net;
using HdrHistogram;

namespace RespKv.Load;

/// <summary>What one stretch of traffic showed.</summary>
/// <param name="Requests">Requests answered.</param>
/// <param name="Elapsed">From the first request to the last reply.</param>
/// <param name="ServerCpu">User and system time of the server's process meanwhile, or null when it is not known.</param>
/// <param name="LoadCpu">The same of this process.</param>
/// <param name="LoadBusy">Share of the time in which a load thread ran or waited for a core: at 1 it never waited for the server.</param>
/// <param name="ResidentBytes">Of the server afterwards, or null.</param>
/// <param name="Misses">Keys that were not there.</param>
/// <param name="Latency">Per batch, in ns.</param>
internal sealed record Measurement(
    long Requests,
    TimeSpan Elapsed,
    TimeSpan? ServerCpu,
    TimeSpan LoadCpu,
    double LoadBusy,
    long? ResidentBytes,
    long Misses,
    LongHistogram Latency)
{
    public double RequestsPerSecond => Requests / Elapsed.TotalSeconds;

    public double? ServerCpuUsPerRequest => ServerCpu?.TotalMicroseconds / Requests;

    public double LoadCpuUsPerRequest => LoadCpu.TotalMicroseconds / Requests;

    /// <summary>Latency in milliseconds that this share of the batches did not exceed.</summary>
    public double LatencyMs(double percentile) => Latency.GetValueAtPercentile(percentile) / 1e6;

    /// <summary>Connects, runs <paramref name="plan"/> and measures it.</summary>
    /// <exception cref="ReplyException">A reply was not what it should be.</exception>
    public static Measurement Take(LoadPlan plan, EndPoint server, int? serverProcessId)
    {
        var loads = Enumerable.Range(0, plan.Threads).Select(number => new LoadThread(plan, server, number)).ToArray();
        try
        {
            var threads = Array.ConvertAll(loads, load => new Thread(load.Run) { IsBackground = true });
            var serverBefore = ProcessFigures.CpuTime(serverProcessId);
            var loadBefore = Environment.CpuUsage.TotalTime;
            var start = Stopwatch.GetTimestamp();
            Array.ForEach(threads, thread => thread.Start());
            Array.ForEach(threads, thread => thread.Join());
            var elapsed = Stopwatch.GetElapsedTime(start);
            var loadCpu = Environment.CpuUsage.TotalTime - loadBefore;
            if (loads.FirstOrDefault(load => load.Fault is not null) is { } failed)
            {
                throw new ReplyException($"{plan.Workload.Name}: {failed.Fault!.Message}");
            }

            var serverCpu = ProcessFigures.CpuTime(serverProcessId) - serverBefore;
            return new Measurement(
                loads.Sum(load => load.Requests),
                elapsed,
                serverCpu,
                loadCpu,
                (loads.Sum(load => load.Busy?.TotalSeconds) is { } busy and > 0 ? busy : loadCpu.TotalSeconds) / elapsed.TotalSeconds / plan.Threads,
                ProcessFigures.ResidentBytes(serverProcessId),
                loads.Sum(load => load.Misses),
                Together(loads));
        }
        finally
        {
            Array.ForEach(loads, load => load.Dispose());
        }
    }

    private static LongHistogram Together(LoadThread[] loads)
    {
        var all = loads[0].Latency;
        foreach (var load in loads.Skip(1))
        {
            all.Add(load.Latency);
        }

        return all;
    }
}
