using System.Globalization;
using RespKv.Protocol;
using RespKv.Server.Storage;
using RespKv.Tests.Support;

namespace RespKv.Tests.Model;

/// <summary><c>maxmemory</c> and its policies on the real process.</summary>
public sealed class EvictionTests
{
    private const long Limit = 32L << 20;
    private const string Oom = "OOM command not allowed when used memory > 'maxmemory'.";

    private static readonly byte[] Value = new byte[4000];

    [Theory]
    [InlineData("allkeys-lru", false)]
    [InlineData("allkeys-lfu", false)]
    [InlineData("allkeys-random", false)]
    [InlineData("volatile-lru", true)]
    [InlineData("volatile-lfu", true)]
    [InlineData("volatile-random", true)]
    [InlineData("volatile-ttl", true)]
    public async Task Memory_stays_within_the_limit_and_writes_go_on(string policy, bool withExpiry)
    {
        await using var server = await StartAsync(policy);
        await using var client = await server.ConnectAsync();
        var used = 0L;

        for (var first = 0; first < 30_000; first += 500)
        {
            Assert.All(await SetAsync(client, "k", first, 500, withExpiry), reply => Assert.Equal("OK", reply.Text));
            used = Math.Max(used, await UsedAsync(client));
        }

        // A writer may be ahead of the cleaner by what a batch or two bring.
        Assert.InRange(used, Limit / 2, Limit + (6L << 20));
        Assert.InRange((await client.ExecuteAsync("DBSIZE")).Integer, 3000, 9000);
    }

    [Theory]
    [InlineData("noeviction")]
    [InlineData("volatile-lru")]
    [InlineData("volatile-ttl")]
    public async Task Writes_are_refused_when_nothing_may_go(string policy)
    {
        await using var server = await StartAsync(policy);
        await using var client = await server.ConnectAsync();

        var replies = await SetAsync(client, "k", 0, 10_000, withExpiry: false);

        Assert.Equal(Oom, replies[^1].Text);
        Assert.InRange(await UsedAsync(client), Limit - (64 << 10), Limit + (64 << 10));
        var kept = replies.Count(reply => reply.Text == "OK");
        Assert.Equal(kept, (await client.ExecuteAsync("DBSIZE")).Integer);
        Assert.Equal(Value, (await client.ExecuteAsync("GET", "k0")).Bytes.ToArray());
        Assert.Equal("1", (await client.ExecuteAsync("DEL", "k1")).Text);
        Assert.Equal("1", (await client.ExecuteAsync("DEL", "k2")).Text);
        Assert.Equal("OK", (await client.ExecuteAsync("SET", "other", "small")).Text);
    }

    [Fact]
    public async Task A_key_that_is_given_an_expiry_may_go_at_once()
    {
        await using var server = await StartAsync("volatile-lru");
        await using var client = await server.ConnectAsync();
        Assert.Equal(Oom, (await SetAsync(client, "k", 0, 10_000, withExpiry: false))[^1].Text);

        for (var i = 0; i < 500; i++)
            Assert.Equal("1", (await client.ExecuteAsync("EXPIRE", $"k{i}", 1000)).Text);

        Assert.Equal("OK", (await client.ExecuteAsync("SET", "other", Value)).Text);
        await Commands.RunningServer.UntilAsync(async () => await UsedAsync(client) <= Limit);
        Assert.Equal(Value, (await client.ExecuteAsync("GET", "k1000")).Bytes.ToArray());
    }

    [Fact]
    public async Task Giving_up_the_few_keys_that_may_go_does_not_move_all_others()
    {
        await using var server = await InProcessServer.StartAsync();
        await using var client = await server.ConnectAsync();
        server.Store.Settings.Policy = EvictionPolicy.VolatileLru;
        server.Store.Settings.MaxMemoryBytes = Limit;
        Assert.Equal(Oom, (await SetAsync(client, "k", 0, 10_000, withExpiry: false))[^1].Text);
        var begin = server.Store.BeginAddress;

        for (var i = 0; i < 10; i++)
        {
            await client.ExecuteAsync("EXPIRE", $"k{i}", 1000);
            Assert.Equal("OK", (await client.ExecuteAsync("SET", "new" + i, Value)).Text);
            await Commands.RunningServer.UntilAsync(() => Task.FromResult(!server.Store.IsFull || server.Store.ExpiringKeyCount == 0));
        }

        Assert.InRange(server.Store.Cleaner.EvictedKeys, 8, 10);
        Assert.Equal(10, (await client.ExecuteAsync(["EXISTS", .. Enumerable.Range(0, 10).Select(k => (RespArgument)$"new{k}")])).Integer);
        Assert.InRange(server.Store.BeginAddress - begin, 0, Limit);
    }

    [Fact]
    public async Task Keys_that_end_soonest_go_first_under_volatile_ttl()
    {
        await using var server = await StartAsync("volatile-ttl");
        await using var client = await server.ConnectAsync();
        await SetAsync(client, "late", 0, 1000, withExpiry: false);
        await SetAsync(client, "soon", 0, 1000, withExpiry: false);
        for (var i = 0; i < 1000; i++)
        {
            await client.ExecuteAsync("EXPIRE", $"late{i}", 1_000_000);
            await client.ExecuteAsync("EXPIRE", $"soon{i}", 1000);
        }

        // Eviction goes on behind the writes; when almost all that end soon have gone, samples may have none of them.
        for (var first = 0; !(await client.ExecuteAsync("INFO", "stats")).Text.Contains("evicted_keys:1", StringComparison.Ordinal); first += 10)
            await client.ExecuteAsync(["MSET", .. Enumerable.Range(first, 10).SelectMany(k => new RespArgument[] { $"k{k}", Value })]);

        Assert.Equal(1000, (await client.ExecuteAsync(["EXISTS", .. Enumerable.Range(0, 1000).Select(k => (RespArgument)$"late{k}")])).Integer);
    }

    [Fact]
    public async Task Keys_that_are_read_outlive_others_under_allkeys_lru()
    {
        await using var server = await StartAsync("allkeys-lru");
        await using var client = await server.ConnectAsync();
        await SetAsync(client, "read", 0, 500, withExpiry: false);
        await SetAsync(client, "unread", 0, 500, withExpiry: false);

        for (var first = 0; first < 20_000; first += 500)
        {
            await SetAsync(client, "k", first, 500, withExpiry: false);
            for (var i = 0; i < 500; i += 100)
                await client.ExecuteAsync(["MGET", .. Enumerable.Range(i, 100).Select(k => (RespArgument)$"read{k}")]);
        }

        var read = (await client.ExecuteAsync(["EXISTS", .. Enumerable.Range(0, 500).Select(k => (RespArgument)$"read{k}")])).Integer;
        var unread = (await client.ExecuteAsync(["EXISTS", .. Enumerable.Range(0, 500).Select(k => (RespArgument)$"unread{k}")])).Integer;
        Assert.InRange(read, 450, 500);
        Assert.InRange(unread, 0, 50);
    }

    [Fact]
    public async Task Large_values_count()
    {
        await using var server = await StartAsync("allkeys-lru");
        await using var client = await server.ConnectAsync();
        var value = new byte[2 << 20];

        for (var i = 0; i < 40; i++)
            Assert.Equal("OK", (await client.ExecuteAsync("SET", "large" + i, value)).Text);

        await Commands.RunningServer.UntilAsync(async () => await UsedAsync(client) <= Limit);
        Assert.InRange((await client.ExecuteAsync("DBSIZE")).Integer, 8, 15);
    }

    [Fact]
    public async Task Keys_whose_time_is_up_go_within_about_a_second_untouched()
    {
        await using var server = await StartAsync("noeviction");
        await using var client = await server.ConnectAsync();
        var before = await UsedAsync(client);
        await SetAsync(client, "k", 0, 5000, withExpiry: false);
        for (var i = 0; i < 5000; i++)
            await client.SendCommandAsync("PEXPIRE", $"k{i}", 200);
        for (var i = 0; i < 5000; i++)
            await client.ReadReplyAsync();

        await Commands.RunningServer.UntilAsync(async () => (await client.ExecuteAsync("DBSIZE")).Integer == 0);

        Assert.InRange(await UsedAsync(client), 0, before + (1 << 20));
    }

    private static Task<RespServerProcess> StartAsync(string policy) =>
        RespServerProcess.StartAsync("--maxmemory", Limit.ToString(CultureInfo.InvariantCulture), "--maxmemory-policy", policy);

    private static async Task<List<RespReply>> SetAsync(RespClient client, string prefix, int first, int count, bool withExpiry)
    {
        var replies = new List<RespReply>();
        for (var batch = first; batch < first + count; batch += 100)
        {
            await client.SendAsync(Enumerable.Range(batch, 100).SelectMany(i => withExpiry ? RespArgument.Request("SET", prefix + i, Value, "EX", 10_000 + i) : RespArgument.Request("SET", prefix + i, Value)).ToArray());
            for (var i = 0; i < 100; i++)
                replies.Add(await client.ReadReplyAsync());
        }

        return replies;
    }

    private static async Task<long> UsedAsync(RespClient client)
    {
        var info = (await client.ExecuteAsync("INFO", "memory")).Text;
        var line = info.Split("\r\n").First(line => line.StartsWith("used_memory:", StringComparison.Ordinal));
        return long.Parse(line["used_memory:".Length..], CultureInfo.InvariantCulture);
    }
}
