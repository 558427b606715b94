using RespKv.Protocol;
using RespKv.Tests.Support;

namespace RespKv.Tests.Commands;

/// <summary>Events on keys that Redis knows nothing of, or that take a server of their own; the others are compared with Redis's in the exchange file of notifications.</summary>
public sealed class KeyEventTests(RunningServer server) : IClassFixture<RunningServer>
{
    [Fact]
    public async Task Keys_of_a_named_namespace_are_told_under_its_name()
    {
        await using var listener = await ListenAsync("__key*@shop__:*", "KEA");
        await using var writer = await server.ConnectAsync();

        await RunningServer.RunAsync(writer, "SET cart 0", "KV.USE shop", "SET cart 1", "PEXPIRE cart 1");

        Assert.Equal("__keyspace@shop__:cart set", await EventAsync(listener));
        Assert.Equal("__keyevent@shop__:set cart", await EventAsync(listener));
        Assert.Equal("__keyspace@shop__:cart expire", await EventAsync(listener));
        Assert.Equal("__keyevent@shop__:expire cart", await EventAsync(listener));
        Assert.Equal("__keyspace@shop__:cart expired", await EventAsync(listener));
        Assert.Equal("__keyevent@shop__:expired cart", await EventAsync(listener));
    }

    [Fact]
    public async Task The_default_namespace_is_database_0()
    {
        await using var listener = await ListenAsync("__keyspace@*__:of-default", "KEA");
        await using var writer = await server.ConnectAsync();

        await RunningServer.RunAsync(writer, "KV.USE default", "SET of-default 1");

        Assert.Equal("__keyspace@0__:of-default set", await EventAsync(listener));
    }

    [Fact]
    public async Task Kv_commands_tell_as_those_of_redis_do()
    {
        await using var listener = await ListenAsync("__keyspace@kv__:*", "KEAnm");
        await using var writer = await server.ConnectAsync();

        await RunningServer.RunAsync(
            writer, "KV.USE kv", "KV.GET a", "KV.GETMETA a", "KV.PUT a 1", "KV.PUT a 1 NX", "KV.PUT a 2 EX 100", "KV.SETMETA a {}", "KV.SETMETA b {}", "KV.DELPREFIX a", "KV.DELPREFIX a", "SET end 1");

        Assert.Equal(
            ["a keymiss", "a keymiss", "a new", "a set", "a set", "a expire", "a setmeta", "a del", "end new"],
            await EventsAsync(listener, "__keyspace@kv__:", 9));
    }

    [Theory]
    [InlineData("allkeys-lru")]
    [InlineData("volatile-lru")]
    public async Task What_is_evicted_is_told(string policy)
    {
        await using var full = await RespServerProcess.StartAsync("--notify-keyspace-events", "Ee", "--maxmemory-policy", policy);
        await using var listener = await full.ConnectAsync();
        await using var writer = await full.ConnectAsync();
        await listener.ExecuteAsync("PSUBSCRIBE", "*");

        await RunningServer.RunAsync(writer, "SELECT 3", "SET a 1 EX 100", "SET b 1 EX 100", "CONFIG SET maxmemory 1");

        string[] gone = [await EventAsync(listener), await EventAsync(listener)];
        Assert.Equal(["__keyevent@3__:evicted a", "__keyevent@3__:evicted b"], gone.Order());
    }

    [Fact]
    public async Task New_keys_are_told_though_redis_does_not_show_that_they_are_asked_for()
    {
        await using var listener = await ListenAsync("__keyevent@0__:new", "KEAn");
        await using var writer = await server.ConnectAsync();

        Assert.Equal("[\"notify-keyspace-events\", \"AKE\"]", (await RunningServer.RunAsync(writer, "CONFIG GET notify-keyspace-events"))[0]);
        await writer.ExecuteAsync("SET", "brand-new", "1");

        Assert.Equal("__keyevent@0__:new brand-new", await EventAsync(listener));
    }

    // With so many other fields a hash is large, and each field a record of its own.
    [Theory]
    [InlineData(1)]
    [InlineData(300)]
    public async Task Hashes_tell_what_happens_to_their_fields(int others)
    {
        var database = $"hash{others}";
        await using var listener = await ListenAsync($"__keyspace@{database}__:*", "KEAnm");
        await using var writer = await server.ConnectAsync();
        var names = string.Join(' ', Enumerable.Range(0, others).Select(i => $"o{i}"));

        await RunningServer.RunAsync(
            writer, $"KV.USE {database}", $"HSET h {names.Replace(" ", " 1 ", StringComparison.Ordinal)} 1", "HSETNX h a 1", "HSETNX h a 2", "HINCRBY h a 2", "HINCRBY h a x", "HINCRBYFLOAT h a 0.5",
            "HEXPIRE h 100 FIELDS 1 a", "HEXPIRE h 100 NX FIELDS 1 a", "HPERSIST h FIELDS 1 a", "HPERSIST h FIELDS 1 a", "HDEL h a", "HDEL h a", "HMSET h b 1 c 1", "HPEXPIREAT h 1 FIELDS 2 b none",
            $"HDEL h c {names}", "HGET h a", "HSET h a 1", "HEXPIREAT h 1 FIELDS 1 a", "SET end 1");

        Assert.Equal(
            ["h new", "h hset", "h hset", "h hincrby", "h hincrbyfloat", "h hexpire", "h hpersist", "h hdel", "h hset", "h hdel", "h hdel", "h del", "h keymiss", "h new", "h hset", "h hdel", "h del", "end new"],
            await EventsAsync(listener, $"__keyspace@{database}__:", 18));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(300)]
    public async Task Fields_that_expire_are_told_by_their_hash(int fields)
    {
        var database = $"ending{fields}";
        await using var listener = await ListenAsync($"__keyspace@{database}__:*", "KEAn");
        await using var writer = await server.ConnectAsync();
        var names = string.Join(' ', Enumerable.Range(0, fields).Select(i => $"f{i}"));

        await RunningServer.RunAsync(
            writer, $"KV.USE {database}", $"HSET h stays 1 {names.Replace(" ", " 1 ", StringComparison.Ordinal)} 1", $"HPEXPIRE h 1 FIELDS {fields} {names}");
        Assert.Equal(["h new", "h hset", "h hexpire", "h hexpired"], await EventsAsync(listener, $"__keyspace@{database}__:", 4));

        await RunningServer.RunAsync(writer, "HPEXPIRE h 1 FIELDS 1 stays");
        Assert.Equal(["h hexpire", "h hexpired", "h del"], await EventsAsync(listener, $"__keyspace@{database}__:", 3));
        Assert.Equal(0, (await writer.ExecuteAsync("EXISTS", "h")).Integer);
    }

    // All tests of the class want different classes of one server, and run one after the other.
    private async Task<RespClient> ListenAsync(string pattern, string classes)
    {
        var listener = await server.ConnectAsync();
        await listener.ExecuteAsync("CONFIG", "SET", "notify-keyspace-events", classes);
        await listener.ExecuteAsync("PSUBSCRIBE", pattern);
        return listener;
    }

    private static async Task<string> EventAsync(RespClient listener)
    {
        var message = await listener.ReadReplyAsync();
        return $"{message.Items[2].Text} {message.Items[3].Text}";
    }

    private static async Task<List<string>> EventsAsync(RespClient listener, string prefix, int count)
    {
        var events = new List<string>();
        while (events.Count < count)
            events.Add((await EventAsync(listener)).Replace(prefix, "", StringComparison.Ordinal));
        return events;
    }
}
