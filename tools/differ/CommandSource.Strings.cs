namespace RespKv.Differ;

internal sealed partial class CommandSource
{
    private (int Weight, Func<string[]> Make)[] Strings() =>
    [
        (14, () => ["SET", words.Key(), words.Value(), .. SetOptions()]),
        (5, () => ["GET", words.Key()]), (4, () => ["GETDEL", words.Key()]), (4, () => ["GETSET", words.Key(), words.Value()]),
        (8, () => ["GETEX", words.Key(), .. words.Some(Lifetime, Lifetime, () => [words.Spelt("PERSIST")])]),
        (2, () => ["SETNX", words.Key(), words.Value()]), (3, () => ["SETEX", words.Key(), words.Seconds(), words.Value()]), (3, () => ["PSETEX", words.Key(), words.Milliseconds(), words.Value()]),
        (5, () => ["APPEND", words.Key(), words.Value()]), (3, () => ["STRLEN", words.Key()]),
        (5, () => ["SETRANGE", words.Key(), words.Small(0, 40), words.Value()]),
        (6, () => [words.One(["GETRANGE", "SUBSTR"]), words.Key(), words.Small(-20, 20), words.Small(-20, 60)]),
        (5, () => [words.Spelt(words.One(["INCR", "DECR"])), words.Key()]), (8, () => [words.One(["INCRBY", "DECRBY"]), words.Key(), words.Number()]),
        (9, () => ["INCRBYFLOAT", words.Key(), words.Number()]),
        (3, () => ["MGET", .. words.Many(4, words.Key)]), (3, () => ["MSET", .. words.Pairs(3, words.Key, words.Value)]), (3, () => ["MSETNX", .. words.Pairs(2, words.Key, words.Value)]),
        (5, () => ["LCS", words.Key(), words.Key(), .. words.Some(() => [words.Spelt("LEN")], () => [words.Spelt("IDX")], () => [words.Spelt("MINMATCHLEN"), words.Small(-1, 5)], () => [words.Spelt("WITHMATCHLEN")])]),
    ];

    private string[] SetOptions() => words.Some(
        Lifetime, Lifetime, () => [words.Spelt("NX")], () => [words.Spelt("XX")], () => [words.Spelt("GET")], () => [words.Spelt("KEEPTTL")]);

    private string[] Lifetime() => random.Next(4) switch
    {
        0 => [words.Spelt("EX"), words.Seconds()],
        1 => [words.Spelt("PX"), words.Milliseconds()],
        2 => [words.Spelt("EXAT"), words.UnixSeconds()],
        _ => [words.Spelt("PXAT"), words.UnixMilliseconds()],
    };

    private (int Weight, Func<string[]> Make)[] Bits() =>
    [
        (4, () => ["SETBIT", words.Key(), words.Small(0, 200), words.One(["0", "1", "1", "2", "x", "-1"])]), (3, () => ["GETBIT", words.Key(), words.Small(0, 200)]),
        (5, () => ["BITCOUNT", words.Key(), .. Range()]),
        (6, () => ["BITPOS", words.Key(), words.One(["0", "1", "1", "0", "2", "x"]), .. Range()]),
        (4, () => ["BITOP", words.Several(["AND", "OR", "XOR", "NOT", "WHAT"]), words.Key(), .. words.Many(3, words.Key)]),
        (10, () => ["BITFIELD", words.Key(), .. BitFieldOperations()]),
        (4, () => ["BITFIELD_RO", words.Key(), .. words.Some(() => [words.Spelt("GET"), Encoding(), Offset()], () => BitFieldOperations())]),
    ];

    private string[] Range() => random.Next(5) switch
    {
        0 => [],
        1 => [words.Small(-10, 10)],
        2 or 3 => [words.Small(-30, 30), words.Small(-30, 60)],
        _ => [words.Small(-30, 30), words.Small(-30, 200), words.Several(["BIT", "BYTE", "WHAT"])],
    };

    private string[] BitFieldOperations() =>
        [.. Enumerable.Range(0, random.Next(5)).SelectMany(_ => random.Next(5) switch
        {
            0 => new[] { words.Spelt("GET"), Encoding(), Offset() },
            1 => [words.Spelt("SET"), Encoding(), Offset(), words.Number()],
            2 or 3 => [words.Spelt("INCRBY"), Encoding(), Offset(), words.Number()],
            _ => [words.Spelt("OVERFLOW"), words.Several(["WRAP", "SAT", "FAIL", "WHAT"])],
        })];

    private string Encoding() => random.Next(12) == 0 ? words.One(["u64", "i65", "u0", "i0", "x8", "", "u", "i-1", "u+1", "u08", "U8", "I8", "u8 ", "i1e1", "u99999999999999999999"]) : (random.Next(2) == 0 ? "u" : "i") + random.Next(1, 65);

    private string Offset() => random.Next(3) switch { 0 => "#" + words.One(["0", "1", "2", "3", "7", "15", "-1", "x", "", "01"]), _ => words.Small(0, 100) };
}
