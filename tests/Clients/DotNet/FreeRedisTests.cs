using FreeRedis;
using RespKv.Tests.Commands;

namespace RespKv.Tests.Clients.DotNet;

/// <summary>FreeRedis, a client that shares no code with StackExchange.Redis.</summary>
public sealed class FreeRedisTests(EitherServer servers) : IClassFixture<EitherServer>
{
    [Theory, OnRespKv, OnRedis]
    public async Task Strings_hashes_and_their_times_are_kept(ServerKind kind)
    {
        var server = await servers.OpenAsync(kind);
        using var client = new RedisClient(server.Address);

        client.Set("free:string", "value", 60);
        Assert.True(client.SetNx("free:new", "first"));
        Assert.False(client.SetNx("free:new", "second"));
        client.HSet("free:hash", new Dictionary<string, string> { ["a"] = "1", ["b"] = "2" });

        Assert.Equal("value", client.Get("free:string"));
        Assert.InRange(client.Ttl("free:string"), 50, 60);
        Assert.Equal((string?[])["first", null], client.MGet("free:new", "free:none"));
        Assert.Equal(5, client.HIncrBy("free:hash", "b", 3));
        Assert.Equal(new Dictionary<string, string> { ["a"] = "1", ["b"] = "5" }, client.HGetAll("free:hash"));
        Assert.Equal(2, client.Del("free:new", "free:hash"));
    }

    [Theory, OnRespKv, OnRedis]
    public async Task A_pipe_and_a_transaction_give_the_results_in_order(ServerKind kind)
    {
        var server = await servers.OpenAsync(kind);
        using var client = new RedisClient(server.Address);

        using var pipe = client.StartPipe();
        pipe.IncrBy("free:piped", 2);
        pipe.Get("free:piped");
        var piped = pipe.EndPipe();
        using var transaction = client.Multi();
        transaction.IncrBy("free:piped", 40);
        transaction.Expire("free:piped", 60);
        var executed = transaction.Exec();

        Assert.Equal([2L, "2"], piped);
        Assert.Equal([42L, true], executed);
    }

    [Theory, OnRespKv, OnRedis]
    public async Task A_lock_has_one_owner(ServerKind kind)
    {
        var server = await servers.OpenAsync(kind);
        using var client = new RedisClient(server.Address);

        using var held = client.Lock("free:lock", 60);
        await server.LivesForAsync(Assert.Single(await server.KeysAsync("*free:lock")), TimeSpan.FromMinutes(1));
        Assert.Null(client.Lock("free:lock", 1));
        Assert.True(held.Unlock());

        using var next = client.Lock("free:lock", 60);
        Assert.NotNull(next);
    }

    [Theory, OnRespKv, OnRedis]
    public async Task Messages_come_in_order(ServerKind kind)
    {
        var server = await servers.OpenAsync(kind);
        using var client = new RedisClient(server.Address);
        var heard = System.Threading.Channels.Channel.CreateUnbounded<string>();
        using var subscription = client.Subscribe("free:news", (_, message) => heard.Writer.TryWrite((string)message));
        await RunningServer.UntilAsync(() => Task.FromResult(client.Publish("free:news", "begin") == 1));

        for (var i = 0; i < 20; i++)
            client.Publish("free:news", $"message {i}");

        string[] expected = ["begin", .. Enumerable.Range(0, 20).Select(i => $"message {i}")];
        var messages = new List<string>();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        while (messages.Count < expected.Length)
            messages.Add(await heard.Reader.ReadAsync(limit.Token));
        Assert.Equal(expected, messages);
    }

    [Theory, OnRespKv, OnRedis]
    public async Task What_the_client_remembers_is_forgotten_when_another_changes_it(ServerKind kind)
    {
        var server = await servers.OpenAsync(kind);
        var client = new RedisClient(server.Address);
        using var end = new LeftClient(client);
        client.UseClientSideCaching(new ClientSideCachingOptions { KeyFilter = key => key.StartsWith("free:tracked", StringComparison.Ordinal), CheckExpired = (_, _) => false });
        await server.Database.StringSetAsync("free:tracked", "old");
        Assert.Equal("old", client.Get("free:tracked"));

        var before = await HitsAsync(server);
        Assert.Equal("old", client.Get("free:tracked"));
        Assert.Equal(before, await HitsAsync(server));

        await server.Database.StringSetAsync("free:tracked", "new");
        await RunningServer.UntilAsync(() => Task.FromResult(client.Get("free:tracked") == "new"));
    }

    private static async Task<string> HitsAsync(OpenServer server) =>
        (await server.Redis.GetServers()[0].InfoAsync("stats")).SelectMany(section => section).Single(entry => entry.Key == "keyspace_hits").Value;

    // It throws when it is disposed at the moment that it has read a message: the thread that reads then ends before the client has unsubscribed.
    private sealed class LeftClient(RedisClient client) : IDisposable
    {
        public void Dispose()
        {
            try
            {
                client.Dispose();
            }
            catch (RedisClientException error) when (error.Message.StartsWith("Subscription not opened", StringComparison.Ordinal))
            {
                // It has.
            }
        }
    }
}
