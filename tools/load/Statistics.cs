namespace RespKv.Load;

/// <summary>What is said of the rounds of a measurement.</summary>
internal static class Statistics
{
    /// <summary>The middle figure, or the mean of the two in the middle.</summary>
    public static double Median(IEnumerable<double> figures)
    {
        var sorted = figures.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
