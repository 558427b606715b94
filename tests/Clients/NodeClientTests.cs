using System.Globalization;
using RespKv.Tests.Support;

namespace RespKv.Tests.Clients;

/// <summary>Tours of the Redis clients of Node.js; each is a script whose steps say what they expect.</summary>
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

    private static async Task PassesAsync(string script, string package, int protocol)
    {
        await using var server = await RespServerProcess.StartAsync("--requirepass", "secret");

        var tour = await NodeClients.RunAsync(script, package, protocol.ToString(CultureInfo.InvariantCulture), server.Port.ToString(CultureInfo.InvariantCulture), "secret");

        Assert.Contains(" steps passed", tour.Succeeded().Output, StringComparison.Ordinal);
    }
}
