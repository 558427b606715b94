using RespKv.Server.Storage.Directory;

namespace RespKv.Tests.Storage;

/// <summary>
/// A directory beside a plain dictionary of what the records say: both get the same calls, as the store would make them. The clock is the model's own, Unix ms.
/// </summary>
internal sealed class DirectoryModel(int seed) : IDisposable
{
    // A key is due at the first tick of 250 ms after its expiry.
    private const int TickMs = 250;

    private readonly Random random = new(seed);
    private readonly Dictionary<string, (byte Type, long ExpiresAtMs)> records = [];
    private long latestMs;

    public KeyDirectory Directory { get; } = new();

    public int Count => records.Count;

    public IReadOnlyCollection<string> Keys => records.Keys;

    public long NowMs { get; set; } = new DateTimeOffset(2026, 5, 4, 3, 2, 1, TimeSpan.Zero).ToUnixTimeMilliseconds();

    /// <summary>Bits of the hash that count: few make many keys share a position.</summary>
    public ulong HashMask { get; init; } = ulong.MaxValue;

    public ulong Hash(string key) => KeyCollector.Hash(KeyCollector.Bytes(key)) & HashMask;

    public void Run(int steps, int keysMax)
    {
        for (var i = 0; i < steps; i++)
            Step("key:" + random.Next(keysMax) + new string('x', random.Next(4) * (random.Next(20) == 0 ? 50 : 3)));
    }

    /// <summary>Moves the clock at random, mostly a little, at times by days or back, and reclaims what is due.</summary>
    public void RunClock(int steps)
    {
        for (var i = 0; i < steps; i++)
        {
            NowMs += random.Next(12) switch
            {
                0 => random.NextInt64(20L * 86_400_000),
                1 => -random.Next(1500),
                2 => random.Next(3_600_000),
                _ => random.Next(3000),
            };
            Run(200, 500);
            Reclaim();
        }
    }

    public void Set(string key, byte type, long expiresAtMs)
    {
        var isNew = !records.ContainsKey(key);
        Assert.Equal(isNew, Directory.Insert(KeyCollector.Bytes(key), Hash(key), type, expiresAtMs));
        records[key] = (type, expiresAtMs);
    }

    public void Remove(string key) =>
        Assert.Equal(records.Remove(key), Directory.Remove(KeyCollector.Bytes(key), Hash(key)));

    /// <summary>Changes an expiry; as in the store, one that moves later is not told.</summary>
    public void Expire(string key, long expiresAtMs)
    {
        if (!records.TryGetValue(key, out var record))
            return;
        var old = record.ExpiresAtMs;
        if (old != expiresAtMs && (old == 0 || expiresAtMs == 0 || expiresAtMs < old))
            Directory.SetExpiry(KeyCollector.Bytes(key), Hash(key), expiresAtMs);
        records[key] = (record.Type, expiresAtMs);
    }

    /// <summary>Does what maintenance does, and checks that no key is left whose time is up.</summary>
    public void Reclaim()
    {
        KeyCollector due;
        var turns = 0;
        do
        {
            Assert.True(turns++ < 1000, "keys are handed out as due again and again");
            due = new KeyCollector();
            Directory.CollectDue(NowMs, 100, due);
            foreach (var key in due.Keys)
                Settle(key);
        }
        while (due.Keys.Count > 0);

        // While the clock is behind where it has been, reclaiming may wait for it.
        if (NowMs >= latestMs)
            Assert.DoesNotContain(records, r => r.Value.ExpiresAtMs != 0 && r.Value.ExpiresAtMs <= NowMs - TickMs);
        latestMs = Math.Max(latestMs, NowMs);
    }

    public void AssertSame()
    {
        var all = ScanAll(count: 100);
        Assert.Equal(records.Keys.Order(StringComparer.Ordinal), all.Keys.Order(StringComparer.Ordinal));
        Assert.All(all.Keys.Zip(all.Types), k => Assert.Equal(records[k.First].Type, k.Second));
        Assert.Equal(records.Count, Directory.Count);
        Assert.Equal(records.Values.Count(r => r.ExpiresAtMs != 0), Directory.ExpiresCount);
        // What is not flagged is taken for alive without a look at the record.
        Assert.All(all.Keys.Zip(all.MayBeExpired), k => Assert.True(k.Second || !IsExpired(k.First)));
    }

    public KeyCollector ScanAll(int count)
    {
        var found = new KeyCollector();
        var cursor = 0UL;
        do
        {
            cursor = Directory.Scan(cursor, count, NowMs, found);
            Assert.True(cursor < 1UL << 53);
        }
        while (cursor != 0);
        return found;
    }

    public void Dispose() => Directory.Dispose();

    private bool IsExpired(string key) => records[key].ExpiresAtMs is not 0 and var expiry && expiry <= NowMs;

    private void Step(string key)
    {
        switch (random.Next(6))
        {
            case 0 or 1:
                Set(key, (byte)random.Next(5), random.Next(2) == 0 ? 0 : Expiry());
                break;
            case 2 or 3:
                Remove(key);
                break;
            case 4:
                Expire(key, Expiry());
                break;
            default:
                Expire(key, 0);
                break;
        }
    }

    private long Expiry() => NowMs + random.Next(4) switch
    {
        0 => random.NextInt64(400L * 86_400_000),
        1 => random.Next(3_600_000),
        _ => random.Next(20_000) + 1,
    };

    private void Settle(string key)
    {
        Assert.NotEqual(0, records[key].ExpiresAtMs);
        if (IsExpired(key))
            Remove(key);
        else
            Directory.Rearm(KeyCollector.Bytes(key), Hash(key), records[key].ExpiresAtMs);
    }
}
