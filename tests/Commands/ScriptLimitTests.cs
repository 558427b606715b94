using RespKv.Protocol;
using RespKv.Tests.Support;

namespace RespKv.Tests.Commands;

/// <summary>Scripts that do not end, or take too much: each test has a server of its own, which it holds up.</summary>
public sealed class ScriptLimitTests
{
    private const string Busy = "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.";

    [Theory]
    [InlineData("while true do end")]
    [InlineData("while true do redis.call('GET', 'x') end")]
    [InlineData("while true do pcall(function() while true do end end) end")]
    [InlineData("local c = coroutine.wrap(function() while true do end end) while true do pcall(c) end")]
    [InlineData("string.gsub('x', '.', function() while true do end end)")]
    [InlineData("xpcall(redis.call, function() while true do end end)")]
    [InlineData("xpcall(function() while true do end end, function() while true do end end)")]
    public async Task A_script_without_end_can_be_killed_from_any_connection(string script)
    {
        await using var server = await RespServerProcess.StartAsync("--busy-reply-threshold", "20");
        await using var runner = await server.ConnectAsync();
        var others = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => server.ConnectAsync()));
        await runner.SendCommandAsync("EVAL", script, "0");
        foreach (var other in others)
            await UntilBusyAsync(other);
        Assert.Equal("OK", (await others[3].ExecuteAsync("SCRIPT", "KILL")).Text);
        Assert.StartsWith("ERR Script killed by user with SCRIPT KILL... script: ", (await runner.ReadReplyAsync()).Text, StringComparison.Ordinal);
        Assert.Equal("PONG", (await runner.ExecuteAsync("PING")).Text);
        foreach (var other in others)
        {
            Assert.Equal("PONG", (await other.ExecuteAsync("PING")).Text);
            await other.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_script_in_a_transaction_can_be_killed_too()
    {
        await using var server = await RespServerProcess.StartAsync("--busy-reply-threshold", "20");
        await using var runner = await server.ConnectAsync();
        var others = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => server.ConnectAsync()));
        await runner.ExecuteAsync("MULTI");
        await runner.ExecuteAsync("EVAL", "while true do end", "0");
        await runner.ExecuteAsync("PING");
        await runner.SendCommandAsync("EXEC");
        foreach (var other in others)
            await UntilBusyAsync(other);
        Assert.Equal("OK", (await others[0].ExecuteAsync("SCRIPT", "KILL")).Text);
        var replies = await runner.ReadReplyAsync();
        Assert.True(replies[0].IsError);
        Assert.Equal("PONG", replies[1].Text);
        foreach (var other in others)
            await other.DisposeAsync();
    }

    [Fact]
    public async Task A_script_that_has_written_cannot_be_killed()
    {
        await using var server = await RespServerProcess.StartAsync("--busy-reply-threshold", "20");
        await using var runner = await server.ConnectAsync();
        await using var other = await server.ConnectAsync();
        await runner.SendCommandAsync("EVAL", "redis.call('SET', 'k', 'v') while true do end", "0");
        await UntilBusyAsync(other);
        Assert.StartsWith("UNKILLABLE Sorry the script already executed write commands", (await other.ExecuteAsync("SCRIPT", "KILL")).Text, StringComparison.Ordinal);
        Assert.Equal(Busy, (await other.ExecuteAsync("GET", "k")).Text);
        // What cannot be killed does not keep the server from ending.
        await other.SendCommandAsync("SHUTDOWN", "NOSAVE");
        await server.ExitedAsync();
    }

    [Fact]
    public async Task While_a_script_is_busy_a_transaction_is_spoiled_by_what_is_refused()
    {
        await using var server = await RespServerProcess.StartAsync("--busy-reply-threshold", "20");
        await using var runner = await server.ConnectAsync();
        await using var other = await server.ConnectAsync();
        await runner.SendCommandAsync("EVAL", "while true do end", "0");
        await UntilBusyAsync(other);
        var replies = await RunningServer.RunAsync(other, "MULTI", "SET k v", "EXEC", "WATCH k", "FUNCTION KILL", "SCRIPT KILL");
        Assert.Equal(
        [
            "OK", $"(error) {Busy}", $"(error) EXECABORT Transaction discarded because of: {Busy}", $"(error) {Busy}", $"(error) {Busy}", "OK",
        ], replies);
        await RunningServer.UntilAsync(async () => (await other.ExecuteAsync("EXISTS", "k")) is { IsError: false, Integer: 0 });
    }

    [Fact]
    public async Task A_function_without_end_is_killed_as_a_function()
    {
        await using var server = await RespServerProcess.StartAsync("--busy-reply-threshold", "20");
        await using var runner = await server.ConnectAsync();
        await using var other = await server.ConnectAsync();
        await runner.ExecuteAsync("FUNCTION", "LOAD", "#!lua name=endless\nredis.register_function('endless', function() while true do end end)");
        await runner.SendCommandAsync("FCALL", "endless", "0");
        await RunningServer.UntilAsync(async () => (await other.ExecuteAsync("PING")).Text.StartsWith("BUSY", StringComparison.Ordinal));
        Assert.Equal("BUSY Redis is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE.", (await other.ExecuteAsync("SCRIPT", "KILL")).Text);
        Assert.Equal("endless", (await other.ExecuteAsync("FUNCTION", "STATS"))[1][1].Text);
        Assert.Equal("OK", (await other.ExecuteAsync("FUNCTION", "KILL")).Text);
        Assert.StartsWith("ERR Script killed by user with SCRIPT KILL... script: endless, on @user_function:2.", (await runner.ReadReplyAsync()).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_library_that_does_not_end_while_it_is_loaded_is_refused()
    {
        await using var server = await RespServerProcess.StartAsync();
        await using var client = await server.ConnectAsync();
        var reply = await client.ExecuteAsync("FUNCTION", "LOAD", "#!lua name=endless\nwhile true do end");
        Assert.Equal("ERR Error registering functions: ERR FUNCTION LOAD timeout", reply.Text);
        Assert.Equal("[]", (await client.ExecuteAsync("FUNCTION", "LIST")).ToString());
    }

    [Theory]
    [InlineData("local t = {} while true do t[#t + 1] = string.rep('x', 1000) end")]
    [InlineData("local s = 'x' while true do s = s .. s end")]
    [InlineData("return #string.rep('x', 100000000)")]
    [InlineData("local s = string.rep('x', 1000000) local t = {} while true do t[#t + 1] = redis.call('ECHO', s) end")]
    [InlineData("local t = {} while true do t[#t + 1] = cjson.decode('[[1],[2],[3]]') end")]
    public async Task Memory_of_scripts_has_an_end(string script)
    {
        await using var server = await RespServerProcess.StartAsync("--script-memory-limit", "16mb");
        await using var client = await server.ConnectAsync();
        var reply = await client.ExecuteAsync("EVAL", script, "0");
        Assert.StartsWith("ERR not enough memory script: ", reply.Text, StringComparison.Ordinal);
        Assert.Equal(10_000, (await client.ExecuteAsync("EVAL", "local t = {} for i = 1, 10000 do t[i] = i end return #t", "0")).Integer);
    }

    [Theory]
    [InlineData("local function f() return 1 + f() end return f()", "user_script:1: stack overflow")]
    [InlineData("local t = setmetatable({}, {__index = function(t, k) return t[k + 1] end}) return t[1]", "user_script:1: C stack overflow")]
    [InlineData("return string.find(string.rep('a', 300000), string.rep('a?', 300000))", "user_script:1: pattern too complex")]
    public async Task Depth_has_an_end(string script, string error)
    {
        await using var server = await RespServerProcess.StartAsync();
        await using var client = await server.ConnectAsync();
        Assert.StartsWith("ERR " + error, (await client.ExecuteAsync("EVAL", script, "0")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_table_that_holds_itself_is_replied_up_to_a_depth()
    {
        await using var server = await RespServerProcess.StartAsync();
        await using var client = await server.ConnectAsync();
        await client.SendCommandAsync("EVAL", "local t = {} t[1] = t return t", "0");
        Assert.EndsWith("-ERR reached lua stack limit\r\n", System.Text.Encoding.ASCII.GetString(await client.ReadRawReplyAsync()), StringComparison.Ordinal);
        Assert.Equal("PONG", (await client.ExecuteAsync("PING")).Text);
    }

    [Fact]
    public async Task Without_memory_for_data_a_script_may_not_add_unless_it_says_so()
    {
        await using var server = await RespServerProcess.StartAsync("--maxmemory", "1", "--maxmemory-policy", "noeviction");
        await using var client = await server.ConnectAsync();
        Assert.StartsWith("OOM command not allowed when used memory > 'maxmemory'. script: ", (await client.ExecuteAsync("EVAL", "return redis.call('SET', 'k', 1)", "0")).Text, StringComparison.Ordinal);
        Assert.Equal("OOM allow-oom flag is not set on the script, can not run it when used memory > 'maxmemory'", (await client.ExecuteAsync("EVAL", "#!lua\nreturn 1", "0")).Text);
        Assert.Equal("OK", (await client.ExecuteAsync("EVAL", "#!lua flags=allow-oom\nreturn redis.call('SET', 'k', 1)", "0")).Text);
        Assert.Equal("1", (await client.ExecuteAsync("EVAL", "#!lua flags=no-writes\nreturn redis.call('GET', 'k')", "0")).Text);
        Assert.Equal(1, (await client.ExecuteAsync("EVAL", "return redis.call('DEL', 'k')", "0")).Integer);
    }

    private static Task UntilBusyAsync(RespClient client) => RunningServer.UntilAsync(async () => (await client.ExecuteAsync("PING")).Text == Busy);
}
