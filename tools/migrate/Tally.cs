namespace RespKv.Migrate;

/// <summary>What has been done, in counts.</summary>
internal sealed class Tally
{
    /// <summary>Keys looked at.</summary>
    public long Seen { get; set; }

    public long Copied { get; set; }

    public long Bytes { get; set; }

    /// <summary>Keys that the target had and kept.</summary>
    public long Existing { get; set; }

    /// <summary>Keys that were there when they were listed and not any more when they were read.</summary>
    public long Gone { get; set; }

    /// <summary>Keys that the target cannot have, by what they are.</summary>
    public SortedDictionary<string, long> Unsupported { get; init; } = new(StringComparer.Ordinal);

    /// <summary>Keys by type.</summary>
    public SortedDictionary<string, long> Types { get; init; } = new(StringComparer.Ordinal);

    public void CountUnsupported(string what) => Unsupported[what] = Unsupported.GetValueOrDefault(what) + 1;

    public void CountType(string type) => Types[type] = Types.GetValueOrDefault(type) + 1;

    public void Add(Tally other)
    {
        Seen += other.Seen;
        Copied += other.Copied;
        Bytes += other.Bytes;
        Existing += other.Existing;
        Gone += other.Gone;
        foreach (var (what, count) in other.Unsupported)
            Unsupported[what] = Unsupported.GetValueOrDefault(what) + count;
        foreach (var (type, count) in other.Types)
            Types[type] = Types.GetValueOrDefault(type) + count;
    }

    /// <summary>Keys by what they are: <c>12 list, 3 zset</c>.</summary>
    public static string Show(IEnumerable<KeyValuePair<string, long>> counts) => string.Join(", ", counts.Select(pair => $"{Reply.Number(pair.Value)} {pair.Key}"));
}
