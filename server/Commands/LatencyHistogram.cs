using System.Diagnostics;
using System.Numerics;

namespace RespKv.Server.Commands;

/// <summary>
/// How long the calls of a command took, in buckets whose width grows with the time: sixteen to each power of two, so a percentile is right to about 6 %. Written by the
/// thread that has the lease, read by others at any time.
/// </summary>
internal sealed class LatencyHistogram
{
    private const int StepBits = 4;
    private const int Steps = 1 << StepBits;

    // Longer calls, from about one second on, all count in the last bucket; Redis's histograms end there as well.
    private const int TopBit = 30;
    private const int Buckets = (TopBit - StepBits + 1) * Steps;

    private readonly uint[] counts = new uint[Buckets];

    public long Count { get; private set; }

    /// <summary>Enters a call.</summary>
    /// <param name="ticks">Its time, in ticks of the stopwatch.</param>
    public void Add(long ticks)
    {
        counts[BucketOf(ToNanoseconds(ticks))]++;
        Count++;
    }

    public void Add(LatencyHistogram other)
    {
        for (var i = 0; i < Buckets; i++)
            counts[i] += other.counts[i];
        Count += other.Count;
    }

    /// <summary>The time in nanoseconds that <paramref name="percentile"/> percent of the calls did not exceed; 0 without calls.</summary>
    public long Percentile(double percentile)
    {
        var wanted = Math.Max((long)Math.Ceiling(Count * percentile / 100), 1);
        var seen = 0L;
        for (var i = 0; i < Buckets; i++)
        {
            seen += counts[i];
            if (seen >= wanted)
                return LowerBound(i + 1) - 1;
        }

        return 0;
    }

    /// <summary>Calls that took less than so many nanoseconds, a power of two.</summary>
    public long CountBelow(long nanoseconds)
    {
        var end = nanoseconds >= 1L << TopBit ? Buckets : BucketOf(nanoseconds);
        var seen = 0L;
        for (var i = 0; i < end; i++)
            seen += counts[i];
        return seen;
    }

    private static long ToNanoseconds(long ticks) =>
        Stopwatch.Frequency == 1_000_000_000 ? ticks : (long)(ticks * (1e9 / Stopwatch.Frequency));

    // The position of the highest bit chooses the row, the bits behind it the step in the row.
    private static int BucketOf(long nanoseconds)
    {
        if (nanoseconds < Steps)
            return (int)Math.Max(nanoseconds, 0);
        var top = BitOperations.Log2((ulong)nanoseconds);
        if (top >= TopBit)
            return Buckets - 1;
        var row = top - StepBits + 1;
        return (row * Steps) + (int)((nanoseconds >> (top - StepBits)) & (Steps - 1));
    }

    private static long LowerBound(int bucket)
    {
        var row = bucket / Steps;
        return row == 0 ? bucket : (long)(Steps + (bucket % Steps)) << (row - 1);
    }
}
