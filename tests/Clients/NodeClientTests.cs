using System.Globalization;
using RespKv.Tests.Support;

namespace RespKv.Tests.Clients;

/// <summary>Tours of the Redis clients of Node.js, and of what stands on them; each is a script whose steps say what they expect.</summary>
public sealed class NodeClientTests
{
    [NodeTheory]
    [InlineData("ioredis5", 2)]
    [InlineData("ioredis6", 2)]
    [InlineData("ioredis6", 3)]
    public Task Ioredis_passes_its_tour(string package, int protocol) => PassesAsync("ioredis.mjs", package, protocol);

    [NodeTheory]
    [InlineData("redis4", 2)]
    [InlineData("redis5", 2)]
    [InlineData("redis5", 3)]
    [InlineData("redis6", 2)]
    [InlineData("redis6", 3)]
    public Task Node_redis_passes_its_tour(string package, int protocol) => PassesAsync("node-redis.mjs", package, protocol);

    [NodeTheory]
    [InlineData("ioredis5", 2)]
    [InlineData("ioredis6", 3)]
    public Task Rate_limiters_and_locks_pass_their_tour(string package, int protocol) => PassesAsync("limits.mjs", package, protocol);

    [NodeTheory]
    [InlineData("redis", 2)]
    [InlineData("redis6", 3)]
    public Task Sessions_of_express_are_kept_by_connect_redis(string package, int protocol) => PassesAsync("express-session.mjs", package, protocol);

    [NodeTheory]
    [InlineData("keyv.mjs", 2)]
    [InlineData("keyv.mjs", 3)]
    [InlineData("cache-manager.mjs", 2)]
    [InlineData("cache-manager.mjs", 3)]
    public Task Caches_keep_values_and_their_time(string script, int protocol) => PassesAsync(script, null, protocol);

    private static async Task PassesAsync(string script, string? package, int protocol)
    {
        await using var server = await RespServerProcess.StartAsync("--requirepass", "secret");
        string[] packages = package == null ? [] : [package];

        var tour = await NodeClients.RunAsync(script, [.. packages, protocol.ToString(CultureInfo.InvariantCulture), server.Port.ToString(CultureInfo.InvariantCulture), "secret"]);

        Assert.Contains(" steps passed", tour.Succeeded().Output, StringComparison.Ordinal);
    }
}
