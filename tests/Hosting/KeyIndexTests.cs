using RespKv.Protocol;
using RespKv.Tests.Commands;
using RespKv.Tests.Support;

namespace RespKv.Tests.Hosting;

/// <summary>A pure cache: <c>key-index off</c>.</summary>
public sealed class KeyIndexTests : IAsyncLifetime
{
    private RespServerProcess? process;

    public async Task InitializeAsync() => process = await RespServerProcess.StartAsync("--key-index", "off");

    public async Task DisposeAsync() => await process!.DisposeAsync();

    [Theory]
    [InlineData("SCAN 0", "SCAN")]
    [InlineData("KEYS *", "KEYS")]
    [InlineData("RANDOMKEY", "RANDOMKEY")]
    [InlineData("KV.LIST", "KV.LIST")]
    [InlineData("KV.DELPREFIX a", "KV.DELPREFIX")]
    [InlineData("DEBUG DIGEST", "DEBUG")]
    public async Task What_needs_the_index_says_so(string command, string name)
    {
        await using var client = await process!.ConnectAsync();

        var replies = await RunningServer.RunAsync(client, command, "MULTI", command, "EXEC", "CONFIG GET key-index");

        var error = $"(error) ERR {name} needs the index of keys, which this server was started without (key-index off)";
        Assert.Equal([error, "OK", "QUEUED", $"[{error}]", "[\"key-index\", \"off\"]"], replies);
    }

    [Fact]
    public async Task Keys_are_counted_exactly()
    {
        await using var client = await process!.ConnectAsync();

        await RunningServer.RunAsync(
            client,
            "MSET a 1 b 2 c 3 c 4", "SET d 1 EX 100", "SET d 1 EX 200", "SET d 1 KEEPTTL", "DEL a", "DEL a", "SET a 1", "EXPIRE b 100", "EXPIRE b 200", "SET c 1 EX 10", "PERSIST c",
            "RENAME a e", "COPY e f", "APPEND g x", "GETDEL g", "MOVE f 3", "SETRANGE h 300000 x", "SET h small", "KV.PUT i 1 META {}", "INCR j", "EXPIRE j -1");

        Assert.Equal(6, (await client.ExecuteAsync("DBSIZE")).Integer);
        Assert.Equal("db0:keys=6,expires=2 db3:keys=1,expires=0", await KeyspaceAsync(client));
        await RunningServer.RunAsync(client, "SWAPDB 0 3");
        Assert.Equal("db0:keys=1,expires=0 db3:keys=6,expires=2", await KeyspaceAsync(client));
        await RunningServer.RunAsync(client, "SELECT 3", "FLUSHDB");
        Assert.Equal("db0:keys=1,expires=0", await KeyspaceAsync(client));
        await RunningServer.RunAsync(client, "FLUSHALL");
        Assert.Equal("", await KeyspaceAsync(client));
    }

    [Fact]
    public async Task Expired_keys_are_reclaimed_though_nobody_asks_for_them()
    {
        await using var client = await process!.ConnectAsync();
        await client.ExecuteAsync("CONFIG", "SET", "notify-keyspace-events", "Ex");
        await client.ExecuteAsync("SET", "stays", "1");
        for (var i = 0; i < 5000; i++)
            await client.SendCommandAsync("SET", "goes" + i, "1", "PX", 1 + (i % 50));
        for (var i = 0; i < 5000; i++)
            await client.ReadReplyAsync();

        await RunningServer.UntilAsync(async () => (await client.ExecuteAsync("DBSIZE")).Integer == 1);

        Assert.Equal("db0:keys=1,expires=0", await KeyspaceAsync(client));
        Assert.Equal("1", (await client.ExecuteAsync("GET", "stays")).Text);
        Assert.Contains("expired_keys:5000\r\n", (await client.ExecuteAsync("INFO", "stats")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fields_of_hashes_are_reclaimed_and_large_hashes_are_counted_and_listed()
    {
        await using var client = await process!.ConnectAsync();
        var names = Enumerable.Range(0, 300).Select(i => $"f{i}").ToArray();
        var fields = string.Join(" v ", names) + " v";

        await RunningServer.RunAsync(
            client, $"HSET large {fields}", $"HSET ending {fields}", $"HPEXPIRE ending 1 FIELDS 300 {string.Join(' ', names)}", "HSET small f v g v", "HPEXPIRE small 1 FIELDS 1 f", "HSET gone f v", "HPEXPIRE gone 1 FIELDS 1 f");
        await RunningServer.UntilAsync(async () => (await client.ExecuteAsync("DBSIZE")).Integer == 2);

        var replies = await RunningServer.RunAsync(client, "HLEN large", "HLEN small", "HGETALL small", "HGET large f299", "HSCAN large 0 MATCH f299 COUNT 1000 NOVALUES", "DEL large small", "DBSIZE");
        Assert.Equal(["300", "1", "[\"g\", \"v\"]", "\"v\"", "[\"0\", [\"f299\"]]", "2", "0"], replies);
    }

    [Fact]
    public async Task Memory_is_bounded_and_the_index_takes_none_of_it()
    {
        await using var client = await process!.ConnectAsync();
        await client.ExecuteAsync("CONFIG", "SET", "maxmemory", "32mb");
        var value = new byte[1000];
        for (var first = 0; first < 100_000; first += 500)
        {
            await client.SendAsync(Enumerable.Range(first, 500).SelectMany(i => RespArgument.Request("SET", "k" + i, value)).ToArray());
            for (var i = 0; i < 500; i++)
                Assert.Equal("OK", (await client.ReadReplyAsync()).Text);
        }

        var info = (await client.ExecuteAsync("INFO")).Text;
        Assert.Contains("directory_bytes:0\r\n", info, StringComparison.Ordinal);
        Assert.DoesNotContain("evicted_keys:0\r\n", info, StringComparison.Ordinal);
        Assert.InRange((await client.ExecuteAsync("DBSIZE")).Integer, 15_000, 40_000);
    }

    [Fact]
    public async Task A_policy_that_needs_the_index_is_refused()
    {
        await using var client = await process!.ConnectAsync();

        var refused = await client.ExecuteAsync("CONFIG", "SET", "maxmemory-policy", "volatile-ttl");
        var (code, _, error) = await RespServerProcess.RunAsync("--key-index", "off", "--maxmemory-policy", "volatile-lru");

        const string reason = "a volatile policy finds the keys that may go by the index of keys (key-index on)";
        Assert.Equal($"ERR CONFIG SET failed (possibly related to argument 'maxmemory-policy') - {reason}", refused.Text);
        Assert.Equal("allkeys-lru", (await client.ExecuteAsync("CONFIG", "GET", "maxmemory-policy")).Items[1].Text);
        Assert.Equal((1, $"respkv: --maxmemory-policy: {reason}\n"), (code, error));
    }

    private static async Task<string> KeyspaceAsync(RespClient client)
    {
        var lines = (await client.ExecuteAsync("INFO", "keyspace")).Text.Split("\r\n").Where(line => line.StartsWith("db", StringComparison.Ordinal));
        return string.Join(' ', lines.Select(line => line[..line.IndexOf(",avg", StringComparison.Ordinal)]));
    }
}
