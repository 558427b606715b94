using RespKv.Server.Storage.Ordered;

namespace RespKv.Tests.Storage;

/// <summary>An ordered index beside a sorted set: both get the same calls. Keys are Latin-1 text, whose ordinal order is the order of their bytes.</summary>
internal sealed class OrderedModel(int seed) : IDisposable
{
    private readonly Random random = new(seed);
    private readonly SortedSet<string> keys = new(StringComparer.Ordinal);

    public OrderedKeyIndex Index { get; } = new();

    public int Count => keys.Count;

    public void Insert(string key) => Assert.Equal(keys.Add(key), Index.Insert(KeyCollector.Bytes(key)));

    public void Remove(string key) => Assert.Equal(keys.Remove(key), Index.Remove(KeyCollector.Bytes(key)));

    /// <summary>Inserts and removes keys that share prefixes, hold 00 and FF, are empty, or at times are very long.</summary>
    public void Run(int steps, int insertsOfTen)
    {
        for (var i = 0; i < steps; i++)
        {
            if (random.Next(10) < insertsOfTen)
                Insert(Key());
            else
                Remove(random.Next(2) == 0 && keys.Count > 0 ? Near(Key()) : Key());
        }
    }

    public void RemoveAllBut(int oneOf)
    {
        var i = 0;
        foreach (var key in keys.ToList())
        {
            if (i++ % oneOf != 0)
                Remove(key);
        }
    }

    public void AssertSame()
    {
        Assert.Equal(keys, List("", null, int.MaxValue));
        Assert.Equal(keys.Count, Index.Count);
    }

    /// <summary>Lists with prefixes and from keys that may be there or not, and compares.</summary>
    public void AssertSameLists(int lists)
    {
        for (var i = 0; i < lists; i++)
        {
            var prefix = Key();
            prefix = prefix[..random.Next(Math.Min(prefix.Length, 12) + 1)];
            var after = random.Next(3) switch { 0 => null, 1 => Key(), _ => prefix + (char)random.Next(256) };
            var limit = random.Next(1, 50);
            var expected = keys.Where(k => k.StartsWith(prefix, StringComparison.Ordinal));
            Assert.Equal(Math.Min(expected.Count(), limit), Index.CountPrefix(KeyCollector.Bytes(prefix), limit));
            expected = expected.Where(k => after == null || string.CompareOrdinal(k, after) > 0).Take(limit);
            Assert.Equal(expected, List(prefix, after, limit));
        }
    }

    public List<string> List(string prefix, string? after, int limit)
    {
        var found = new KeyCollector();
        var count = Index.List(KeyCollector.Bytes(prefix), KeyCollector.Bytes(after ?? ""), after != null, limit, found);
        Assert.Equal(found.Keys.Count, count);
        return found.Keys;
    }

    public void Dispose() => Index.Dispose();

    private string Near(string key) => keys.GetViewBetween(key, "\u00FF\u00FF\u00FF\u00FF").FirstOrDefault() ?? keys.Min!;

    private string Key() => random.Next(40) switch
    {
        0 => "",
        1 => new string('\u00FF', random.Next(1, 5)),
        2 => new string('\0', random.Next(1, 5)),
        3 => "user:" + new string('l', random.Next(100, 700)) + random.Next(5),
        4 when random.Next(20) == 0 => new string('v', 65_530) + random.Next(100),
        5 => "key:" + (char)random.Next(256) + (char)random.Next(256),
        < 20 => "user:" + random.Next(3000),
        < 30 => "session:of:somebody:" + random.NextInt64(1L << 40).ToString("x"),
        _ => "key:" + random.Next(2000).ToString("D8"),
    };
}
