using System.Text;
using RespKv.Protocol;

namespace RespKv.Tests.Commands;

public sealed class PubSubTests(RunningServer server) : IClassFixture<RunningServer>
{
    [Fact]
    public async Task Messages_go_to_those_that_listen_by_name_and_by_pattern()
    {
        await using var byName = await server.ConnectAsync();
        await using var byPattern = await server.ConnectAsync();
        await using var publisher = await server.ConnectAsync();
        Assert.Equal("[\"subscribe\", \"news\", 1]", (await RunningServer.RunAsync(byName, "SUBSCRIBE news"))[0]);
        Assert.Equal("[\"psubscribe\", \"n?w*\", 1]", (await RunningServer.RunAsync(byPattern, "PSUBSCRIBE n?w*"))[0]);
        Assert.Equal(["2", "1", "0"], await RunningServer.RunAsync(publisher, "PUBLISH news hello", "PUBLISH newer x", "PUBLISH old x"));
        Assert.Equal("[\"message\", \"news\", \"hello\"]", (await byName.ReadReplyAsync()).ToString());
        Assert.Equal("[\"pmessage\", \"n?w*\", \"news\", \"hello\"]", (await byPattern.ReadReplyAsync()).ToString());
        Assert.Equal("[\"pmessage\", \"n?w*\", \"newer\", \"x\"]", (await byPattern.ReadReplyAsync()).ToString());
    }

    [Fact]
    public async Task A_client_that_was_killed_hears_nothing_more()
    {
        await using var listener = await server.ConnectAsync();
        await using var publisher = await server.ConnectAsync();
        var id = (await RunningServer.RunAsync(listener, "CLIENT ID", "SUBSCRIBE killed"))[0];

        await publisher.SendAsync(Encoding.ASCII.GetBytes($"CLIENT KILL ID {id}\r\nPUBLISH killed x\r\n"));

        Assert.Equal(1, (await publisher.ReadReplyAsync()).Integer);
        Assert.Equal(0, (await publisher.ReadReplyAsync()).Integer);
        Assert.Empty(await listener.ReadToEndAsync());
    }

    [Fact]
    public async Task A_message_that_was_published_before_a_command_was_sent_comes_before_its_reply()
    {
        await using var listener = await server.ConnectAsync(protocol: 3);
        await using var publisher = await server.ConnectAsync();
        await listener.ExecuteAsync("SUBSCRIBE", "order");
        for (var i = 0; i < 50; i++)
        {
            await publisher.ExecuteAsync("PUBLISH", "order", i);
            await listener.SendCommandAsync("PING");
            Assert.Equal(RespReplyKind.Push, (await listener.ReadReplyAsync()).Kind);
            Assert.Equal("PONG", (await listener.ReadReplyAsync()).Text);
        }
    }

    [Fact]
    public async Task Confirmations_count_channels_and_patterns_and_shards_apart()
    {
        await using var a = await server.ConnectAsync(protocol: 3);
        await a.SendCommandAsync("SUBSCRIBE", "c1", "c2", "c1");
        Assert.Equal("1, 2, 2", await ReadCountsAsync(a, 3));
        await a.SendCommandAsync("PSUBSCRIBE", "p1");
        Assert.Equal("3", await ReadCountsAsync(a, 1));
        await a.SendCommandAsync("SSUBSCRIBE", "s1");
        Assert.Equal("1", await ReadCountsAsync(a, 1));
        await a.SendCommandAsync("UNSUBSCRIBE");
        Assert.Equal("2, 1", await ReadCountsAsync(a, 2));
        await a.SendCommandAsync("PUNSUBSCRIBE", "none", "p1");
        Assert.Equal("1, 0", await ReadCountsAsync(a, 2));
        await a.SendCommandAsync("UNSUBSCRIBE");
        Assert.Equal(">3\r\n$11\r\nunsubscribe\r\n_\r\n:0\r\n"u8.ToArray(), await a.ReadRawReplyAsync());
        await a.SendCommandAsync("SUNSUBSCRIBE");
        Assert.Equal("0", await ReadCountsAsync(a, 1));
    }

    [Fact]
    public async Task Only_some_commands_are_allowed_while_a_resp2_client_listens()
    {
        await using var a = await server.ConnectAsync();
        var replies = await RunningServer.RunAsync(a, "SUBSCRIBE only", "GET k", "CLIENT LIST", "PING", "PING x", "UNSUBSCRIBE", "PING");
        Assert.Equal(
        [
            "(error) ERR Can't execute 'get': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context",
            "(error) ERR Can't execute 'client|list': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context",
            "[\"pong\", \"\"]", "[\"pong\", \"x\"]", "[\"unsubscribe\", \"only\", 0]", "PONG",
        ], replies[1..]);
    }

    [Fact]
    public async Task A_resp3_client_goes_on_as_before_and_gets_pushes()
    {
        await using var a = await server.ConnectAsync(protocol: 3);
        await RunningServer.RunAsync(a, "SUBSCRIBE three");
        Assert.Equal(["PONG", "(null)"], await RunningServer.RunAsync(a, "PING", "GET three"));
        Assert.Equal("1", (await RunningServer.RunAsync(a, "PUBLISH three self"))[0]);
        Assert.Equal(">3\r\n$7\r\nmessage\r\n$5\r\nthree\r\n$4\r\nself\r\n"u8.ToArray(), await a.ReadRawReplyAsync());
    }

    [Fact]
    public async Task Messages_to_oneself_in_exec_come_behind_its_reply()
    {
        await using var a = await server.ConnectAsync(protocol: 3);
        var replies = await RunningServer.RunAsync(a, "SUBSCRIBE inside", "MULTI", "PUBLISH inside 1", "PING", "EXEC");
        Assert.Equal("[1, PONG]", replies[4]);
        Assert.Equal(">[\"message\", \"inside\", \"1\"]", (await a.ReadReplyAsync()).ToString());
    }

    [Fact]
    public async Task No_message_comes_behind_the_end_of_a_subscription()
    {
        await using var a = await server.ConnectAsync();
        await using var publisher = await server.ConnectAsync();
        using var stop = new CancellationTokenSource();
        var publishing = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
                await publisher.ExecuteAsync("PUBLISH", "burst", "x");
        });
        for (var i = 0; i < 300; i++)
        {
            await a.ExecuteAsync("SUBSCRIBE", "burst");
            await a.SendCommandAsync("UNSUBSCRIBE", "burst");
            var reply = await a.ReadReplyAsync();
            while (reply[0].Text == "message")
                reply = await a.ReadReplyAsync();
            Assert.Equal("unsubscribe", reply[0].Text);
            Assert.Equal("PONG", (await a.ExecuteAsync("PING")).Text);
        }

        await stop.CancelAsync();
        await publishing;
    }

    [Fact]
    public async Task Messages_of_one_publisher_keep_their_order_for_every_listener()
    {
        const int messages = 500;
        var listeners = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => server.ConnectAsync()));
        foreach (var listener in listeners)
            await listener.ExecuteAsync("SUBSCRIBE", "ordered");
        await using var publisher = await server.ConnectAsync();
        for (var i = 0; i < messages; i++)
            await publisher.SendCommandAsync("PUBLISH", "ordered", i);
        for (var i = 0; i < messages; i++)
            Assert.Equal(20, (await publisher.ReadReplyAsync()).Integer);
        foreach (var listener in listeners)
        {
            for (var i = 0; i < messages; i++)
                Assert.Equal(i, (await listener.ReadReplyAsync())[2].Integer);
            await listener.DisposeAsync();
        }
    }

    [Fact]
    public async Task Pubsub_tells_who_listens_and_forgets_those_that_left()
    {
        await using var asking = await server.ConnectAsync();
        var a = await server.ConnectAsync();
        await RunningServer.RunAsync(a, "SUBSCRIBE told:1", "SSUBSCRIBE told:s", "PSUBSCRIBE told:?");
        Assert.Equal(
            ["[\"told:1\"]", "[\"told:1\", 1, \"told:2\", 0]", "[\"told:s\"]", "[\"told:s\", 1]", "[]"],
            await RunningServer.RunAsync(asking, "PUBSUB CHANNELS told:*", "PUBSUB NUMSUB told:1 told:2", "PUBSUB SHARDCHANNELS told:*", "PUBSUB SHARDNUMSUB told:s", "PUBSUB NUMSUB"));
        Assert.True((await asking.ExecuteAsync("PUBSUB", "NUMPAT")).Integer >= 1);
        Assert.Equal(["1", "2"], await RunningServer.RunAsync(asking, "SPUBLISH told:s x", "PUBLISH told:1 x"));
        await a.DisposeAsync();
        await RunningServer.UntilAsync(async () => (await RunningServer.RunAsync(asking, "PUBLISH told:1 x"))[0] == "0");
        Assert.Equal("[]", (await RunningServer.RunAsync(asking, "PUBSUB CHANNELS told:*"))[0]);
    }

    [Fact]
    public async Task A_listener_that_does_not_read_is_closed()
    {
        await using var publisher = await server.ConnectAsync();
        await using var slow = await server.ConnectAsync();
        await slow.ExecuteAsync("SUBSCRIBE", "slow");
        var payload = new byte[1 << 20];
        await RunningServer.UntilAsync(async () =>
        {
            for (var i = 0; i < 8; i++)
                await publisher.ExecuteAsync("PUBLISH", "slow", payload);
            return (await publisher.ExecuteAsync("PUBSUB", "NUMSUB", "slow"))[1].Integer == 0;
        });
    }

    private static async Task<string> ReadCountsAsync(RespClient client, int confirmations)
    {
        var counts = new long[confirmations];
        for (var i = 0; i < confirmations; i++)
            counts[i] = (await client.ReadReplyAsync())[2].Integer;
        return string.Join(", ", counts);
    }
}
