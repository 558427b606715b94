using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.StackExchangeRedis;
using RespKv.Tests.Commands;

namespace RespKv.Tests.Clients;

/// <summary>IDistributedCache as ASP.NET programs use it: each entry is a hash with an expiry.</summary>
public sealed class DistributedCacheTests(RunningServer server) : IClassFixture<RunningServer>
{
    [Fact]
    public async Task Entries_are_set_got_refreshed_and_removed()
    {
        using var cache = NewCache();
        var options = new DistributedCacheEntryOptions { AbsoluteExpirationRelativeToNow = TimeSpan.FromMinutes(10), SlidingExpiration = TimeSpan.FromMinutes(1) };

        await cache.SetAsync("entry", [1, 2, 3], options);
        Assert.Equal([1, 2, 3], await cache.GetAsync("entry"));
        await cache.RefreshAsync("entry");
        await cache.SetAsync("entry", [4], options);
        Assert.Equal([4], await cache.GetAsync("entry"));

        await using var client = await server.ConnectAsync();
        Assert.Equal("hash", (await client.ExecuteAsync("TYPE", "app:entry")).Text);
        Assert.InRange((await client.ExecuteAsync("PTTL", "app:entry")).Integer, 1, 60_000);

        await cache.RemoveAsync("entry");
        Assert.Null(await cache.GetAsync("entry"));
    }

    [Fact]
    public async Task An_entry_ends_at_its_time()
    {
        using var cache = NewCache();

        await cache.SetAsync("short", [1], new DistributedCacheEntryOptions { AbsoluteExpirationRelativeToNow = TimeSpan.FromMilliseconds(1100) });

        await RunningServer.UntilAsync(async () => await cache.GetAsync("short") == null);
    }

    [Fact]
    public async Task A_long_entry_comes_back_whole()
    {
        using var cache = NewCache();
        var value = Enumerable.Range(0, 1_000_000).Select(i => (byte)(i * 7)).ToArray();

        await cache.SetAsync("long", value, new DistributedCacheEntryOptions());

        Assert.Equal(value, await cache.GetAsync("long"));
    }

    private RedisCache NewCache() => new(new RedisCacheOptions { Configuration = $"127.0.0.1:{server.Port}", InstanceName = "app:" });
}
