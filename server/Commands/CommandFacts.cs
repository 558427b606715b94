using System.Collections.Frozen;

namespace RespKv.Server.Commands;

/// <summary>What is known of commands beyond their rows: tips for clients and proxies, and which are better replaced.</summary>
internal static class CommandFacts
{
    private const string AllNodes = "request_policy:all_nodes";
    private const string AllShards = "request_policy:all_shards";
    private const string MultiShard = "request_policy:multi_shard";
    private const string AllSucceeded = "response_policy:all_succeeded";
    private const string OneSucceeded = "response_policy:one_succeeded";
    private const string AllTrue = "response_policy:agg_logical_and";
    private const string SumUp = "response_policy:agg_sum";
    private const string Minimum = "response_policy:agg_min";
    private const string Special = "response_policy:special";
    private const string Varies = "nondeterministic_output";
    private const string OrderVaries = "nondeterministic_output_order";

    private static readonly FrozenDictionary<string, string[]> Tips = new Dictionary<string, string[]>
    {
        ["acl|deluser"] = [AllNodes, AllSucceeded],
        ["acl|save"] = [AllNodes, AllSucceeded],
        ["acl|setuser"] = [AllNodes, AllSucceeded],
        ["cluster|bumpepoch"] = [Varies],
        ["cluster|count-failure-reports"] = [Varies],
        ["cluster|getkeysinslot"] = [Varies],
        ["cluster|info"] = [Varies],
        ["cluster|links"] = [Varies],
        ["cluster|myshardid"] = [Varies],
        ["cluster|nodes"] = [Varies],
        ["cluster|replicas"] = [Varies],
        ["cluster|shards"] = [Varies],
        ["cluster|slaves"] = [Varies],
        ["cluster|slots"] = [Varies],
        ["client|info"] = [Varies],
        ["client|list"] = [Varies],
        ["client|setinfo"] = [AllNodes, AllSucceeded],
        ["client|setname"] = [AllNodes, AllSucceeded],
        ["command"] = [OrderVaries],
        ["command|docs"] = [OrderVaries],
        ["command|info"] = [OrderVaries],
        ["command|list"] = [OrderVaries],
        ["config|resetstat"] = [AllNodes, AllSucceeded],
        ["config|rewrite"] = [AllNodes, AllSucceeded],
        ["config|set"] = [AllNodes, AllSucceeded],
        ["dbsize"] = [AllShards, SumUp],
        ["del"] = [MultiShard, SumUp],
        ["dump"] = [Varies],
        ["exists"] = [MultiShard, SumUp],
        ["flushall"] = [AllShards, AllSucceeded],
        ["flushdb"] = [AllShards, AllSucceeded],
        ["function|delete"] = [AllShards, AllSucceeded],
        ["function|flush"] = [AllShards, AllSucceeded],
        ["function|kill"] = [AllShards, OneSucceeded],
        ["function|load"] = [AllShards, AllSucceeded],
        ["function|restore"] = [AllShards, AllSucceeded],
        ["function|list"] = [OrderVaries],
        ["function|stats"] = [Varies, AllShards, Special],
        ["hgetall"] = [OrderVaries],
        ["hkeys"] = [OrderVaries],
        ["hrandfield"] = [Varies],
        ["hscan"] = [Varies],
        ["hvals"] = [OrderVaries],
        ["info"] = [Varies, AllShards, Special],
        ["lastsave"] = [Varies],
        ["script|exists"] = [AllShards, AllTrue],
        ["script|flush"] = [AllNodes, AllSucceeded],
        ["script|kill"] = [AllShards, OneSucceeded],
        ["script|load"] = [AllNodes, AllSucceeded],
        ["keys"] = [AllShards, OrderVaries],
        ["latency|doctor"] = [Varies, AllNodes, Special],
        ["latency|graph"] = [Varies, AllNodes, Special],
        ["latency|histogram"] = [Varies, AllNodes, Special],
        ["latency|history"] = [Varies, AllNodes, Special],
        ["latency|latest"] = [Varies, AllNodes, Special],
        ["latency|reset"] = [AllNodes, SumUp],
        ["memory|doctor"] = [Varies, AllShards, Special],
        ["memory|malloc-stats"] = [Varies, AllShards, Special],
        ["memory|purge"] = [AllShards, AllSucceeded],
        ["memory|stats"] = [Varies, AllShards, Special],
        ["mget"] = [MultiShard],
        ["migrate"] = [Varies],
        ["module|list"] = [OrderVaries],
        ["mset"] = [MultiShard, AllSucceeded],
        ["object|encoding"] = [Varies],
        ["object|freq"] = [Varies],
        ["object|idletime"] = [Varies],
        ["object|refcount"] = [Varies],
        ["ping"] = [AllShards, AllSucceeded],
        ["pttl"] = [Varies],
        ["randomkey"] = [AllShards, Special, Varies],
        ["scan"] = [Varies, "request_policy:special", Special],
        ["slowlog|get"] = [AllNodes, Varies],
        ["slowlog|len"] = [AllNodes, SumUp, Varies],
        ["slowlog|reset"] = [AllNodes, AllSucceeded],
        ["time"] = [Varies],
        ["touch"] = [MultiShard, SumUp],
        ["ttl"] = [Varies],
        ["unlink"] = [MultiShard, SumUp],
        ["wait"] = [AllShards, Minimum],
        ["waitaof"] = [AllShards, Minimum],
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, (string Since, string Instead)> Deprecations = new Dictionary<string, (string, string)>
    {
        ["getset"] = ("6.2.0", "`SET` with `GET`"),
        ["hmset"] = ("4.0.0", "`HSET` with multiple field-value pairs"),
        ["psetex"] = ("2.6.12", "`SET` with `PX`"),
        ["quit"] = ("7.2.0", "closing the connection"),
        ["setex"] = ("2.6.12", "`SET` with `EX`"),
        ["setnx"] = ("2.6.12", "`SET` with `NX`"),
        ["slaveof"] = ("5.0.0", "`REPLICAOF`"),
        ["substr"] = ("2.0.0", "`GETRANGE`"),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The command's tips; see Redis's list of command tips for what they mean.</summary>
    public static string[] TipsOf(Command command) => Tips.GetValueOrDefault(command.FullName, []);

    /// <summary>Since when the command is better not used, and what is to be used instead; null when it may be used.</summary>
    public static (string Since, string Instead)? DeprecationOf(Command command) =>
        Deprecations.TryGetValue(command.FullName, out var deprecation) ? deprecation : null;
}
