using System.Diagnostics;

namespace RespKv.Server.Http;

/// <summary>Kinds of requests, as the figures tell them apart.</summary>
internal enum HttpOperation
{
    Get,
    BulkGet,
    List,
    Put,
    Delete,
    Rest,
    Other,
}

/// <summary>What has been served over HTTP: counts by kind and status, times by kind. Written by all threads, read at any time.</summary>
internal sealed class HttpFigures
{
    /// <summary>Upper bounds of the buckets of times, in seconds; one bucket more holds what took longer.</summary>
    public static readonly double[] TimeBounds = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    private const int StatusClasses = 6;
    private static readonly int Operations = Enum.GetValues<HttpOperation>().Length;

    private readonly long[] counts = new long[Operations * StatusClasses];
    private readonly long[] times = new long[Operations * (TimeBounds.Length + 1)];
    private readonly long[] ticks = new long[Operations];
    private long hits;
    private long misses;
    private long connections;
    private long inProgress;

    /// <summary>Keys that were read and were there.</summary>
    public long Hits => Interlocked.Read(ref hits);

    /// <summary>Keys that were asked for and were not there.</summary>
    public long Misses => Interlocked.Read(ref misses);

    /// <summary>Open connections.</summary>
    public long Connections => Interlocked.Read(ref connections);

    public void CountLookup(bool found) => Interlocked.Increment(ref found ? ref hits : ref misses);

    /// <summary>Requests that are being served.</summary>
    public long InProgress => Interlocked.Read(ref inProgress);

    public void RequestBegan() => Interlocked.Increment(ref inProgress);

    public void ConnectionOpened() => Interlocked.Increment(ref connections);

    public void ConnectionClosed() => Interlocked.Decrement(ref connections);

    /// <summary>Enters a request that has been answered, or broken off.</summary>
    public void Count(HttpOperation operation, int status, long elapsedTicks)
    {
        Interlocked.Decrement(ref inProgress);
        Interlocked.Increment(ref counts[((int)operation * StatusClasses) + Math.Clamp(status / 100, 0, StatusClasses - 1)]);
        Interlocked.Add(ref ticks[(int)operation], elapsedTicks);
        var seconds = (double)elapsedTicks / Stopwatch.Frequency;
        var bucket = 0;
        while (bucket < TimeBounds.Length && seconds > TimeBounds[bucket])
            bucket++;
        Interlocked.Increment(ref times[((int)operation * (TimeBounds.Length + 1)) + bucket]);
    }

    /// <summary>Requests of a kind whose status was of a class: 2 for 200 to 299.</summary>
    public long Requests(HttpOperation operation, int statusClass) => Interlocked.Read(ref counts[((int)operation * StatusClasses) + statusClass]);

    /// <summary>Requests of a kind whose time is in a bucket.</summary>
    public long InBucket(HttpOperation operation, int bucket) => Interlocked.Read(ref times[((int)operation * (TimeBounds.Length + 1)) + bucket]);

    /// <summary>Time that all requests of a kind took, in seconds.</summary>
    public double Seconds(HttpOperation operation) => (double)Interlocked.Read(ref ticks[(int)operation]) / Stopwatch.Frequency;
}
