using System.Diagnostics;
using RespKv.Server.Storage.Faster;

namespace RespKv.Server.Commands;

/// <summary>
/// What can only be known by looking again and again: rates, and the most memory ever. <see cref="Sample"/> is to be called about ten times a second, by one thread;
/// the figures are means over the last 16 calls. Others read.
/// </summary>
internal sealed class ServerSampler(ServerStats stats, FasterStore store)
{
    private const int SamplesMax = 16;

    private readonly Queue<(long Timestamp, Counts Counts)> samples = new();
    private readonly Lock sampling = new();
    private long peakBytes;
    private Rates rates;

    /// <summary>Bytes that the store took when it was empty.</summary>
    public long StartupBytes { get; } = store.UsedBytes;

    /// <summary>Bytes that the data takes: exactly what <c>maxmemory</c> limits, so that operators can set the one from the other.</summary>
    public long UsedBytes => store.UsedBytes;

    /// <summary>The most bytes that <see cref="UsedBytes"/> was seen to be.</summary>
    public long PeakBytes => Math.Max(Interlocked.Read(ref peakBytes), UsedBytes);

    public Rates Current
    {
        get
        {
            lock (sampling)
                return rates;
        }
    }

    public void Sample()
    {
        lock (sampling)
        {
            Interlocked.Exchange(ref peakBytes, PeakBytes);
            var now = (Timestamp: Stopwatch.GetTimestamp(), Counts: Count());
            if (samples.TryPeek(out var oldest))
                rates = now.Counts.Since(oldest.Counts, Stopwatch.GetElapsedTime(oldest.Timestamp, now.Timestamp).TotalSeconds);
            samples.Enqueue(now);
            if (samples.Count > SamplesMax)
                samples.Dequeue();
        }
    }

    public void Reset()
    {
        lock (sampling)
        {
            samples.Clear();
            rates = default;
            Interlocked.Exchange(ref peakBytes, 0);
        }
    }

    private Counts Count() => new(stats.Sum(c => c.Commands), stats.Sum(c => c.InputBytes), stats.Sum(c => c.OutputBytes));

    /// <summary>Means per second.</summary>
    internal readonly record struct Rates(double Commands, double InputBytes, double OutputBytes);

    private readonly record struct Counts(long Commands, long InputBytes, long OutputBytes)
    {
        public Rates Since(Counts earlier, double seconds) => seconds <= 0 ? default : new Rates(
            Math.Max(Commands - earlier.Commands, 0) / seconds,
            Math.Max(InputBytes - earlier.InputBytes, 0) / seconds,
            Math.Max(OutputBytes - earlier.OutputBytes, 0) / seconds);
    }
}
