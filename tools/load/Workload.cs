namespace RespKv.Load;

/// <summary>A kind of traffic: the requests it is made of and whether they find the keys already there.</summary>
/// <param name="Name">As given to <c>--workload</c>.</param>
/// <param name="Cycle">The requests, sent in turn on each connection, or drawn at random from the cycle.</param>
/// <param name="IsShuffled">Whether they are drawn at random.</param>
/// <param name="NeedsKeys">Whether the keys are written before the measurement.</param>
internal sealed record Workload(string Name, RequestTemplate[] Cycle, bool IsShuffled = false, bool NeedsKeys = true)
{
    public const string KeyPrefix = "key:";

    /// <summary>INCR has keys of its own, since the values of the others are not numbers.</summary>
    public const string CounterPrefix = "counter:";

    /// <summary>Keys in one MGET or MSET.</summary>
    public const int KeysPerMultiKeyRequest = 10;

    /// <summary>Every name, with what it sends.</summary>
    public static readonly IReadOnlyDictionary<string, string> Names = new Dictionary<string, string>
    {
        ["ping"] = "PING",
        ["get"] = "GET of keys that are there",
        ["set"] = "SET over keys that are there",
        ["setex"] = "SET ... EX over keys that are there",
        ["incr"] = "INCR of counters",
        ["mixed"] = "nine GET to one SET, in random order",
        ["exists"] = "EXISTS of keys that are there",
        ["mget"] = "MGET of 10 keys, counted as one request",
        ["mset"] = "MSET of 10 keys, counted as one request",
        ["churn"] = "DEL of a key, then SET of the same key, counted as two requests",
    };

    public int LongestRequestBytes => Cycle.Max(template => template.Bytes.Length);

    public static Workload Create(string name, int valueBytes, int expireSeconds)
    {
        var value = Value(valueBytes);
        RequestTemplate[] cycle = name switch
        {
            "ping" => [Request(ReplyShape.Pong, "PING")],
            "get" => [Get(valueBytes)],
            "set" => [Set(value)],
            "setex" => [Request(ReplyShape.Ok, "SET", KeyPrefix, value, "EX", $"{expireSeconds}")],
            "incr" => [Request(ReplyShape.AnyInteger, "INCR", CounterPrefix)],
            "mixed" => [.. Enumerable.Repeat(Get(valueBytes), 9), Set(value)],
            "exists" => [Request(ReplyShape.One, "EXISTS", KeyPrefix)],
            "mget" => [Request(ReplyShape.Values(KeysPerMultiKeyRequest, valueBytes), ["MGET", .. Repeated(KeyPrefix)])],
            "mset" => [Request(ReplyShape.Ok, ["MSET", .. Repeated(KeyPrefix, value)])],
            "churn" => [Request(ReplyShape.AnyInteger, "DEL", KeyPrefix), Set(value, repeatsKey: true)],
            _ => throw new ArgumentException($"Unknown workload '{name}'.", nameof(name)),
        };
        return new Workload(name, cycle, IsShuffled: name == "mixed", NeedsKeys: name is not ("ping" or "incr"));
    }

    /// <summary>Writes every key once, to be run with keys in turn.</summary>
    /// <param name="valueBytes">Bytes in a value.</param>
    /// <param name="prefix">What comes before the twelve digits of a key; it ends with a colon.</param>
    /// <param name="expireSeconds">Seconds that each key lives, or null: for ever.</param>
    public static Workload Fill(int valueBytes, string prefix = KeyPrefix, int? expireSeconds = null) =>
        new("fill", [Request(ReplyShape.Ok, ["SET", prefix, Value(valueBytes), .. expireSeconds is null ? [] : new[] { "EX", $"{expireSeconds}" }])], NeedsKeys: false);

    private static RequestTemplate Request(ReplyShape reply, params string[] arguments) => new(reply, repeatsKey: false, arguments);

    private static RequestTemplate Get(int valueBytes) => Request(ReplyShape.Value(valueBytes), "GET", KeyPrefix);

    private static RequestTemplate Set(string value, bool repeatsKey = false) =>
        new(ReplyShape.Ok, repeatsKey, "SET", KeyPrefix, value);

    private static IEnumerable<string> Repeated(params string[] arguments) =>
        Enumerable.Repeat(arguments, KeysPerMultiKeyRequest).SelectMany(each => each);

    private static string Value(int bytes) => string.Create(bytes, bytes, (letters, _) =>
    {
        for (var i = 0; i < letters.Length; i++)
        {
            letters[i] = (char)('a' + i % 26);
        }
    });
}
