namespace RespKv.Tests.Commands;

public sealed class TransactionTests(RunningServer server) : IClassFixture<RunningServer>
{
    private const string Aborted = "(error) EXECABORT Transaction discarded because of previous errors.";

    [Fact]
    public async Task Queued_commands_run_in_order_and_reply_together()
    {
        await using var a = await server.ConnectAsync();
        var replies = await RunningServer.RunAsync(a, "MULTI", "SET order 1", "INCR order", "GET order", "EXEC", "GET order");
        Assert.Equal(["OK", "QUEUED", "QUEUED", "QUEUED", "[OK, 2, \"2\"]", "\"2\""], replies);
    }

    [Theory]
    [InlineData("NOSUCH x")]
    [InlineData("GET")]
    [InlineData("CLIENT NOSUCH")]
    public async Task A_command_refused_while_queueing_makes_exec_fail(string refused)
    {
        await using var a = await server.ConnectAsync();
        var replies = await RunningServer.RunAsync(a, "MULTI", "SET refused 1", refused, "SET refused 2", "EXEC", "EXISTS refused", "PING");
        Assert.StartsWith("(error) ERR ", replies[2], StringComparison.Ordinal);
        Assert.Equal(["QUEUED", Aborted, "0", "PONG"], replies[3..]);
    }

    [Fact]
    public async Task A_command_that_fails_when_it_runs_does_not_stop_the_others()
    {
        await using var a = await server.ConnectAsync();
        var replies = await RunningServer.RunAsync(a, "SET fails x", "MULTI", "INCR fails", "SET fails y", "EXEC");
        Assert.Equal("[(error) ERR value is not an integer or out of range, OK]", replies[4]);
    }

    [Fact]
    public async Task Nesting_and_watching_inside_are_errors_that_do_not_spoil_it()
    {
        await using var a = await server.ConnectAsync();
        var replies = await RunningServer.RunAsync(a, "MULTI", "MULTI", "WATCH k", "PING", "EXEC", "EXEC", "DISCARD");
        Assert.Equal(
        [
            "OK", "(error) ERR MULTI calls can not be nested", "(error) ERR WATCH inside MULTI is not allowed", "QUEUED", "[PONG]",
            "(error) ERR EXEC without MULTI", "(error) ERR DISCARD without MULTI",
        ], replies);
    }

    [Theory]
    [InlineData("SET {0} 2")]
    [InlineData("SET {0} 1")]
    [InlineData("DEL {0}")]
    [InlineData("EXPIRE {0} 100")]
    [InlineData("RENAME {0} {0}-away")]
    [InlineData("FLUSHDB")]
    [InlineData("FLUSHALL")]
    [InlineData("SWAPDB 6 7")]
    public async Task A_watched_key_that_changes_makes_exec_reply_null(string change)
    {
        await using var a = await server.ConnectAsync();
        await using var b = await server.ConnectAsync();
        var key = "watched:" + change.Split(' ')[0];
        await RunningServer.RunAsync(a, "SELECT 6", $"SET {key} 1", $"WATCH {key}");
        await RunningServer.RunAsync(b, "SELECT 6", string.Format(null, change, key));
        var replies = await RunningServer.RunAsync(a, "MULTI", $"SET {key}:done 1", "EXEC", $"EXISTS {key}:done", "MULTI", "PING", "EXEC");
        Assert.Equal(["(null)", "0", "OK", "QUEUED", "[PONG]"], replies[2..]);
    }

    [Fact]
    public async Task A_watched_key_that_comes_to_be_makes_exec_reply_null()
    {
        await using var a = await server.ConnectAsync();
        await using var b = await server.ConnectAsync();
        await RunningServer.RunAsync(a, "WATCH absent");
        await RunningServer.RunAsync(b, "SET absent 1");
        Assert.Equal("(null)", (await RunningServer.RunAsync(a, "MULTI", "PING", "EXEC"))[2]);
    }

    [Fact]
    public async Task Own_changes_count_and_reads_do_not()
    {
        await using var a = await server.ConnectAsync();
        await using var b = await server.ConnectAsync();
        await RunningServer.RunAsync(b, "SET own 1");
        await RunningServer.RunAsync(a, "WATCH own");
        await RunningServer.RunAsync(b, "GET own", "SET other-key 1");
        Assert.Equal("[PONG]", (await RunningServer.RunAsync(a, "MULTI", "PING", "EXEC"))[2]);
        Assert.Equal("(null)", (await RunningServer.RunAsync(a, "WATCH own", "SET own 2", "MULTI", "PING", "EXEC"))[4]);
    }

    [Theory]
    [InlineData("UNWATCH")]
    [InlineData("MULTI;DISCARD")]
    [InlineData("MULTI;EXEC")]
    [InlineData("RESET")]
    public async Task Keys_are_forgotten(string by)
    {
        await using var a = await server.ConnectAsync();
        await RunningServer.RunAsync(a, "WATCH forgotten");
        await RunningServer.RunAsync(a, by.Split(';'));
        Assert.Equal("[PONG]", (await RunningServer.RunAsync(a, "INCR forgotten", "MULTI", "PING", "EXEC"))[3]);
    }

    [Fact]
    public async Task A_key_that_expires_after_watch_fails_exec_and_one_that_had_expired_does_not()
    {
        await using var a = await server.ConnectAsync();
        await RunningServer.RunAsync(a, "SET brief 1 PX 30", "WATCH brief");
        await Task.Delay(60);
        Assert.Equal("(null)", (await RunningServer.RunAsync(a, "MULTI", "PING", "EXEC"))[2]);
        await RunningServer.RunAsync(a, "SET brief 1 PX 1");
        await Task.Delay(20);
        Assert.Equal("[PONG]", (await RunningServer.RunAsync(a, "WATCH brief", "MULTI", "PING", "EXEC"))[3]);
    }

    [Fact]
    public async Task Select_inside_works_on_later_commands_and_stays()
    {
        await using var a = await server.ConnectAsync();
        var replies = await RunningServer.RunAsync(a, "SELECT 4", "DEL moved", "SELECT 0", "DEL moved", "MULTI", "SELECT 4", "SET moved 1", "EXEC", "GET moved", "SELECT 0", "GET moved");
        Assert.Equal(["[OK, OK]", "\"1\"", "OK", "(null)"], replies[7..]);
    }

    [Fact]
    public async Task Exec_is_atomic_among_many_connections()
    {
        const int rounds = 200;
        var clients = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => server.ConnectAsync()));
        await Task.WhenAll(clients.Select(async client =>
        {
            for (var i = 0; i < rounds; i++)
            {
                var replies = await RunningServer.RunAsync(client, "MULTI", "INCR pair:a", "INCR pair:b", "EXEC");
                var both = replies[3].Trim('[', ']').Split(", ");
                Assert.Equal(both[0], both[1]);
            }
        }));
        Assert.Equal("\"800\"", (await RunningServer.RunAsync(clients[0], "GET pair:a"))[0]);
        foreach (var client in clients)
            await client.DisposeAsync();
    }

    [Fact]
    public async Task Watch_keeps_read_modify_write_from_losing_updates()
    {
        var clients = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => server.ConnectAsync()));
        await RunningServer.RunAsync(clients[0], "SET counter 0");
        await Task.WhenAll(clients.Select(async client =>
        {
            for (var done = 0; done < 50;)
            {
                await client.ExecuteAsync("WATCH", "counter");
                var seen = (await client.ExecuteAsync("GET", "counter")).Integer;
                var replies = await RunningServer.RunAsync(client, "MULTI", $"SET counter {seen + 1}", "EXEC");
                done += replies[2] == "[OK]" ? 1 : 0;
            }
        }));
        Assert.Equal(200, (await clients[0].ExecuteAsync("GET", "counter")).Integer);
        foreach (var client in clients)
            await client.DisposeAsync();
    }

    [Fact]
    public async Task Null_and_arrays_follow_the_protocol_version()
    {
        await using var a = await server.ConnectAsync(protocol: 3);
        await RunningServer.RunAsync(a, "WATCH v3", "SET v3 1", "MULTI");
        await a.SendCommandAsync("EXEC");
        Assert.Equal("_\r\n"u8.ToArray(), await a.ReadRawReplyAsync());
        await using var b = await server.ConnectAsync();
        await RunningServer.RunAsync(b, "WATCH v3", "SET v3 2", "MULTI");
        await b.SendCommandAsync("EXEC");
        Assert.Equal("*-1\r\n"u8.ToArray(), await b.ReadRawReplyAsync());
    }
}
