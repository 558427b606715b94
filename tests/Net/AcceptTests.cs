using System.Net.Sockets;
using System.Text;
using RespKv.Protocol;
using RespKv.Tests.Support;

namespace RespKv.Tests.Net;

/// <summary>Connections that cannot be taken in.</summary>
public sealed class AcceptTests
{
    [Fact]
    public async Task One_client_more_than_maxclients_is_told_so_and_closed()
    {
        await using var server = await HostileServer.StartAsync("--maxclients", "2");
        await using var first = await server.ConnectAsync();
        await first.ExecuteAsync("PING");
        var second = await server.ConnectAsync();
        await second.ExecuteAsync("PING");

        await using (var third = await server.ConnectAsync())
            Assert.Equal("-ERR max number of clients reached\r\n", Encoding.ASCII.GetString(await third.ReadToEndAsync()));
        await second.DisposeAsync();
        await HostileServer.UntilAsync(async () =>
        {
            await using var next = await server.ConnectAsync();
            await next.SendAsync("PING\r\n"u8.ToArray());
            next.FinishSending();
            return Encoding.ASCII.GetString(await next.ReadToEndAsync()) == "+PONG\r\n";
        });
        Assert.Equal("PONG", (await first.ExecuteAsync("PING")).Text);
    }

    [Fact]
    public async Task Without_descriptors_old_clients_are_served_and_new_ones_told()
    {
        await using var server = await HostileServer.StartAsync();
        await using var old = await server.ConnectAsync();
        await old.ExecuteAsync("PING");
        await ProcessFigures.LimitDescriptorsAsync(server.ProcessId, ProcessFigures.Descriptors(server.ProcessId) + 80);

        var clients = await Task.WhenAll(Enumerable.Range(0, 60).Select(_ => server.ConnectAsync()));
        var answers = await Task.WhenAll(clients.Select(AnswerAsync));
        Assert.Contains("+PONG\r\n", answers);
        Assert.Contains("-ERR max number of clients reached\r\n", answers);
        Assert.Equal("PONG", (await old.ExecuteAsync("PING")).Text);
        foreach (var client in clients)
            await client.DisposeAsync();

        await ProcessFigures.LimitDescriptorsAsync(server.ProcessId, 4096);
        clients = await Task.WhenAll(Enumerable.Range(0, 60).Select(_ => server.ConnectAsync()));
        Assert.All(await Task.WhenAll(clients.Select(AnswerAsync)), answer => Assert.Equal("+PONG\r\n", answer));
        foreach (var client in clients)
            await client.DisposeAsync();
        await server.AssertSoundAsync();
    }

    private static async Task<string> AnswerAsync(RespClient client)
    {
        try
        {
            await client.SendAsync("PING\r\n"u8.ToArray());
        }
        catch (SocketException)
        {
            // It was refused before it asked; why is there to be read.
        }

        return Encoding.ASCII.GetString(await client.ReadRawReplyAsync());
    }

    [Fact]
    public async Task Connections_that_are_reset_at_once_do_not_keep_others_out()
    {
        await using var server = await HostileServer.StartAsync();
        for (var i = 0; i < 300; i++)
            HostileServer.Reset(await server.ConnectRawAsync());

        await server.AssertSoundAsync();
        Assert.DoesNotContain("Accepting a connection failed", server.Log, StringComparison.Ordinal);
        await using var observer = await server.ConnectAsync();
        await HostileServer.UntilAsync(async () => (await observer.ExecuteAsync("INFO", "clients")).Text.Contains("connected_clients:1\r\n", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_client_that_is_idle_for_too_long_is_closed_and_one_that_listens_is_not()
    {
        await using var server = await HostileServer.StartAsync("--timeout", "1");
        await using var idle = await server.ConnectAsync();
        await using var listener = await server.ConnectAsync();
        await listener.ExecuteAsync("SUBSCRIBE", "news");
        await idle.ExecuteAsync("PING");

        Assert.Empty(await idle.ReadToEndAsync());
        await using var publisher = await server.ConnectAsync();
        await publisher.ExecuteAsync("PUBLISH", "news", "x");
        Assert.Equal("[message, news, x]", (await listener.ReadReplyAsync()).ToString().Replace("\"", "", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_stop_answers_what_was_received()
    {
        await using var server = await HostileServer.StartAsync();
        await using var client = await server.ConnectAsync();
        await client.ExecuteAsync("SET", "value", new byte[1024]);
        await client.SendAsync(Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("GET value\r\n", 1000)) + "SHUTDOWN NOSAVE\r\n"));

        for (var i = 0; i < 1000; i++)
            Assert.Equal(1024, (await client.ReadReplyAsync()).Bytes.Length);
        Assert.Empty(await client.ReadToEndAsync());
    }
}
