namespace RespKv.Tests.Model;

/// <summary>Makes commands for a history: few keys, so that they meet; values of all sizes, the limit of what is kept in the log among them.</summary>
internal sealed class RandomCommands
{
    private static readonly string[] NumberedDatabases = ["0", "1", "2"];
    private static readonly string[] BitOperations = ["AND", "OR", "XOR", "NOT"];
    private static readonly string[] ExpireOptions = ["NX", "XX", "GT", "LT"];
    private static readonly string[] Counts = ["INCR", "DECR", "INCRBY", "DECRBY"];

    private readonly Random random;
    private readonly string[] keys;
    private readonly (int Weight, Func<string[]> Make)[] makers;
    private readonly int weights;

    public RandomCommands(Random random)
    {
        this.random = random;
        keys = [.. Enumerable.Range(0, 24).Select(i => $"key:{i}"), .. Enumerable.Range(0, 8).Select(i => $"k\xFF\0{i}"), new string('l', 300), "k", "counter:1", "counter:2"];
        makers =
        [
            (10, Set), (8, () => ["GET", Key()]), (4, GetEx), (3, () => ["GETDEL", Key()]), (3, () => ["GETSET", Key(), Value()]),
            (2, () => ["SETNX", Key(), Value()]), (2, () => ["SETEX", Key(), Text(1 + random.Next(4)), Value()]), (2, () => ["PSETEX", Key(), Text(1 + random.Next(3000)), Value()]),
            (10, () => ["APPEND", Key(), Value()]), (6, () => ["SETRANGE", Key(), Text(Offset()), Value()]),
            (4, () => ["GETRANGE", Key(), Text(random.Next(-50, 50)), Text(random.Next(-50, 400_000))]), (2, () => ["STRLEN", Key()]),
            (6, Count), (4, () => ["SETBIT", Key(), Text(random.Next(4000)), Text(random.Next(2))]), (2, () => ["GETBIT", Key(), Text(random.Next(4000))]),
            (2, () => ["BITCOUNT", Key()]), (2, () => ["BITPOS", Key(), Text(random.Next(2))]), (2, BitOp),
            (5, () => [random.Next(2) == 0 ? "DEL" : "UNLINK", .. Several()]), (2, () => [random.Next(2) == 0 ? "EXISTS" : "TOUCH", .. Several()]), (1, () => ["TYPE", Key()]),
            (10, Expire), (3, () => ["PERSIST", Key()]), (2, () => ["TTL", Key()]), (3, () => ["PTTL", Key()]), (1, () => ["EXPIRETIME", Key()]), (2, () => ["PEXPIRETIME", Key()]),
            (5, () => ["RENAME", Key(), Key()]), (3, () => ["RENAMENX", Key(), Key()]), (4, Copy), (3, () => ["MOVE", Key(), Database()]),
            (3, () => ["MSET", .. Pairs()]), (2, () => ["MSETNX", .. Pairs()]), (3, () => ["MGET", .. Several()]),
            (1, () => ["SWAPDB", Database(), Database()]), (1, () => ["FLUSHDB"]), (2, () => ["SELECT", Database()]),
            (1, () => ["KV.USE", Name()]), (1, () => ["KV.DROP", Name()]), (8, Put), (3, () => ["KV.GET", Key()]), (1, () => ["KV.MGET", .. Several()]),
            (4, () => ["KV.SETMETA", Key(), Metadata()]), (1, () => ["KV.DELPREFIX", "key:1"]), (1, () => ["KV.DELPREFIX", "k\xFF"]),
            (2, () => ["MULTI"]), (3, () => ["EXEC"]), (1, () => ["DISCARD"]),
        ];
        weights = makers.Sum(maker => maker.Weight);
    }

    /// <summary>Unix ms; some expiries are made from it.</summary>
    public long NowMs { get; set; }

    public string[] Next()
    {
        var at = random.Next(weights);
        foreach (var (weight, make) in makers)
        {
            at -= weight;
            if (at < 0)
                return make();
        }

        throw new InvalidOperationException("The weights do not add up.");
    }

    private static string Text(long number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private string Key() => keys[random.Next(keys.Length)];

    private string[] Several() => [.. Enumerable.Range(0, 1 + random.Next(4)).Select(_ => Key())];

    private string[] Pairs() => [.. Enumerable.Range(0, 1 + random.Next(4)).SelectMany(_ => new[] { Key(), Value() })];

    private string Database() => NumberedDatabases[random.Next(NumberedDatabases.Length)];

    private string Name() => "space " + random.Next(3);

    private string Metadata() => random.Next(4) == 0 ? "{\"tags\":[\"" + new string('m', random.Next(900)) + "\"]}" : random.Next(2) == 0 ? "null" : "{\"n\":" + random.Next(1000) + "}";

    private int Offset() => random.Next(20) switch { 0 => 262_144 - random.Next(20), < 4 => random.Next(5000), _ => random.Next(40) };

    private string Value()
    {
        var length = random.Next(100) switch
        {
            < 5 => 0,
            < 60 => random.Next(40),
            < 90 => random.Next(3000),
            < 96 => random.Next(100_000),
            < 99 => 262_144 + random.Next(-30, 30),
            _ => random.Next(300_000, 1_048_577),
        };
        return random.Next(8) == 0 ? Text(random.NextInt64(-1_000_000, 1_000_000)) : string.Create(length, random.Next(256), (letters, start) =>
        {
            for (var i = 0; i < letters.Length; i++)
                letters[i] = (char)(byte)((start + (i * 7)) ^ (i >> 8));
        });
    }

    private string[] Expiry() => random.Next(6) switch
    {
        0 => ["EX", Text(1 + random.Next(3))],
        1 => ["PX", Text(1 + random.Next(4000))],
        2 => ["EXAT", Text((NowMs / 1000) + random.Next(-1, 4))],
        3 => ["PXAT", Text(NowMs + random.Next(-100, 4000))],
        _ => [],
    };

    private string[] Set()
    {
        var expiry = Expiry();
        if (expiry.Length == 0 && random.Next(4) == 0)
            expiry = ["KEEPTTL"];
        string[] condition = random.Next(6) switch { 0 => ["NX"], 1 => ["XX"], _ => [] };
        string[] get = random.Next(5) == 0 ? ["GET"] : [];
        return ["SET", Key(), Value(), .. condition, .. get, .. expiry];
    }

    private string[] Put()
    {
        string[] metadata = random.Next(3) > 0 ? ["META", Metadata()] : [];
        string[] condition = random.Next(6) switch { 0 => ["NX"], 1 => ["XX"], _ => [] };
        return ["KV.PUT", Key(), Value(), .. Expiry(), .. metadata, .. condition];
    }

    private string[] GetEx() => ["GETEX", Key(), .. random.Next(4) == 0 ? ["PERSIST"] : Expiry()];

    private string[] Count()
    {
        var name = Counts[random.Next(Counts.Length)];
        var key = random.Next(3) == 0 ? Key() : "counter:" + (1 + random.Next(2));
        return name.EndsWith("BY", StringComparison.Ordinal) ? [name, key, Text(random.Next(6) == 0 ? long.MaxValue - 5 : random.Next(-500, 500))] : [name, key];
    }

    private string[] BitOp()
    {
        var operation = BitOperations[random.Next(BitOperations.Length)];
        return ["BITOP", operation, Key(), .. operation == "NOT" ? [Key()] : Several()];
    }

    private string[] Expire()
    {
        string[] time = random.Next(4) switch
        {
            0 => ["EXPIRE", Key(), Text(random.Next(-1, 5))],
            1 => ["PEXPIRE", Key(), Text(random.Next(-10, 4000))],
            2 => ["EXPIREAT", Key(), Text((NowMs / 1000) + random.Next(-1, 5))],
            _ => ["PEXPIREAT", Key(), Text(NowMs + random.Next(-10, 4000))],
        };
        return random.Next(3) == 0 ? [.. time, ExpireOptions[random.Next(ExpireOptions.Length)]] : time;
    }

    private string[] Copy()
    {
        string[] database = random.Next(3) == 0 ? ["DB", Database()] : [];
        string[] replace = random.Next(2) == 0 ? ["REPLACE"] : [];
        return ["COPY", Key(), Key(), .. database, .. replace];
    }
}
