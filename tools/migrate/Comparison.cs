namespace RespKv.Migrate;

/// <summary>What a comparison has found.</summary>
internal sealed class Comparison(int shown)
{
    private readonly List<string> lines = [];

    /// <summary>Keys that both have as they should be.</summary>
    public long Same { get; set; }

    /// <summary>Differences by kind.</summary>
    public SortedDictionary<string, long> Differences { get; } = new(StringComparer.Ordinal);

    /// <summary>Keys of types that the target does not have at all, by type.</summary>
    public SortedDictionary<string, long> Unsupported { get; } = new(StringComparer.Ordinal);

    public long Repaired { get; set; }

    public long DifferenceCount => Differences.Values.Sum();

    /// <summary>The first ones, a line each.</summary>
    public IReadOnlyList<string> Lines => lines;

    public void Add(Space space, byte[] key, string kind, string detail = "")
    {
        Differences[kind] = Differences.GetValueOrDefault(kind) + 1;
        if (lines.Count < shown)
            lines.Add($"{space} {KeyCopier.Shown(key)}: {kind}{(detail.Length > 0 ? ", " + detail : "")}");
    }
}
