using Microsoft.Extensions.Caching.StackExchangeRedis;
using RespKv.Tests.Commands;
using ZiggyCreatures.Caching.Fusion;
using ZiggyCreatures.Caching.Fusion.Backplane.StackExchangeRedis;
using ZiggyCreatures.Caching.Fusion.Locking.Distributed.Redis;
using ZiggyCreatures.Caching.Fusion.Serialization.SystemTextJson;

namespace RespKv.Tests.Clients.DotNet;

/// <summary>FusionCache with a server as second level, as backplane by which nodes tell each other of changes, and for its locks.</summary>
public sealed class FusionCacheTests(EitherServer servers) : IClassFixture<EitherServer>
{
    private static readonly TimeSpan Minutes = TimeSpan.FromMinutes(5);

    [Theory, OnRespKv, OnRedis]
    public async Task What_one_node_sets_replaces_what_another_remembers(ServerKind kind)
    {
        var server = await servers.OpenAsync(kind);
        await using var one = await Node.StartAsync(server, "replace");
        await using var two = await Node.StartAsync(server, "replace");
        await one.Cache.SetAsync("key", "first", Minutes);
        Assert.Equal("first", await two.Cache.GetOrDefaultAsync<string>("key"));

        await one.Cache.SetAsync("key", "second", Minutes);

        await RunningServer.UntilAsync(async () => await two.Cache.GetOrDefaultAsync<string>("key") == "second");
    }

    [Theory, OnRespKv, OnRedis]
    public async Task What_one_node_removes_is_gone_from_the_other(ServerKind kind)
    {
        var server = await servers.OpenAsync(kind);
        await using var one = await Node.StartAsync(server, "remove");
        await using var two = await Node.StartAsync(server, "remove");
        await one.Cache.SetAsync("key", 1, Minutes);
        Assert.Equal(1, await two.Cache.GetOrDefaultAsync<int>("key"));

        await one.Cache.RemoveAsync("key");

        await RunningServer.UntilAsync(async () => !(await two.Cache.TryGetAsync<int>("key")).HasValue);
        Assert.DoesNotContain(await server.KeysAsync("fusion:"), key => key.EndsWith("remove:key", StringComparison.Ordinal));
    }

    [Theory, OnRespKv, OnRedis]
    public async Task A_node_that_starts_finds_what_was_there(ServerKind kind)
    {
        var server = await servers.OpenAsync(kind);
        await using (var gone = await Node.StartAsync(server, "restart"))
            await gone.Cache.SetAsync("key", "kept", Minutes);

        await using var node = await Node.StartAsync(server, "restart");

        Assert.Equal("kept", await node.Cache.GetOrSetAsync("key", _ => Task.FromResult("made anew"), Minutes));
        await server.LivesForAsync((await server.KeysAsync("fusion:")).Single(key => key.EndsWith("restart:key", StringComparison.Ordinal)), Minutes);
    }

    [Theory, OnRespKv, OnRedis]
    public async Task A_tag_removes_what_carries_it_at_all_nodes(ServerKind kind)
    {
        var server = await servers.OpenAsync(kind);
        await using var one = await Node.StartAsync(server, "tags");
        await using var two = await Node.StartAsync(server, "tags");
        await one.Cache.SetAsync("tagged", 1, Minutes, tags: ["red"]);
        await one.Cache.SetAsync("other", 2, Minutes, tags: ["green"]);
        Assert.Equal(1, await two.Cache.GetOrDefaultAsync<int>("tagged"));

        await one.Cache.RemoveByTagAsync("red");

        await RunningServer.UntilAsync(async () => await two.Cache.GetOrDefaultAsync<int>("tagged") == 0);
        Assert.Equal(2, await two.Cache.GetOrDefaultAsync<int>("other"));
    }

    [Theory, OnRespKv, OnRedis]
    public async Task A_value_that_two_nodes_want_is_made_by_one(ServerKind kind)
    {
        var server = await servers.OpenAsync(kind);
        await using var one = await Node.StartAsync(server, "single");
        await using var two = await Node.StartAsync(server, "single");
        var (started, made, times) = (new TaskCompletionSource(), new TaskCompletionSource<string>(), 0);
        async Task<string> MakeAsync(CancellationToken cancellation)
        {
            Interlocked.Increment(ref times);
            started.TrySetResult();
            return await made.Task;
        }

        var first = one.Cache.GetOrSetAsync("key", MakeAsync, Minutes).AsTask();
        await started.Task;
        var second = two.Cache.GetOrSetAsync("key", MakeAsync, Minutes).AsTask();
        Assert.True(await server.Database.KeyExistsAsync("single:key:lock"));
        made.SetResult("value");

        Assert.Equal(["value", "value"], await Task.WhenAll(first, second));
        Assert.Equal(1, times);
        await RunningServer.UntilAsync(async () => !await server.Database.KeyExistsAsync("single:key:lock"));
    }

    /// <summary>One process of an application that has many.</summary>
    private sealed class Node(FusionCache cache, RedisCache secondLevel, RedisBackplane backplane, RedisDistributedLocker locker) : IAsyncDisposable
    {
        public FusionCache Cache { get; } = cache;

        /// <summary>Starts one whose cache has a name of its own, and waits until it hears the others of that name.</summary>
        public static async Task<Node> StartAsync(OpenServer server, string name)
        {
            var options = new FusionCacheOptions { CacheName = name, CacheKeyPrefix = name + ":", WaitForInitialBackplaneSubscribe = true };
            var node = new Node(
                new FusionCache(options),
                new RedisCache(new RedisCacheOptions { Configuration = server.Address, InstanceName = "fusion:" }),
                new RedisBackplane(new RedisBackplaneOptions { Configuration = server.Address }),
                new RedisDistributedLocker(new RedisDistributedLockerOptions { Configuration = server.Address }));
            await node.SetUpAsync();
            return node;
        }

        public async ValueTask DisposeAsync()
        {
            Cache.Dispose();
            locker.Dispose();
            secondLevel.Dispose();
            await ValueTask.CompletedTask;
        }

        private async Task SetUpAsync()
        {
            Cache.SetupDistributedCache(secondLevel, new FusionCacheSystemTextJsonSerializer());
            Cache.SetupDistributedLocker(locker);
            await Task.Run(() => Cache.SetupBackplane(backplane));
        }
    }
}
