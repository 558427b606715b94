using RespKv.Server.Storage;

namespace RespKv.Server.Commands;

/// <summary>The eviction policies as <c>maxmemory-policy</c> names them.</summary>
internal static class PolicyNames
{
    public static string Of(EvictionPolicy policy) => policy switch
    {
        EvictionPolicy.AllKeysLru => "allkeys-lru",
        EvictionPolicy.AllKeysLfu => "allkeys-lfu",
        EvictionPolicy.AllKeysRandom => "allkeys-random",
        EvictionPolicy.VolatileLru => "volatile-lru",
        EvictionPolicy.VolatileLfu => "volatile-lfu",
        EvictionPolicy.VolatileRandom => "volatile-random",
        EvictionPolicy.VolatileTtl => "volatile-ttl",
        _ => "noeviction",
    };

    /// <summary>The policy of a name that <see cref="Of"/> gives.</summary>
    public static EvictionPolicy Parse(string name) => Enum.GetValues<EvictionPolicy>().First(policy => Of(policy) == name);
}
