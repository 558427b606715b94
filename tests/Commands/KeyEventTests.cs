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
