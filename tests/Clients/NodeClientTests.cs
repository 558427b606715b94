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

    [NodeTheory]
    [InlineData("ioredis5", 2)]
    [InlineData("redis6", 3)]
    public Task Web_servers_of_socket_io_hear_each_other(string package, int protocol) => PassesAsync("socket-io.mjs", package, protocol);

    [NodeTheory]
    [InlineData("ioredis6", 3)]
    public Task The_rate_limits_of_fastify_hold_for_all_web_servers(string package, int protocol) => PassesAsync("fastify.mjs", package, protocol);

    [NodeTheory]
    [InlineData("caches.mjs")]
    public Task Caches_that_bring_their_own_client_keep_values_and_their_time(string script) => PassesAsync(script);

    private static Task PassesAsync(string script, string? package, int protocol)
    {
        string[] packages = package == null ? [] : [package];
        return PassesAsync(script, [.. packages, protocol.ToString(CultureInfo.InvariantCulture)]);
    }

    private static async Task PassesAsync(string script, params string[] arguments)
    {
        await using var server = await RespServerProcess.StartAsync("--requirepass", "secret");

        var tour = await NodeClients.RunAsync(script, [.. arguments, server.Port.ToString(CultureInfo.InvariantCulture), "secret"]);

        Assert.Contains(" steps passed", tour.Succeeded().Output, StringComparison.Ordinal);
    }
}
