using System.Globalization;

namespace RespKv.Load;

/// <summary>Prints the servers of one workload as a table: in columns for a terminal, or as markdown.</summary>
internal static class ReportTable
{
    private static readonly string[] Header =
        ["server", "requests/s (min-max)", "ratio", "server CPU us/request", "ratio", "load CPU us/request", "p50 ms", "p99 ms", "p99.9 ms", "max ms", "RSS MB"];

    public static void Print(TextWriter output, string title, IReadOnlyList<ServerResult> results, bool asMarkdown)
    {
        string[][] rows = [Header, .. results.Select(result => Row(result, results))];
        var widths = Enumerable.Range(0, Header.Length).Select(column => rows.Max(row => row[column].Length)).ToArray();
        output.WriteLine(asMarkdown ? $"### {title}\n" : title);
        foreach (var row in rows)
        {
            var cells = row.Select((cell, column) => column == 0 ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column]));
            output.WriteLine(asMarkdown ? $"| {string.Join(" | ", cells)} |" : string.Join("  ", cells));
            if (row == Header && asMarkdown)
            {
                output.WriteLine($"|---|{string.Concat(Enumerable.Repeat("---:|", Header.Length - 1))}");
            }
        }

        foreach (var result in results.Where(result => result.Misses > 0))
        {
            output.WriteLine(Invariant($"{result.Server}: {result.Misses:N0} keys were not there."));
        }

        output.WriteLine();
    }

    private static string[] Row(ServerResult result, IReadOnlyList<ServerResult> all)
    {
        var peers = all.Where(other => other != result).ToArray();
        return
        [
            result.Server,
            Invariant($"{result.RequestsPerSecond:N0} ({result.RequestsPerSecondMin:N0}-{result.RequestsPerSecondMax:N0})"),
            Ratio(result.RequestsPerSecond, peers.Max(peer => (double?)peer.RequestsPerSecond)),
            result.ServerCpuUs is { } cpu ? Microseconds(cpu) : "-",
            Ratio(result.ServerCpuUs, peers.Min(peer => peer.ServerCpuUs)),
            Microseconds(result.LoadCpuUs),
            Milliseconds(result.LatencyMs(50)),
            Milliseconds(result.LatencyMs(99)),
            Milliseconds(result.LatencyMs(99.9)),
            Milliseconds(result.LatencyMaxMs),
            result.ResidentBytes is { } bytes ? Invariant($"{bytes / 1e6:N0}") : "-",
        ];
    }

    /// <summary>A figure as a multiple of that of the best of the other servers.</summary>
    private static string Ratio(double? own, double? bestPeer) =>
        own is not null && bestPeer > 0 ? Invariant($"{own / bestPeer:0.00}") : "-";

    private static string Microseconds(double us) => Invariant($"{us:0.00}");

    private static string Milliseconds(double ms) => Invariant($"{ms:0.000}");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
