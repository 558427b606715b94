using Medallion.Threading.Redis;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.StackExchangeRedis;
using RedisRateLimiting;
using RespKv.Tests.Commands;
using RespKv.Tests.Support;
using StackExchange.Redis;

namespace RespKv.Tests.Clients.DotNet;

/// <summary>Frameworks whose server is killed and comes back with its data at the same address: they go on without being told.</summary>
public sealed class RestartTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Theory, OnRespKv, OnRedis]
    public async Task A_cache_finds_its_entries_again_with_their_time(ServerKind kind)
    {
        await using var server = await KilledServer.StartAsync(kind);
        using var cache = new RedisCache(new RedisCacheOptions { ConfigurationOptions = server.Options() });
        await cache.SetAsync("entry", [1, 2, 3], new DistributedCacheEntryOptions { SlidingExpiration = Minute });

        await server.KillAndStartAgainAsync();

        await WorksAgainAsync(async () => await cache.GetAsync("entry"));
        Assert.Equal([1, 2, 3], await cache.GetAsync("entry"));
        await using var redis = await ConnectionMultiplexer.ConnectAsync(server.Options());
        Assert.InRange((await redis.GetDatabase().KeyTimeToLiveAsync("entry"))!.Value, Minute * 0.5, Minute);
    }

    [Theory, OnRespKv, OnRedis]
    public async Task A_lock_is_still_its_owners(ServerKind kind)
    {
        await using var server = await KilledServer.StartAsync(kind);
        await using var redis = await ConnectionMultiplexer.ConnectAsync(server.Options());
        RedisDistributedLock NewLock() => new("lock", redis.GetDatabase(), options => options.Expiry(Minute));
        var owner = await NewLock().AcquireAsync();

        await server.KillAndStartAgainAsync();

        await WorksAgainAsync(() => redis.GetDatabase().PingAsync());
        Assert.Null(await NewLock().TryAcquireAsync());
        await owner.DisposeAsync();
        await using var next = await NewLock().TryAcquireAsync();
        Assert.NotNull(next);
    }

    [Theory, OnRespKv, OnRedis]
    public async Task A_limit_goes_on_where_it_was_by_a_script_that_the_server_has_forgotten(ServerKind kind)
    {
        await using var server = await KilledServer.StartAsync(kind);
        await using var redis = await ConnectionMultiplexer.ConnectAsync(server.Options());
        await using var limiter = new RedisFixedWindowRateLimiter<string>("limit", new RedisFixedWindowRateLimiterOptions { ConnectionMultiplexerFactory = () => redis, PermitLimit = 3, Window = Minute * 10 });
        async Task<bool> IsLetThroughAsync() => (await limiter.AcquireAsync(1)).IsAcquired;
        Assert.True(await IsLetThroughAsync());
        Assert.True(await IsLetThroughAsync());

        await server.KillAndStartAgainAsync();

        await WorksAgainAsync(() => redis.GetDatabase().PingAsync());
        Assert.True(await IsLetThroughAsync());
        Assert.False(await IsLetThroughAsync());
    }

    [Theory, OnRespKv, OnRedis]
    public async Task A_subscriber_hears_again(ServerKind kind)
    {
        await using var server = await KilledServer.StartAsync(kind);
        await using var redis = await ConnectionMultiplexer.ConnectAsync(server.Options());
        var channel = RedisChannel.Literal("news");
        var heard = await redis.GetSubscriber().SubscribeAsync(channel);

        await server.KillAndStartAgainAsync();

        await WorksAgainAsync(() => redis.GetDatabase().PingAsync());
        await RunningServer.UntilAsync(async () => await redis.GetDatabase().PublishAsync(channel, "back") == 1);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        Assert.Equal("back", (await heard.ReadAsync(limit.Token)).Message);
    }

    // What is on the way when the server goes fails; clients then wait longer each time before they try again.
    private static Task WorksAgainAsync(Func<Task> use) => RunningServer.UntilAsync(async () =>
    {
        try
        {
            await use();
            return true;
        }
        catch (Exception error) when (error is RedisException or TimeoutException)
        {
            return false;
        }
    });

    /// <summary>A server that keeps its data in a folder.</summary>
    private sealed class KilledServer(ServerKind kind, ServerProcess process, TemporaryFolder folder) : IAsyncDisposable
    {
        private ServerProcess process = process;

        /// <summary>How clients connect: they look every tenth of a second, not every second, whether their server is back.</summary>
        public ConfigurationOptions Options() => new()
        {
            EndPoints = { { "127.0.0.1", process.Port } },
            HeartbeatInterval = TimeSpan.FromMilliseconds(100),
            ReconnectRetryPolicy = new LinearRetry(50),
        };

        public static async Task<KilledServer> StartAsync(ServerKind kind)
        {
            var folder = new TemporaryFolder();
            ServerProcess process = kind == ServerKind.Redis
                ? await RedisServerProcess.StartAsync(Arguments(kind, folder))
                : await RespServerProcess.StartAsync(Arguments(kind, folder));
            return new KilledServer(kind, process, folder);
        }

        public async Task KillAndStartAgainAsync()
        {
            var port = process.Port;
            await process.KillAsync();
            await process.DisposeAsync();
            process = kind == ServerKind.Redis
                ? await RedisServerProcess.StartAgainAsync(port, Arguments(kind, folder))
                : await RespServerProcess.StartAgainAsync(port, Arguments(kind, folder));
        }

        public async ValueTask DisposeAsync()
        {
            await process.DisposeAsync();
            folder.Dispose();
        }

        private static string[] Arguments(ServerKind kind, TemporaryFolder folder) =>
            kind == ServerKind.Redis ? ["--dir", folder.Path, "--appendonly", "yes"] : ["--dir", folder.Path];
    }
}
