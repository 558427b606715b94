using System.Diagnostics;
using RespKv.Tests.Commands;
using RespKv.Tests.Support;

namespace RespKv.Tests.Hosting;

public sealed class StopTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    [Theory]
    [InlineData(ServerProcess.SigTerm)]
    [InlineData(ServerProcess.SigInt)]
    public async Task A_signal_ends_the_server_whatever_its_clients_do(int signal)
    {
        await using var server = await RespServerProcess.StartAsync();
        await using var idle = await server.ConnectAsync();
        await using var subscribed = await server.ConnectAsync();
        await subscribed.ExecuteAsync("SUBSCRIBE", "news");
        await using var queueing = await server.ConnectAsync();
        await queueing.ExecuteAsync("MULTI");
        await using var monitoring = await server.ConnectAsync();
        await monitoring.ExecuteAsync("MONITOR");
        await using var halfway = await server.ConnectAsync();
        await halfway.SendAsync("*2\r\n$3\r\nGET\r\n$100\r\nhal"u8.ToArray());

        await AssertStopsAsync(server, signal);

        Assert.Empty(await idle.ReadToEndAsync());
        Assert.Empty(await subscribed.ReadToEndAsync());
    }

    [Fact]
    public async Task A_terminal_that_is_closed_does_not_end_it()
    {
        await using var server = await RespServerProcess.StartAsync();
        await using var client = await server.ConnectAsync();

        server.Signal(ServerProcess.SigHup);
        // The first signal has been taken by the time the second one ends it.
        await AssertStopsAsync(server, ServerProcess.SigTerm);

        Assert.Equal(0, server.ExitCode);
        Assert.Empty(await client.ReadToEndAsync());
    }

    [Fact]
    public async Task Clients_that_are_paused_and_clients_that_do_not_read_do_not_keep_it()
    {
        await using var server = await RespServerProcess.StartAsync();
        await using var unread = await server.ConnectAsync();
        await unread.ExecuteAsync("SETRANGE", "large", "8000000", "x");
        for (var i = 0; i < 8; i++)
            await unread.SendCommandAsync("GET", "large");
        await using var pausing = await server.ConnectAsync();
        await pausing.ExecuteAsync("CLIENT", "PAUSE", "600000");
        await using var paused = await server.ConnectAsync();
        await paused.SendCommandAsync("GET", "large");

        await AssertStopsAsync(server, ServerProcess.SigTerm);
    }

    [Fact]
    public async Task What_was_received_is_answered()
    {
        await using var server = await RespServerProcess.StartAsync();
        await using var observer = await server.ConnectAsync();
        await using var client = await server.ConnectAsync();
        await client.SendAsync("DEBUG SLEEP 0.5\r\nSET greeting hello\r\nGET greeting\r\n"u8.ToArray());
        await RunningServer.UntilAsync(async () => (await observer.ExecuteAsync("CLIENT", "LIST")).Text.Contains("cmd=debug", StringComparison.Ordinal));

        await AssertStopsAsync(server, ServerProcess.SigTerm);

        Assert.Equal("OK", (await client.ReadReplyAsync()).Text);
        Assert.Equal("OK", (await client.ReadReplyAsync()).Text);
        Assert.Equal("hello", (await client.ReadReplyAsync()).Text);
        Assert.Empty(await client.ReadToEndAsync());
    }

    [Fact]
    public async Task Shutdown_ends_it_without_a_reply()
    {
        await using var server = await RespServerProcess.StartAsync();
        await using var client = await server.ConnectAsync();
        await client.SendCommandAsync("SHUTDOWN", "NOSAVE");
        Assert.Empty(await client.ReadToEndAsync());
        await RunningServer.UntilAsync(() => Task.FromResult(server.HasExited));
        Assert.Equal(0, server.ExitCode);
    }

    [Fact]
    public async Task The_socket_file_is_taken_away()
    {
        using var folder = new TemporaryFolder();
        await using var server = await RespServerProcess.StartAsync("--unixsocket", folder["socket"]);
        Assert.True(File.Exists(folder["socket"]));
        await server.StopAsync();
        Assert.False(File.Exists(folder["socket"]));
    }

    private static async Task AssertStopsAsync(RespServerProcess server, int signal)
    {
        var since = Stopwatch.StartNew();
        await server.StopAsync(signal);
        Assert.InRange(since.Elapsed, TimeSpan.Zero, Limit);
        Assert.Equal(0, server.ExitCode);
        Assert.Equal("", server.Error);
    }
}
