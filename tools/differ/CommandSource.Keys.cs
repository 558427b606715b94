namespace RespKv.Differ;

internal sealed partial class CommandSource
{
    private (int Weight, Func<string[]> Make)[] Hashes() =>
    [
        (8, () => ["HSET", words.Key(), .. words.Pairs(4, words.Field, words.Value)]), (3, () => ["HMSET", words.Key(), .. words.Pairs(3, words.Field, words.Value)]),
        (2, () => ["HSETNX", words.Key(), words.Field(), words.Value()]), (3, () => ["HGET", words.Key(), words.Field()]), (3, () => ["HMGET", words.Key(), .. words.Many(4, words.Field)]),
        (4, () => ["HDEL", words.Key(), .. words.Many(4, words.Field)]), (2, () => ["HEXISTS", words.Key(), words.Field()]), (2, () => ["HLEN", words.Key()]), (2, () => ["HSTRLEN", words.Key(), words.Field()]),
        (4, () => [words.One(["HGETALL", "HKEYS", "HVALS"]), words.Key()]),
        (6, () => ["HINCRBY", words.Key(), words.Field(), words.Number()]), (6, () => ["HINCRBYFLOAT", words.Key(), words.Field(), words.Number()]),
        (4, () => ["HRANDFIELD", words.Key(), .. words.Some(() => [words.Small(-5, 6)], () => [words.Small(-5, 6), words.Spelt("WITHVALUES")])]),
        (4, () => ["HSCAN", words.Key(), Cursor(), .. ScanOptions()]),
        (1, () => ["EVAL", $"for i=1,{random.Next(100, 300)} do redis.call('hset',KEYS[1],'g'..i,i) end", "1", words.One(["h1", "h2"])]),
    ];

    // Where a number other than 0 begins is each server's own affair.
    private string Cursor() => random.Next(8) == 0 ? words.One(["-1", "x", "", " 0", "0 ", "+0", "00", "18446744073709551616", "1.0", "-0"]) : "0";

    // All keys fit one call, so that what one call returns is comparable; a COUNT that is smaller would not be.
    private string[] ScanOptions() =>
        [.. words.Some(() => [words.Spelt("MATCH"), words.Pattern()], () => [words.Spelt("TYPE"), words.Several(["string", "hash", "list", "what"])]), words.Spelt("COUNT"), random.Next(10) == 0 ? words.One(["0", "-1", "x", ""]) : "5000"];

    private (int Weight, Func<string[]> Make)[] Keyspace() =>
    [
        (4, () => [words.Several(["DEL", "UNLINK"]), .. words.Many(3, words.Key)]), (2, () => [words.Several(["EXISTS", "TOUCH"]), .. words.Many(4, words.Key)]), (3, () => ["TYPE", words.Key()]),
        (5, () => ["EXPIRE", words.Key(), words.Seconds(), .. ExpireConditions()]), (5, () => ["PEXPIRE", words.Key(), words.Milliseconds(), .. ExpireConditions()]),
        (5, () => ["EXPIREAT", words.Key(), words.UnixSeconds(), .. ExpireConditions()]), (5, () => ["PEXPIREAT", words.Key(), words.UnixMilliseconds(), .. ExpireConditions()]),
        (6, () => [words.One(["TTL", "PTTL", "EXPIRETIME", "PEXPIRETIME"]), words.Key()]), (3, () => ["PERSIST", words.Key()]),
        (5, () => [words.One(["RENAME", "RENAMENX"]), words.Key(), words.Key()]),
        (6, () => ["COPY", words.Key(), words.Key(), .. words.Some(() => [words.Spelt("DB"), words.Database()], () => [words.Spelt("REPLACE")])]),
        (3, () => ["MOVE", words.Key(), words.Database()]), (1, () => ["SWAPDB", words.Database(), words.Database()]), (2, () => ["SELECT", words.Database()]), (1, () => ["DBSIZE"]),
        (2, () => ["KEYS", words.Pattern()]), (3, () => ["SCAN", Cursor(), .. ScanOptions()]), (1, () => ["RANDOMKEY"]),
        (1, () => [words.One(["FLUSHDB", "FLUSHALL"]), .. words.Some(() => [words.Several(["ASYNC", "SYNC"])])]),
        (6, () => ["OBJECT", words.Several(["ENCODING", "ENCODING", "REFCOUNT", "IDLETIME", "FREQ", "HELP", "WHAT"]), words.Key()]),
        (3, () => ["DUMP", words.Key()]), (1, () => ["MEMORY", "USAGE", words.Key(), .. words.Some(() => [words.Spelt("SAMPLES"), words.Small(0, 5)])]),
        (7, () => ["RESTORE", words.Key(), random.Next(3) == 0 ? words.Milliseconds() : "0", Payload(), .. RestoreOptions()]),
    ];

    private string[] ExpireConditions() => words.Some(() => [words.Spelt(words.One(["NX", "XX", "GT", "LT"]))]);

    private string[] RestoreOptions() => words.Some(
        () => [words.Spelt("REPLACE")], () => [words.Spelt("REPLACE")], () => [words.Spelt("ABSTTL")], () => [words.Spelt("IDLETIME"), words.Small(0, 100)], () => [words.Spelt("FREQ"), words.Small(0, 256)]);

    // Whole, or with one byte changed, which the checksum finds.
    private string Payload()
    {
        var payload = Payloads[random.Next(Payloads.Count)];
        if (random.Next(4) != 0 || payload.Length == 0)
            return payload;
        var at = random.Next(payload.Length);
        return random.Next(2) == 0 ? payload[..at] : payload[..at] + (char)random.Next(256) + payload[(at + 1)..];
    }
}
