using System.Globalization;

namespace RespKv.Server.Hosting;

/// <summary>A table in plain text: a line of headings, columns parted by blanks, numbers to the right.</summary>
internal sealed class TextTable(params string[] headings)
{
    private readonly List<string[]> rows = [headings];
    private readonly bool[] isNumber = new bool[headings.Length];

    /// <summary>Adds a row; null is an empty cell.</summary>
    public void Add(params object?[] cells)
    {
        for (var i = 0; i < cells.Length; i++)
            isNumber[i] |= cells[i] is long or int;
        rows.Add([.. cells.Select(cell => Convert.ToString(cell, CultureInfo.InvariantCulture) ?? "")]);
    }

    public void WriteTo(TextWriter writer)
    {
        var widths = isNumber.Select((_, i) => rows.Max(row => row[i].Length)).ToArray();
        foreach (var row in rows)
            writer.WriteLine(string.Join("  ", row.Select((cell, i) => isNumber[i] ? cell.PadLeft(widths[i]) : cell.PadRight(widths[i]))).TrimEnd());
    }
}
