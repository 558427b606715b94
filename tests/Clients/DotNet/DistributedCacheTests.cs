using System.Buffers;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.StackExchangeRedis;
using RespKv.Tests.Commands;
using StackExchange.Redis;

namespace RespKv.Tests.Clients.DotNet;

/// <summary>IDistributedCache as ASP.NET programs use it: each entry is a hash with an expiry.</summary>
public sealed class DistributedCacheTests(EitherServer servers) : IClassFixture<EitherServer>
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Theory, OnRespKv, OnRedis]
    public async Task An_entry_is_set_got_replaced_and_removed(ServerKind kind)
    {
        var (server, cache) = await OpenAsync(kind);
        using var _ = cache;

        await cache.SetAsync("entry", [1, 2, 3], new DistributedCacheEntryOptions());
        Assert.Equal([1, 2, 3], await cache.GetAsync("entry"));
        await cache.SetAsync("entry", [4], new DistributedCacheEntryOptions());
        Assert.Equal([4], await cache.GetAsync("entry"));

        Assert.Equal(RedisType.Hash, await server.Database.KeyTypeAsync("app:entry"));
        Assert.Null(await server.Database.KeyTimeToLiveAsync("app:entry"));
        await cache.RemoveAsync("entry");
        Assert.Null(await cache.GetAsync("entry"));
        Assert.False(await server.Database.KeyExistsAsync("app:entry"));
    }

    [Theory, OnRespKv, OnRedis]
    public async Task Reading_and_refreshing_start_the_sliding_time_anew(ServerKind kind)
    {
        var (server, cache) = await OpenAsync(kind);
        using var _ = cache;
        await cache.SetAsync("sliding", [1], new DistributedCacheEntryOptions { SlidingExpiration = Minute * 10 });
        await server.LivesForAsync("app:sliding", Minute * 10);

        await server.Database.KeyExpireAsync("app:sliding", Minute);
        await cache.GetAsync("sliding");
        await server.LivesForAsync("app:sliding", Minute * 10);

        await server.Database.KeyExpireAsync("app:sliding", Minute);
        await cache.RefreshAsync("sliding");
        await server.LivesForAsync("app:sliding", Minute * 10);
    }

    [Theory, OnRespKv, OnRedis]
    public async Task The_sliding_time_does_not_reach_beyond_the_absolute_one(ServerKind kind)
    {
        var (server, cache) = await OpenAsync(kind);
        using var _ = cache;
        var options = new DistributedCacheEntryOptions { AbsoluteExpirationRelativeToNow = Minute, SlidingExpiration = Minute * 10 };

        await cache.SetAsync("both", [1], options);
        await server.Database.KeyPersistAsync("app:both");
        await cache.GetAsync("both");

        await server.LivesForAsync("app:both", Minute);
    }

    [Theory, OnRespKv, OnRedis]
    public async Task Reading_leaves_the_absolute_time_alone(ServerKind kind)
    {
        var (server, cache) = await OpenAsync(kind);
        using var _ = cache;
        await cache.SetAsync("absolute", [1], new DistributedCacheEntryOptions { AbsoluteExpiration = DateTimeOffset.UtcNow + (Minute * 10) });
        await server.LivesForAsync("app:absolute", Minute * 10);

        await server.Database.KeyExpireAsync("app:absolute", Minute);
        await cache.GetAsync("absolute");
        await cache.RefreshAsync("absolute");

        await server.LivesForAsync("app:absolute", Minute);
    }

    [Theory, OnRespKv, OnRedis]
    public async Task An_entry_ends_at_its_time(ServerKind kind)
    {
        var (_, cache) = await OpenAsync(kind);
        using var disposed = cache;

        await cache.SetAsync("short", [1], new DistributedCacheEntryOptions { AbsoluteExpirationRelativeToNow = TimeSpan.FromMilliseconds(1100) });

        await RunningServer.UntilAsync(async () => await cache.GetAsync("short") == null);
    }

    [Theory, OnRespKv, OnRedis]
    public async Task A_long_entry_comes_back_whole_as_array_and_in_buffers(ServerKind kind)
    {
        var (_, cache) = await OpenAsync(kind);
        using var disposed = cache;
        var value = Enumerable.Range(0, 1_000_000).Select(i => (byte)(i * 7)).ToArray();
        IBufferDistributedCache buffered = cache;

        await buffered.SetAsync("long", new ReadOnlySequence<byte>(value), new DistributedCacheEntryOptions());

        var buffer = new ArrayBufferWriter<byte>();
        Assert.True(await buffered.TryGetAsync("long", buffer));
        Assert.Equal(value, buffer.WrittenSpan.ToArray());
        Assert.Equal(value, await cache.GetAsync("long"));
        Assert.False(await buffered.TryGetAsync("none", buffer));
    }

    [Theory, OnRespKv, OnRedis]
    public async Task Callers_that_block_are_served_as_well(ServerKind kind)
    {
        var (server, cache) = await OpenAsync(kind);
        using var _ = cache;

        await Task.Run(() => cache.Set("blocking", [], new DistributedCacheEntryOptions { SlidingExpiration = Minute }));
        await Task.Run(() => cache.Refresh("blocking"));

        Assert.Empty((await Task.Run(() => cache.Get("blocking")))!);
        await server.LivesForAsync("app:blocking", Minute);
        await Task.Run(() => cache.Remove("blocking"));
        Assert.Null(await Task.Run(() => cache.Get("blocking")));
    }

    private async Task<(OpenServer Server, RedisCache Cache)> OpenAsync(ServerKind kind)
    {
        var server = await servers.OpenAsync(kind);
        return (server, new RedisCache(new RedisCacheOptions { Configuration = server.Address, InstanceName = "app:" }));
    }
}
