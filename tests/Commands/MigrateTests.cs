using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using RespKv.Protocol;
using RespKv.Tests.Support;

namespace RespKv.Tests.Commands;

/// <summary>MIGRATE between RespKv and redis-server in each direction, what it replies beside redis-server, and what happens when the target or a key does not keep still.</summary>
public sealed class MigrateTests
{
    [PeerTheory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task Keys_of_all_types_go_to_the_other_server(bool fromRespKv, bool toRespKv)
    {
        await using var source = await StartAsync(fromRespKv);
        await using var target = await StartAsync(toRespKv);
        await using var from = await source.ConnectAsync();
        await using var to = await target.ConnectAsync();
        await from.ExecuteAsync("SET", "text", "value");
        await from.ExecuteAsync("SET", "number", "12345");
        await from.ExecuteAsync("SET", new byte[] { 0, 13, 10, 255 }, new byte[] { 0, 1, 2, 13, 10 });
        await from.ExecuteAsync("SETRANGE", "long", "3000000", "end");
        await from.ExecuteAsync("SET", "timed", "soon", "PX", "1000000");
        await from.ExecuteAsync("HSET", "small", "field", "value");
        await from.ExecuteAsync([.. new[] { "HSET", "large" }.Concat(Enumerable.Range(0, 4000).Select(i => i.ToString(CultureInfo.InvariantCulture))).Select(word => (RespArgument)word)]);
        await from.ExecuteAsync("SET", "stays", "1");

        Assert.Equal("OK", await MigrateAsync(from, target.Port, "text 5 5000"));
        Assert.Equal("OK", (await from.ExecuteAsync("MIGRATE", "127.0.0.1", Text(target.Port), new byte[] { 0, 13, 10, 255 }, "5", "5000")).Text);
        Assert.Equal("OK", await MigrateAsync(from, target.Port, "'' 5 5000 KEYS number missing timed small large long"));

        Assert.Equal(["stays"], (await from.ExecuteAsync("KEYS", "*")).Items.Select(key => key.Text));
        await to.ExecuteAsync("SELECT", "5");
        var replies = await RunningServer.RunAsync(to, "GET text", "GET number", "GET timed", "HGETALL small", "HLEN large", "HGET large 3998", "STRLEN long", "DBSIZE", "TTL text");
        Assert.Equal(["\"value\"", "\"12345\"", "\"soon\"", "[\"field\", \"value\"]", "2000", "\"3999\"", "3000003", "7", "-1"], replies);
        Assert.Equal(new byte[] { 0, 1, 2, 13, 10 }, (await to.ExecuteAsync("GET", new byte[] { 0, 13, 10, 255 })).Bytes.ToArray());
        Assert.InRange((await to.ExecuteAsync("PTTL", "timed")).Integer, 1, 1000000);
    }

    [PeerFact]
    public async Task It_replies_as_redis_does()
    {
        await using var target = await RedisServerProcess.StartAsync();
        await using var locked = await RedisServerProcess.StartAsync("--requirepass", "sesame");
        await using var redis = await RedisServerProcess.StartAsync();
        await using var respkv = await RespServerProcess.StartAsync();

        var expected = await ReplayAsync(redis, target.Port, locked.Port);

        Assert.Equal(expected, await ReplayAsync(respkv, target.Port, locked.Port));
        Assert.Contains("-ERR Target instance replied with error: BUSYKEY Target key name already exists.", expected);
        Assert.Contains("-IOERR error or timeout writing to target instance", expected);
    }

    [PeerFact]
    public async Task Its_keys_are_found_as_redis_finds_them()
    {
        string[] calls =
        [
            "MIGRATE host 1 key 0 10", "MIGRATE host 1 key 0 10 COPY REPLACE", "MIGRATE host 1 '' 0 10 COPY KEYS a b c", "MIGRATE host 1 '' 0 10 AUTH KEYS KEYS a b",
            "MIGRATE host 1 '' 0 10 AUTH2 KEYS KEYS KEYS a", "MIGRATE host 1 key 0 10 KEYS a",
        ];
        await using var redis = await RedisServerProcess.StartAsync();
        await using var respkv = await RespServerProcess.StartAsync();
        Assert.Equal(await KeysAsync(redis, calls), await KeysAsync(respkv, calls));
    }

    [Fact]
    public async Task A_target_that_does_not_answer_holds_nobody_up_but_the_client()
    {
        await using var silent = new ScriptedServer { StaysOpen = true };
        await using var server = await RespServerProcess.StartAsync();
        await using var client = await server.ConnectAsync();
        await client.ExecuteAsync("SET", "key", "1");
        await client.SendCommandAsync("MIGRATE", "127.0.0.1", Text(silent.Port), "key", "0", "2000");

        for (var i = 0; i < 8; i++)
        {
            await using var other = await server.ConnectAsync();
            Assert.Equal(["PONG", "\"1\"", $"{i + 1}"], await RunningServer.RunAsync(other, "PING", "GET key", "INCR count"));
        }

        Assert.Equal(0, client.ReceivedBytes);
        Assert.Equal("IOERR error or timeout reading to target instance", (await client.ReadReplyAsync()).Text);
        Assert.Equal("1", (await client.ExecuteAsync("GET", "key")).Text);
    }

    [Fact]
    public async Task A_key_that_changes_while_it_is_sent_is_sent_again()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        await using var server = await RespServerProcess.StartAsync();
        await using var client = await server.ConnectAsync();
        await using var other = await server.ConnectAsync();
        await client.ExecuteAsync("SET", "key", "before");
        await client.SendCommandAsync("MIGRATE", "127.0.0.1", Text(((IPEndPoint)listener.LocalEndpoint).Port), "key", "0", "10000");
        using var target = await listener.AcceptSocketAsync();
        await ReadUntilAsync(target, "SELECT\r\n$1\r\n0\r\n");
        await target.SendAsync("+OK\r\n"u8.ToArray());
        var first = await ReadUntilAsync(target, "before");
        Assert.Equal(11, (await other.ExecuteAsync("APPEND", "key", "after")).Integer);
        await target.SendAsync("+OK\r\n"u8.ToArray());
        var second = await ReadUntilAsync(target, "REPLACE");
        await target.SendAsync("+OK\r\n"u8.ToArray());

        Assert.DoesNotContain("REPLACE", first, StringComparison.Ordinal);
        Assert.Contains("beforeafter", second, StringComparison.Ordinal);
        Assert.Equal("OK", (await client.ReadReplyAsync()).Text);
        Assert.Equal(0, (await other.ExecuteAsync("EXISTS", "key")).Integer);
    }

    [Fact]
    public async Task A_key_that_keeps_changing_is_sent_while_writes_wait()
    {
        await using var target = await RespServerProcess.StartAsync();
        await using var server = await RespServerProcess.StartAsync();
        await using var client = await server.ConnectAsync();
        await client.ExecuteAsync("SET", "count", "1000");
        using var isEnough = new CancellationTokenSource();
        var writers = Enumerable.Range(0, 4).Select(_ => CountAsync(server, isEnough.Token)).ToArray();
        await RunningServer.UntilAsync(async () => (await client.ExecuteAsync("GET", "count")).Integer > 1100);

        var reply = await MigrateAsync(client, target.Port, "count 0 10000");

        Assert.Equal("OK", reply);
        await isEnough.CancelAsync();
        var counted = await Task.WhenAll(writers);
        await using var there = await target.ConnectAsync();
        // No count is lost: what had been counted went along, and the rest began anew.
        var left = await client.ExecuteAsync("GET", "count");
        Assert.Equal(1000 + counted.Sum(), (await there.ExecuteAsync("GET", "count")).Integer + (left.IsNull ? 0 : left.Integer));
    }

    [Fact]
    public async Task A_connection_is_kept_and_made_anew_when_the_target_has_closed_it()
    {
        await using var target = await RespServerProcess.StartAsync();
        await using var server = await RespServerProcess.StartAsync();
        await using var client = await server.ConnectAsync();
        await using var there = await target.ConnectAsync();
        await RunningServer.RunAsync(client, "SET a 1", "SET b 2", "SET c 3");

        Assert.Equal("OK", await MigrateAsync(client, target.Port, "a 2 5000"));
        Assert.Contains("migrate_cached_sockets:1\r\n", (await client.ExecuteAsync("INFO", "stats")).Text, StringComparison.Ordinal);
        Assert.Equal("OK", await MigrateAsync(client, target.Port, "b 2 5000"));
        Assert.Equal(2, (await there.ExecuteAsync("INFO", "stats")).Text.Split("total_connections_received:")[1][0] - '0');
        await there.ExecuteAsync("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
        Assert.Equal("OK", await MigrateAsync(client, target.Port, "c 2 5000"));

        await there.ExecuteAsync("SELECT", "2");
        Assert.Equal(["\"1\"", "\"2\"", "\"3\""], await RunningServer.RunAsync(there, "GET a", "GET b", "GET c"));
    }

    [Fact]
    public async Task It_is_refused_where_all_clients_would_have_to_wait()
    {
        await using var server = await RespServerProcess.StartAsync();
        await using var client = await server.ConnectAsync();
        await RunningServer.RunAsync(client, "SET key 1", "MULTI", $"MIGRATE 127.0.0.1 {server.Port} key 1 100");
        Assert.StartsWith("ERR MIGRATE within a transaction", (await client.ExecuteAsync("EXEC"))[0].Text, StringComparison.Ordinal);
        Assert.StartsWith("ERR MIGRATE within a transaction", (await client.ExecuteAsync("EVAL", "return redis.call('MIGRATE', '127.0.0.1', '1', 'key', '1', '100')", "0")).Text, StringComparison.Ordinal);
        Assert.Equal(1, (await client.ExecuteAsync("EXISTS", "key")).Integer);
    }

    private static async Task<ServerProcess> StartAsync(bool isRespKv) => isRespKv ? await RespServerProcess.StartAsync() : await RedisServerProcess.StartAsync();

    private static async Task<List<string>> ReplayAsync(ServerProcess source, int target, int locked)
    {
        await using var client = await source.ConnectAsync();
        await using var there = await RespClient.ConnectAsync("127.0.0.1", target);
        await using var behind = await RespClient.ConnectAsync("127.0.0.1", locked);
        await there.ExecuteAsync("FLUSHALL");
        await RunningServer.RunAsync(behind, "AUTH sesame", "FLUSHALL", "ACL SETUSER mover on >poppy ~* +restore +select");
        await RunningServer.RunAsync(there, "SET busy 1", "SET other 1");
        await RunningServer.RunAsync(client, "MSET a 1 b 2 c 3 d 4 e 5 f 6 busy 2 other 2 g 7");
        string[] calls =
        [
            "missing 0 1000", "'' 0 1000 KEYS missing none", "'' 0 1000 KEYS", "'' 0 1000", "a 0 1000 SOMETHING", "a 0 1000 AUTH", "a 0 1000 AUTH2 user", "a 0 1000 KEYS b", "a x 1000", "a 0 x",
            "busy 99 1000", "busy 0 1000", "busy 0 1000 REPLACE", "'' 0 0 KEYS b other c", "'' 0 1000 REPLACE KEYS other", "d 0 1000 COPY", "d 0 1000 COPY REPLACE", "d 0 1000 copy", "a 0 1000 AUTH wrong",
        ];
        var replies = new List<string>();
        foreach (var call in calls)
            replies.Add(await MigrateAsync(client, target, call));
        foreach (var call in (string[])["e 0 1000", "e 0 1000 AUTH wrong", "e 0 1000 AUTH2 mover wrong", "e 0 1000 AUTH2 mover poppy", "f 0 1000 AUTH sesame"])
            replies.Add(await MigrateAsync(client, locked, call));
        replies.Add(await MigrateAsync(client, 1, "g 0 1000"));
        replies.Add((await client.ExecuteAsync("MIGRATE", "nowhere.invalid", "1", "g", "0", "1000")).Text);
        // Redis sends the key although it is not let in, and then says so.
        await there.ExecuteAsync("DEL", "a");
        var left = await Task.WhenAll(client.ExecuteAsync("KEYS", "*"), there.ExecuteAsync("KEYS", "*"), behind.ExecuteAsync("KEYS", "*"));
        replies.AddRange(left.Select(keys => string.Join(' ', keys.Items.Select(key => key.Text).Order(StringComparer.Ordinal))));
        return replies;
    }

    private static async Task<string[]> KeysAsync(ServerProcess server, string[] calls)
    {
        await using var client = await server.ConnectAsync();
        var found = new List<string>();
        foreach (var call in calls)
            found.Add((await client.ExecuteAsync(["COMMAND", "GETKEYSANDFLAGS", .. Words(call)])).ToString());
        found.Add((await client.ExecuteAsync("COMMAND", "INFO", "MIGRATE")).ToString());
        return [.. found];
    }

    private static async Task<int> CountAsync(ServerProcess server, CancellationToken isEnough)
    {
        await using var client = await server.ConnectAsync();
        var counted = 0;
        while (!isEnough.IsCancellationRequested)
        {
            await client.ExecuteAsync(["INCR", "count"], CancellationToken.None);
            counted++;
        }

        return counted;
    }

    private static async Task<string> ReadUntilAsync(Socket socket, string text)
    {
        var received = new StringBuilder();
        var buffer = new byte[4096];
        while (!received.ToString().Contains(text, StringComparison.Ordinal))
        {
            var count = await socket.ReceiveAsync(buffer);
            Assert.NotEqual(0, count);
            received.Append(Encoding.Latin1.GetString(buffer, 0, count));
        }

        return received.ToString();
    }

    private static async Task<string> MigrateAsync(RespClient client, int port, string rest)
    {
        var reply = await client.ExecuteAsync(["MIGRATE", "127.0.0.1", Text(port), .. Words(rest)]);
        return (reply.IsError ? "-" : "") + reply.Text;
    }

    private static IEnumerable<RespArgument> Words(string line) => line.Split(' ').Select(word => (RespArgument)(word == "''" ? "" : word));

    private static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);
}
