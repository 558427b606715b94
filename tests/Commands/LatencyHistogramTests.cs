using System.Diagnostics;
using RespKv.Server.Commands;

namespace RespKv.Tests.Commands;

public sealed class LatencyHistogramTests
{
    private static readonly long TicksPerMicrosecond = Stopwatch.Frequency / 1_000_000;

    [Theory]
    [InlineData(50, 500)]
    [InlineData(99, 990)]
    [InlineData(100, 1000)]
    public void Percentiles_are_right_to_a_sixteenth(double percentile, long microseconds)
    {
        var histogram = new LatencyHistogram();
        foreach (var time in Enumerable.Range(1, 1000))
            histogram.Add(time * TicksPerMicrosecond);
        Assert.InRange(histogram.Percentile(percentile), microseconds * 1000 * 15 / 16, microseconds * 1000 * 17 / 16);
    }

    [Fact]
    public void Calls_are_counted_below_powers_of_two()
    {
        var histogram = new LatencyHistogram();
        histogram.Add(3 * TicksPerMicrosecond);
        histogram.Add(30 * TicksPerMicrosecond);
        Assert.Equal(0, histogram.CountBelow(2048));
        Assert.Equal(1, histogram.CountBelow(4096));
        Assert.Equal(2, histogram.CountBelow(32768));
    }

    [Fact]
    public void Very_long_calls_count_in_the_last_bucket()
    {
        var histogram = new LatencyHistogram();
        histogram.Add(Stopwatch.Frequency * 100);
        Assert.Equal(1, histogram.Count);
        Assert.Equal(1, histogram.CountBelow(1L << 30));
        Assert.InRange(histogram.Percentile(50), 900_000_000, 1_200_000_000);
    }

    [Fact]
    public void Sums_hold_the_calls_of_both()
    {
        var (first, second) = (new LatencyHistogram(), new LatencyHistogram());
        first.Add(TicksPerMicrosecond);
        second.Add(1000 * TicksPerMicrosecond);
        first.Add(second);
        Assert.Equal(2, first.Count);
        Assert.InRange(first.Percentile(100), 940_000, 1_063_000);
    }
}
