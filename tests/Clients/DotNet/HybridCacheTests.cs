using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;
using RespKv.Tests.Commands;

namespace RespKv.Tests.Clients.DotNet;

/// <summary>HybridCache with a server as its second level, which the nodes of an application share.</summary>
public sealed class HybridCacheTests(EitherServer servers) : IClassFixture<EitherServer>
{
    private static readonly HybridCacheEntryOptions Minutes = new() { Expiration = TimeSpan.FromMinutes(5) };

    [Theory, OnRespKv, OnRedis]
    public async Task Callers_at_the_same_time_wait_for_one_value(ServerKind kind)
    {
        var server = await servers.OpenAsync(kind);
        await using var node = Node.Start(server.Address);
        var made = new TaskCompletionSource<string>();
        var times = 0;

        var callers = Enumerable.Range(0, 20).Select(_ => node.Cache.GetOrCreateAsync("together", async cancellation =>
        {
            Interlocked.Increment(ref times);
            return await made.Task;
        }, Minutes).AsTask()).ToArray();
        made.SetResult("value");

        Assert.All(await Task.WhenAll(callers), value => Assert.Equal("value", value));
        Assert.Equal(1, times);
        await IsStoredAsync(server, "together");
        await server.LivesForAsync("hybrid:together", TimeSpan.FromMinutes(5));
    }

    [Theory, OnRespKv, OnRedis]
    public async Task What_one_node_has_made_the_next_takes_from_the_server(ServerKind kind)
    {
        var server = await servers.OpenAsync(kind);
        await using var one = Node.Start(server.Address);
        await using var two = Node.Start(server.Address);
        var value = new Product("lamp", [1.5m, 2]);

        await one.GetAsync("shared", value);
        await IsStoredAsync(server, "shared");

        var found = await two.GetAsync("shared", new Product("made anew", []));
        Assert.Equal((value.Name, value.Prices[0], value.Prices[1]), (found.Name, found.Prices[0], found.Prices[1]));
    }

    [Theory, OnRespKv, OnRedis]
    public async Task What_is_removed_is_made_anew(ServerKind kind)
    {
        var server = await servers.OpenAsync(kind);
        await using var one = Node.Start(server.Address);
        await using var two = Node.Start(server.Address);
        await one.Cache.SetAsync("removed", "old", Minutes);
        await IsStoredAsync(server, "removed");

        await one.Cache.RemoveAsync("removed");

        Assert.False(await server.Database.KeyExistsAsync("hybrid:removed"));
        Assert.Equal("new", await two.GetAsync("removed", "new"));
    }

    [Theory, OnRespKv, OnRedis]
    public async Task A_tag_invalidates_what_carries_it_and_nothing_else(ServerKind kind)
    {
        var server = await servers.OpenAsync(kind);
        await using var one = Node.Start(server.Address);
        await one.Cache.SetAsync("tagged", "old", Minutes, ["red", "green"]);
        await one.Cache.SetAsync("other", "old", Minutes, ["green"]);

        await one.Cache.RemoveByTagAsync("red");

        // Nodes learn of a tag from the server when they first meet it.
        await using var two = Node.Start(server.Address);
        Assert.Equal("new", await two.GetAsync("tagged", "new"));
        Assert.Equal("old", await two.GetAsync("other", "new"));
        Assert.NotEqual("old", await one.GetAsync("tagged", "newest"));
    }

    [Theory, OnRespKv, OnRedis]
    public async Task A_long_value_comes_back_whole(ServerKind kind)
    {
        var server = await servers.OpenAsync(kind);
        await using var one = Node.Start(server.Address);
        await using var two = Node.Start(server.Address);
        var value = new byte[900_000];
        new Random(7).NextBytes(value);

        await one.Cache.SetAsync("long", value, Minutes);
        await IsStoredAsync(server, "long");

        Assert.Equal(value, await two.GetAsync("long", Array.Empty<byte>()));
    }

    // The node that made a value may give it before it has stored it.
    private static Task IsStoredAsync(OpenServer server, string key) => RunningServer.UntilAsync(() => server.Database.KeyExistsAsync("hybrid:" + key));

    private sealed record Product(string Name, decimal[] Prices);

    /// <summary>One process of an application that has many.</summary>
    private sealed class Node(ServiceProvider services) : IAsyncDisposable
    {
        public HybridCache Cache { get; } = services.GetRequiredService<HybridCache>();

        public static Node Start(string address) => new(Register(address).BuildServiceProvider());

        /// <summary>The value of a key; a new one where neither this node nor the server has any.</summary>
        public ValueTask<T> GetAsync<T>(string key, T otherwise) => Cache.GetOrCreateAsync(key, _ => ValueTask.FromResult(otherwise), Minutes);

        public ValueTask DisposeAsync() => services.DisposeAsync();

        private static ServiceCollection Register(string address)
        {
            var services = new ServiceCollection();
            services.AddStackExchangeRedisCache(options => (options.Configuration, options.InstanceName) = (address, "hybrid:"));
            services.AddHybridCache();
            return services;
        }
    }
}
