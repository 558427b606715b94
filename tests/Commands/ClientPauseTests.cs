using System.Diagnostics;

namespace RespKv.Tests.Commands;

/// <summary>With a server of their own: a pause holds up whoever is there.</summary>
public sealed class ClientPauseTests(RunningServer server) : IClassFixture<RunningServer>
{
    [Fact]
    public async Task A_pause_of_writes_lets_reads_through_until_it_is_ended()
    {
        await using var a = await server.ConnectAsync();
        await using var b = await server.ConnectAsync();
        await RunningServer.RunAsync(a, "CLIENT PAUSE 100000 WRITE");
        Assert.Equal("(null)", (await RunningServer.RunAsync(b, "GET paused"))[0]);
        var write = b.ExecuteAsync("SET", "paused", "1");
        await RunningServer.UntilAsync(async () => (await a.ExecuteAsync("CLIENT", "LIST")).Text.Contains(" flags=b ", StringComparison.Ordinal));
        Assert.False(write.IsCompleted);
        Assert.Equal(["(null)", "OK"], await RunningServer.RunAsync(a, "GET paused", "CLIENT UNPAUSE"));
        Assert.Equal("OK", (await write).Text);
    }

    [Fact]
    public async Task A_pause_of_all_ends_by_itself()
    {
        await using var a = await server.ConnectAsync();
        var since = Stopwatch.StartNew();
        Assert.Equal(["OK", "PONG"], await RunningServer.RunAsync(a, "CLIENT PAUSE 200", "PING"));
        Assert.True(since.ElapsedMilliseconds >= 190);
    }

    [Fact]
    public async Task A_transaction_that_writes_is_held_up_and_one_that_reads_is_not()
    {
        await using var a = await server.ConnectAsync();
        await using var b = await server.ConnectAsync();
        await RunningServer.RunAsync(b, "MULTI", "SET held 1");
        await RunningServer.RunAsync(a, "CLIENT PAUSE 100000 WRITE", "MULTI", "GET held", "EXEC");
        var exec = b.ExecuteAsync("EXEC");
        await Task.Delay(50);
        Assert.False(exec.IsCompleted);
        await RunningServer.RunAsync(a, "CLIENT UNPAUSE");
        Assert.Equal("[OK]", (await exec).ToString());
    }

    [Fact]
    public async Task A_client_that_is_held_up_can_be_killed()
    {
        await using var a = await server.ConnectAsync();
        await using var b = await server.ConnectAsync();
        var id = (await b.ExecuteAsync("CLIENT", "ID")).Integer;
        await RunningServer.RunAsync(a, "CLIENT PAUSE 100000 WRITE");
        await b.SendCommandAsync("SET", "never", "1");
        await RunningServer.UntilAsync(async () => (await a.ExecuteAsync("CLIENT", "LIST", "ID", id)).Text.Contains(" flags=b ", StringComparison.Ordinal));
        Assert.Equal(1, (await a.ExecuteAsync("CLIENT", "KILL", "ID", id)).Integer);
        Assert.Empty(await b.ReadToEndAsync());
        Assert.Equal(["OK", "(null)"], await RunningServer.RunAsync(a, "CLIENT UNPAUSE", "GET never"));
    }

    [Fact]
    public async Task Keys_whose_time_is_up_are_not_reclaimed_while_writes_are_held_up()
    {
        await using var a = await server.ConnectAsync();
        await RunningServer.RunAsync(a, "SELECT 5", "MULTI", "SET expires 1 PX 10", "CLIENT PAUSE 100000 WRITE", "EXEC");
        await RunningServer.UntilAsync(async () => (await a.ExecuteAsync("GET", "expires")).IsNull);
        Assert.Equal(["1", "OK", "(null)", "0"], await RunningServer.RunAsync(a, "DBSIZE", "CLIENT UNPAUSE", "GET expires", "DBSIZE"));
    }
}
