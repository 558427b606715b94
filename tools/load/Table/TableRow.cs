namespace RespKv.Load.Table;

/// <summary>A row of the table: one kind of work, measured on all servers.</summary>
/// <param name="Name">As given to <c>--rows</c>.</param>
/// <param name="Title">In the table.</param>
/// <param name="Section">The table that it is in.</param>
internal abstract record TableRow(string Name, string Title, Section Section)
{
    /// <summary>Measures the row.</summary>
    public abstract RowResult Run(TableOptions options, IReadOnlyList<Entrant> entrants, Fleet fleet);
}

/// <summary>What a row showed.</summary>
/// <param name="Lines">Of each server.</param>
/// <param name="Remark">What belongs to the row's title and was not known before, or null.</param>
internal sealed record RowResult(IReadOnlyList<Line> Lines, string? Remark = null);
