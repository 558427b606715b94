using System.Globalization;
using System.Text;

namespace RespKv.Server.Commands;

/// <summary>What LATENCY DOCTOR and LATENCY GRAPH say and draw.</summary>
internal static class LatencyReport
{
    private const int GraphRows = 4;
    private const int GraphColumnsMax = 80;

    public static string Doctor(ServerState server)
    {
        if (server.Latency.ThresholdMs == 0)
            return "Latency is not watched: latency-monitor-threshold is 0. Set it to some milliseconds, by CONFIG SET latency-monitor-threshold, and ask again when slow calls may have happened.\n";
        var events = server.Latency.Events();
        if (events.Length == 0)
            return Invariant($"No event has taken {server.Latency.ThresholdMs} ms or longer since watching began.\n");
        var text = new StringBuilder();
        foreach (var (name, samples, longestMs) in events)
            Describe(text, name, samples, longestMs);
        text.Append("What may help: SLOWLOG GET shows the calls; KEYS, large values and wide ranges take long; see whether the machine swaps or shares its processors.\n");
        return text.ToString();
    }

    /// <summary>Columns of # whose heights show how the delays compare, and below them how long ago each was.</summary>
    public static string Graph(string name, LatencySample[] samples, long nowSeconds)
    {
        var shown = samples[^Math.Min(samples.Length, GraphColumnsMax)..];
        var (low, high) = (shown.Min(s => s.Milliseconds), shown.Max(s => s.Milliseconds));
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{name} - high {high} ms, low {low} ms (all time high {samples.Max(s => s.Milliseconds)} ms)\n");
        text.Append('-', GraphColumnsMax).Append('\n');
        for (var row = GraphRows; row > 0; row--)
        {
            foreach (var sample in shown)
                text.Append(HeightOf(sample.Milliseconds, low, high) >= row ? '#' : row == 1 ? '_' : ' ');
            text.Append('\n');
        }

        text.Append('\n');
        AppendAges(text, shown, nowSeconds);
        return text.ToString();
    }

    private static int HeightOf(long value, long low, long high) =>
        high == low ? GraphRows : 1 + (int)((value - low) * (GraphRows - 1) / (high - low));

    // Ages are written downwards, one column each: 15s, 3m, 2h, 1d.
    private static void AppendAges(StringBuilder text, LatencySample[] shown, long nowSeconds)
    {
        var ages = shown.Select(s => Age(Math.Max(nowSeconds - s.UnixSeconds, 0))).ToArray();
        for (var line = 0; line < ages.Max(a => a.Length); line++)
        {
            foreach (var age in ages)
                text.Append(line < age.Length ? age[line] : ' ');
            text.Append('\n');
        }
    }

    private static string Age(long seconds) => seconds switch
    {
        < 60 => Invariant($"{seconds}s"),
        < 3600 => Invariant($"{seconds / 60}m"),
        < 86_400 => Invariant($"{seconds / 3600}h"),
        _ => Invariant($"{seconds / 86_400}d"),
    };

    private static void Describe(StringBuilder text, string name, LatencySample[] samples, long longestMs)
    {
        var mean = samples.Average(s => s.Milliseconds);
        var span = samples[^1].UnixSeconds - samples[0].UnixSeconds;
        text.Append(CultureInfo.InvariantCulture, $"{name}: {samples.Length} delays in {span} seconds, {mean:F1} ms on average, {longestMs} ms at worst.\n");
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
