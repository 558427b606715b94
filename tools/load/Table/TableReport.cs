using System.Globalization;
using System.Text.RegularExpressions;

namespace RespKv.Load.Table;

/// <summary>The table as markdown: what was measured and how, the goals, and a table for each section.</summary>
internal sealed partial class TableReport(TableOptions options, IReadOnlyList<Entrant> entrants, string machine, DateTimeOffset began)
{
    /// <summary>Lines of a file between which the report goes, so that a page may have more than the report.</summary>
    public const string Begin = "<!-- table: written by tools/load -->";

    public const string End = "<!-- end of the table -->";

    private const int FaultLettersMax = 240;

    private readonly List<(TableRow Row, RowResult Result)> rows = [];

    public void Add(TableRow row, RowResult result) => rows.Add((row, result));

    /// <summary>Whether a server whose goals they are could not be measured.</summary>
    public bool HasFailures => Judged().Any(each => each.Verdict.Outcome == Outcome.Failed);

    /// <summary>Writes the report to a file; where the file has the lines for it, what is between them is replaced.</summary>
    public void WriteTo(string path)
    {
        var report = ToString();
        var old = File.Exists(path) ? File.ReadAllText(path) : "";
        var (begin, end) = (old.IndexOf(Begin, StringComparison.Ordinal), old.IndexOf(End, StringComparison.Ordinal));
        File.WriteAllText(path, begin >= 0 && end > begin ? $"{old[..(begin + Begin.Length)]}\n{report}{old[end..]}" : report);
    }

    public override string ToString()
    {
        var text = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
        WriteHead(text);
        foreach (var section in rows.Select(each => each.Row.Section).Distinct())
        {
            WriteSection(text, section);
        }

        return text.ToString();
    }

    private void WriteHead(TextWriter text)
    {
        text.WriteLine(Invariant($"Measured on {began:yyyy-MM-dd} on {machine}; medians of {options.Rounds} rounds of {options.Seconds} s, the servers in turns, load threads: {options.Threads}."));
        if (options.IsQuick)
        {
            text.WriteLine("A quick run: it shows that everything works, and its figures mean nothing.");
        }

        text.WriteLine($"\n```sh\n{options.CommandLine}\n```\n");
        text.WriteLine("| server | version | in memory | with a log |\n|---|---|---|---|");
        foreach (var entrant in entrants)
        {
            text.WriteLine($"| {entrant.Spec.Name} | {entrant.Version} | `{entrant.Spec.Command}` | {(entrant.Spec.LogCommand is { } log ? $"`{log}`" : "-")} |");
        }

        var judged = Judged().ToArray();
        text.WriteLine(Invariant($"\nOf {judged.Length} lines with goals {Count(Outcome.Met)} met them, {Count(Outcome.Missed)} missed, {Count(Outcome.Open)} had nothing to be compared with, {Count(Outcome.Failed)} failed."));
        foreach (var (row, line, verdict) in judged.Where(each => each.Verdict.Outcome is Outcome.Missed or Outcome.Failed))
        {
            text.WriteLine($"- `{row.Name}`, {line.Server}: {verdict.Text}");
        }

        text.WriteLine();

        int Count(Outcome outcome) => judged.Count(each => each.Verdict.Outcome == outcome);
    }

    private void WriteSection(TextWriter text, Section section)
    {
        text.WriteLine($"### {section.Title}\n\n{section.Text}\n");
        string[] header = ["work", "server", .. section.Columns.SelectMany(Headings), "goal", ""];
        text.WriteLine(Joined(header));
        text.WriteLine($"|---|---|{string.Concat(section.Columns.SelectMany(Headings).Select(_ => "---:|"))}---|---|");
        foreach (var (row, result) in rows.Where(each => each.Row.Section == section))
        {
            var title = result.Remark is null ? row.Title : $"{row.Title}; {result.Remark}";
            if (result.Lines.Count == 0)
            {
                text.WriteLine(Joined([title, "-", .. section.Columns.SelectMany(Headings).Select(_ => ""), "", ""]));
            }

            foreach (var line in result.Lines)
            {
                text.WriteLine(Joined([line == result.Lines[0] ? title : "", line.Server, .. Cells(section, line, result.Lines), .. Judgement(line, result.Lines)]));
            }
        }

        text.WriteLine();
    }

    private static string[] Headings(Measure measure) => measure.Better == Better.Neither ? [measure.Title] : [measure.Title, "ratio"];

    private static IEnumerable<string> Cells(Section section, Line line, IReadOnlyList<Line> lines) => section.Columns.SelectMany(measure =>
    {
        var figures = Figures(measure, line);
        return measure.Better == Better.Neither
            ? new[] { measure == Measure.LoadBusy && Verdict.IsLoadSaturated(line) ? $"**{figures}**" : figures }
            : [figures, line.Role == Role.Subject && line.Ratio(measure, lines) is { } ratio ? Invariant($"{ratio:0.00}") : ""];
    });

    /// <summary>The median, and where it is compared the least and the greatest of the rounds.</summary>
    private static string Figures(Measure measure, Line line)
    {
        if (line.Median(measure) is not { } median)
        {
            return "-";
        }

        var shown = Show(median);
        return measure.Better == Better.Neither ? shown : $"{shown} ({Show(line.Min(measure)!.Value)}-{Show(line.Max(measure)!.Value)})";

        string Show(double figure) => figure.ToString(measure.Format, CultureInfo.InvariantCulture);
    }

    private static string[] Judgement(Line line, IReadOnlyList<Line> lines)
    {
        var goals = string.Join(", ", line.Goals);
        if (line.Fault is { } fault)
        {
            return [goals, $"failed: {OneLine(fault)}"];
        }

        return [goals, line.Role == Role.NotCounted && line.Goals.Count == 0 ? "not counted" : Verdict.Of(line, lines).Text];
    }

    private IEnumerable<(TableRow Row, Line Line, Verdict Verdict)> Judged() =>
        from each in rows
        from line in each.Result.Lines
        let verdict = Verdict.Of(line, each.Result.Lines)
        where verdict.Outcome != Outcome.None
        select (each.Row, line, verdict);

    /// <summary>What a server said, without the colours and the pictures of its start.</summary>
    private static string OneLine(string fault)
    {
        var text = string.Concat(Colour().Replace(fault, "").ReplaceLineEndings(" ").Select(letter => letter == '|' ? '/' : letter));
        return text.Length <= FaultLettersMax ? text : $"{text[..(FaultLettersMax / 2)]} ... {text[^(FaultLettersMax / 2)..]}";
    }

    [GeneratedRegex(@"\e\[[0-9;]*m")]
    private static partial Regex Colour();

    private static string Joined(IEnumerable<string> cells) => $"| {string.Join(" | ", cells)} |";

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
