namespace RespKv.Load.Table;

/// <summary>Every setting of a run of the table; <see cref="TableCommandLine"/> says what each means and its default.</summary>
internal sealed record TableOptions
{
    private const long KeptWhenQuick = 100_000;
    private const int QuickDivisor = 50;

    public required IReadOnlyList<ServerSpec> Servers { get; init; }

    /// <summary>Patterns of names of rows, with <c>*</c>; none for all.</summary>
    public IReadOnlyList<string> Rows { get; init; } = [];

    public int Rounds { get; init; } = 5;
    public double Seconds { get; init; } = 3;
    public double WarmUpSeconds { get; init; } = 1;

    /// <summary>Length of the measurements of idle servers, whose little CPU the kernel tells in steps of 10 ms.</summary>
    public double IdleSeconds { get; init; } = 10;

    public int Threads { get; init; } = 1;
    public ulong Seed { get; init; } = 1;
    public long RecoveryKeys { get; init; } = 1_000_000;

    /// <summary>Whether the figures do not matter: fewer keys, and shorter rounds by the defaults of the command line.</summary>
    public bool IsQuick { get; init; }

    /// <summary>Where the report goes, or null: to the standard output alone.</summary>
    public string? Output { get; init; }

    /// <summary>What was typed, to be printed above the figures.</summary>
    public string CommandLine { get; init; } = "";

    /// <summary>How many keys a row takes that is meant to have so many.</summary>
    public long Keys(long meant) => IsQuick && meant > KeptWhenQuick ? meant / QuickDivisor : meant;

    /// <summary>Whether a row of this name was asked for.</summary>
    public bool Selects(string row) => Rows.Count == 0 || Rows.Any(pattern => System.IO.Enumeration.FileSystemName.MatchesSimpleExpression(pattern, row));
}
