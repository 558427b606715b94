using RespKv.Load;
using RespKv.Load.Table;
using RespKv.Tests.Support;

namespace RespKv.Tests.Load;

/// <summary>How the table of speeds is printed.</summary>
public sealed class TableReportTests
{
    private static readonly TableRow Row = TableRows.All.Single(row => row.Name == "get-16");

    [Fact]
    public void A_row_shows_figures_ratios_goals_and_what_became_of_them()
    {
        var subject = VerdictTests.Served("respkv", Role.Subject, rate: 1_500_000, cpu: 0.9, busy: 97);
        var broken = new Line("other", Role.Peer) { Fault = "\u001b[31mno | such\ncommand\u001b[0m" };
        var report = Report();
        report.Add(Row, new RowResult([subject, VerdictTests.Served("redis", Role.Peer, rate: 1_000_000, cpu: 1), broken]));

        var lines = report.ToString().Split('\n');
        Assert.Contains(
            "| GET, 50 connections, pipeline of 16 | respkv | 1,500,000 (1,500,000-1,500,000) | 1.50 | 0.90 (0.90-0.90) | 0.90 | 0.30 | **97** | rate at least 1.1, CPU at most 0.8 | missed (CPU decides): CPU 0.90 |",
            lines);
        Assert.Contains("|  | redis | 1,000,000 (1,000,000-1,000,000) |  | 1.00 (1.00-1.00) |  | 0.30 | 50 |  |  |", lines);
        Assert.Contains("|  | other | - |  | - |  | - | - |  | failed: no / such command |", lines);
        Assert.Contains("Of 1 lines with goals 0 met them, 1 missed, 0 had nothing to be compared with, 0 failed.", lines);
        Assert.Contains("- `get-16`, respkv: missed (CPU decides): CPU 0.90", lines);
        Assert.False(report.HasFailures);
    }

    [Fact]
    public void All_rows_of_a_table_have_as_many_cells_as_its_head()
    {
        var report = Report();
        foreach (var row in TableRows.All)
            report.Add(row, new RowResult([new Line("respkv", Role.Subject), new Line("garnet", Role.NotCounted)]));
        report.Add(Row, new RowResult([], "nobody has it"));

        foreach (var table in report.ToString().Split("\n### ").Skip(1))
        {
            var rows = table.Split('\n').Where(line => line.StartsWith('|')).Select(line => line.Count(letter => letter == '|')).ToArray();
            Assert.True(rows.Length > 2 && rows.Distinct().Count() == 1, table);
        }
    }

    [Fact]
    public void What_stands_around_the_table_of_a_page_stays()
    {
        using var folder = new TemporaryFolder();
        var page = folder["benchmarks.md"];
        File.WriteAllText(page, $"before\n{TableReport.Begin}\nold\n{TableReport.End}\nbehind\n");
        var report = Report();
        report.WriteTo(page);
        report.Add(Row, new RowResult([VerdictTests.Served("respkv", Role.Subject, rate: 1, cpu: 1)]));
        report.WriteTo(page);
        Assert.Equal($"before\n{TableReport.Begin}\n{report}{TableReport.End}\nbehind\n", File.ReadAllText(page));
    }

    [Fact]
    public void The_page_of_benchmarks_has_the_place_for_it()
    {
        var page = File.ReadAllText(Repository.PathOf("docs", "benchmarks.md"));
        Assert.True(page.IndexOf(TableReport.Begin, StringComparison.Ordinal) is >= 0 and var begin && page.IndexOf(TableReport.End, StringComparison.Ordinal) > begin);
    }

    private static TableReport Report() =>
        new(new TableOptions { Servers = [], CommandLine = "dotnet run" }, [new Entrant(ServerSpec.Parse("respkv"), "respkv 0.1.0", IsSubject: true)], "a machine", DateTimeOffset.UnixEpoch);
}
