using RespKv.Protocol;
using RespKv.Tests.Support;

namespace RespKv.Tests.Commands;

public sealed class ScriptTests(RunningServer server) : IClassFixture<RunningServer>
{
    private const string IncrementWithin = "local n = redis.call('INCR', KEYS[1]) if n == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end return n";

    [Fact]
    public async Task A_script_is_atomic_among_many_connections()
    {
        const int rounds = 200;
        const string swap = "local a, b = redis.call('INCR', KEYS[1]), redis.call('INCR', KEYS[2]) return a - b";
        var clients = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => server.ConnectAsync()));
        await Task.WhenAll(clients.Select(async client =>
        {
            for (var i = 0; i < rounds; i++)
                Assert.Equal(0, (await client.ExecuteAsync("EVAL", swap, "2", "atomic:a", "atomic:b")).Integer);
        }));
        Assert.Equal("800", (await clients[0].ExecuteAsync("GET", "atomic:a")).Text);
        foreach (var client in clients)
            await client.DisposeAsync();
    }

    [Fact]
    public async Task A_pipeline_of_scripts_and_commands_replies_in_order()
    {
        await using var client = await server.ConnectAsync();
        var sha = (await client.ExecuteAsync("SCRIPT", "LOAD", IncrementWithin)).Text;
        for (var i = 0; i < 100; i++)
        {
            await client.SendCommandAsync("EVALSHA", sha, "1", "pipelined", "60000");
            await client.SendCommandAsync("INCR", "pipelined");
        }

        for (var i = 1; i <= 200; i++)
            Assert.Equal(i, (await client.ReadReplyAsync()).Integer);
        Assert.InRange((await client.ExecuteAsync("PTTL", "pipelined")).Integer, 1, 60000);
    }

    [Fact]
    public async Task A_script_that_takes_longer_than_a_turn_goes_on_and_replies_in_order()
    {
        await using var client = await server.ConnectAsync();
        await client.SendCommandAsync("SELECT", "9");
        await client.SendCommandAsync("EVAL", "redis.call('SELECT', 10) local n = 0 for i = 1, 2000000 do n = n + 1 end redis.call('SET', KEYS[1], n) return {n, redis.call('GET', KEYS[1])}", "1", "long");
        await client.SendCommandAsync("EXISTS", "long");
        await client.SendCommandAsync("SELECT", "10");
        await client.SendCommandAsync("GET", "long");
        var replies = new List<string>();
        for (var i = 0; i < 5; i++)
            replies.Add((await client.ReadReplyAsync()).ToString());
        Assert.Equal(["OK", "[2000000, \"2000000\"]", "0", "OK", "\"2000000\""], replies);
    }

    [Theory]
    [InlineData("string.gsub('x', '.', function() for i = 1, 300000 do end end) return 'done'")]
    [InlineData("local c = coroutine.wrap(function() for i = 1, 300000 do end return 'done' end) return c()")]
    [InlineData("table.sort({2, 1}, function(a, b) for i = 1, 300000 do end return a < b end) return 'done'")]
    [InlineData("return setmetatable({}, {__index = function() for i = 1, 300000 do end return 'done' end}).x")]
    public async Task A_script_can_be_long_inside_callbacks(string script)
    {
        await using var client = await server.ConnectAsync();
        Assert.Equal("done", (await client.ExecuteAsync("EVAL", script, "0")).Text);
    }

    [Fact]
    public async Task A_script_that_has_been_paused_in_silence_leaves_no_reply()
    {
        await using var client = await server.ConnectAsync();
        await client.SendCommandAsync("CLIENT", "REPLY", "SKIP");
        await client.SendCommandAsync("EVAL", "for i = 1, 2000000 do end return 'unheard'", "0");
        Assert.Equal("heard", (await client.ExecuteAsync("ECHO", "heard")).Text);
    }

    [Fact]
    public async Task Nothing_is_left_behind_by_a_script_that_fails()
    {
        await using var client = await server.ConnectAsync();
        for (var i = 0; i < 300; i++)
            Assert.True((await client.ExecuteAsync("EVAL", "local t = {} t.x = t error('round ' .. ARGV[1])", "0", i)).IsError);
        Assert.Equal("fine", (await client.ExecuteAsync("EVAL", "return KEYS[1]", "1", "fine")).Text);
    }

    [Theory]
    [InlineData("setmetatable({}, {__gc = function() while true do end end}) collectgarbage() return 'fine'")]
    [InlineData("local m = {} setmetatable({}, m) m.__gc = function() while true do end end collectgarbage() return 'fine'")]
    public async Task A_finalizer_is_never_run(string script)
    {
        await using var client = await server.ConnectAsync();
        Assert.Equal("fine", (await client.ExecuteAsync("EVAL", script, "0")).Text);
    }

    [Theory]
    [InlineData("local _, t = pairs(string) t.left = 1")]
    [InlineData("local _, t = pairs(_G) t.left = 1")]
    [InlineData("rawset(string, 'left', 1)")]
    [InlineData("table.insert(string, 1)")]
    [InlineData("getmetatable('').__index = {}")]
    [InlineData("getmetatable(_G).__index = nil")]
    [InlineData("for k in pairs(_G) do _G[k] = nil end")]
    public async Task Nothing_of_the_environment_can_be_changed(string script)
    {
        await using var client = await server.ConnectAsync();
        Assert.Contains("Attempt to modify a readonly table", (await client.ExecuteAsync("EVAL", script, "0")).Text, StringComparison.Ordinal);
        Assert.Equal("nil", (await client.ExecuteAsync("EVAL", "return tostring(string.left)", "0")).Text);
    }

    [Fact]
    public async Task Only_the_scripts_that_eval_brought_are_forgotten_and_the_oldest_first()
    {
        await using var client = await server.ConnectAsync();
        var loaded = (await client.ExecuteAsync("SCRIPT", "LOAD", "return 'loaded to stay'")).Text;
        await client.ExecuteAsync("EVAL", "return 'oldest'", "0");
        for (var i = 0; i < 500; i++)
            await client.ExecuteAsync("EVAL", $"return {i} -- many", "0");
        var exist = await client.ExecuteAsync("SCRIPT", "EXISTS", loaded, Sha1("return 'oldest'"), Sha1("return 499 -- many"));
        Assert.Equal("[1, 0, 1]", exist.ToString());
    }

    [Fact]
    public async Task A_monitor_sees_a_script_before_what_it_calls()
    {
        await using var monitor = await server.ConnectAsync();
        await using var client = await server.ConnectAsync();
        await monitor.ExecuteAsync("MONITOR");
        await client.ExecuteAsync("EVAL", "return redis.call('GET', KEYS[1])", "1", "monitored");
        Assert.Contains("\"EVAL\"", await LineAboutAsync(monitor, "monitored"), StringComparison.Ordinal);
        var inner = await LineAboutAsync(monitor, "monitored");
        Assert.Contains(" lua] \"GET\" \"monitored\"", inner, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_tracks_keys_hears_of_what_a_script_changes()
    {
        await using var reader = await server.ConnectAsync(protocol: 3);
        await using var writer = await server.ConnectAsync();
        await reader.ExecuteAsync("CLIENT", "TRACKING", "ON");
        await reader.ExecuteAsync("EVAL", "return redis.call('GET', KEYS[1])", "1", "tracked");
        await writer.ExecuteAsync("EVAL", "return redis.call('SET', KEYS[1], 1)", "1", "tracked");
        Assert.Equal(">[\"invalidate\", [\"tracked\"]]", (await reader.ReadReplyAsync()).ToString());
    }

    [Fact]
    public async Task Info_tells_of_scripts_and_functions()
    {
        await using var client = await server.ConnectAsync();
        await client.ExecuteAsync("EVAL", "return 'counted'", "0");
        await client.ExecuteAsync("FUNCTION", "LOAD", "REPLACE", "#!lua name=counted\nredis.register_function('counted', function() return 1 end)");
        var info = (await client.ExecuteAsync("INFO", "memory")).Text.Split("\r\n").Select(l => l.Split(':')).Where(p => p.Length == 2).ToDictionary(p => p[0], p => p[1]);
        Assert.NotEqual("0", info["number_of_cached_scripts"]);
        Assert.NotEqual("0", info["number_of_functions"]);
        Assert.NotEqual("0", info["number_of_libraries"]);
        Assert.NotEqual("0", info["used_memory_vm_eval"]);
        Assert.NotEqual("0", info["used_memory_vm_functions"]);
    }

    private static async Task<string> LineAboutAsync(RespClient monitor, string word)
    {
        while (true)
        {
            var line = (await monitor.ReadReplyAsync()).Text;
            if (line.Contains(word, StringComparison.Ordinal))
                return line;
        }
    }

    private static string Sha1(string script) => Server.Scripting.RedisFunctions.Sha1Hex(System.Text.Encoding.UTF8.GetBytes(script));

    [PeerFact]
    public async Task Failures_are_counted_for_the_command_that_fails_as_in_redis()
    {
        await using var redis = await RedisServerProcess.StartAsync();
        await using var respkv = await RespServerProcess.StartAsync();
        Assert.Equal(await CountsAsync(redis), await CountsAsync(respkv));
    }

    [Fact]
    public async Task Names_in_the_first_line_may_be_quoted()
    {
        await using var client = await server.ConnectAsync();
        Assert.Equal("quoted", (await client.ExecuteAsync("FUNCTION", "LOAD", "REPLACE", "#!lua name=\"quoted\"\nredis.register_function('quoted', function() return 1 end)")).Text);
        Assert.Equal(2, (await client.ExecuteAsync("EVAL", "#!lua 'flags=no-writes'\nreturn 2", "0")).Integer);
        Assert.Equal("ERR Invalid library metadata", (await client.ExecuteAsync("FUNCTION", "LOAD", "#!lua name=\"open\n")).Text);
    }

    [Fact]
    public async Task There_is_no_debugger()
    {
        await using var client = await server.ConnectAsync();
        const string none = "(error) ERR SCRIPT DEBUG: this server has no Lua debugger";
        var replies = await RunningServer.RunAsync(client, "SCRIPT DEBUG NO", "SCRIPT DEBUG yes", "SCRIPT DEBUG SYNC", "SCRIPT DEBUG x");
        Assert.Equal(["OK", none, none, "(error) ERR Use SCRIPT DEBUG YES/SYNC/NO"], replies);
    }

    [Fact]
    public async Task Tests_may_have_scripts_call_what_they_may_not()
    {
        await using var own = await RespServerProcess.StartAsync();
        await using var client = await own.ConnectAsync();
        const string call = "return redis.call(unpack(ARGV))";
        Assert.StartsWith("ERR This Redis command is not allowed from script", (await client.ExecuteAsync("EVAL", call, "0", "CLIENT", "ID")).Text, StringComparison.Ordinal);
        await client.ExecuteAsync("DEBUG", "SET-DISABLE-DENY-SCRIPTS", "1");
        Assert.Equal((await client.ExecuteAsync("CLIENT", "ID")).Integer, (await client.ExecuteAsync("EVAL", call, "0", "CLIENT", "ID")).Integer);
        Assert.StartsWith("ERR This Redis command is not allowed from script", (await client.ExecuteAsync("EVAL", call, "0", "EVAL", "return 1", "0")).Text, StringComparison.Ordinal);
        Assert.StartsWith("ERR This Redis command is not allowed from script", (await client.ExecuteAsync("EVAL", call, "0", "MULTI")).Text, StringComparison.Ordinal);
        await client.ExecuteAsync("DEBUG", "SET-DISABLE-DENY-SCRIPTS", "0");
        Assert.StartsWith("ERR This Redis command is not allowed from script", (await client.ExecuteAsync("EVAL", call, "0", "CLIENT", "ID")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_time_stands_still_while_a_script_runs()
    {
        await using var client = await server.ConnectAsync();
        const string script = "local a = redis.call('TIME') local n = 0 for i = 1, 300000 do n = n + i % 3 end local b = redis.call('TIME') return {a[1] == b[1], a[2] == b[2], a[1] + 0}";
        var before = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var reply = await client.ExecuteAsync("EVAL", script, "0");
        Assert.Equal(("1", "1"), (reply[0].Text, reply[1].Text));
        Assert.InRange(reply[2].Integer, before - 1, DateTimeOffset.UtcNow.ToUnixTimeSeconds());
    }

    private static async Task<string[]> CountsAsync(ServerProcess counted)
    {
        await using var client = await counted.ConnectAsync();
        await client.ExecuteAsync("EVAL", "local t = redis.pcall('SELECT', 99) return t.err", "0");
        await client.ExecuteAsync("EVAL_RO", "return redis.pcall('SELECT', 99)", "0");
        await client.ExecuteAsync("EVALSHA", new string('0', 40), "0");
        await client.ExecuteAsync("SCRIPT", "LOAD", "return redis.call('SELECT', 99)");
        await client.ExecuteAsync("EVALSHA", (await client.ExecuteAsync("SCRIPT", "LOAD", "return redis.call('SELECT', 99)")).Text, "0");
        await client.ExecuteAsync("FUNCTION", "LOAD", "#!lua name=l\nredis.register_function('f', function() return redis.error_reply('ERR own') end)");
        await client.ExecuteAsync("FCALL", "f", "0");
        await RunningServer.RunAsync(client, "MULTI", "SELECT 99", "INCR counted", "EXEC");
        return [.. (await client.ExecuteAsync("INFO", "commandstats", "errorstats")).Text.Split("\r\n")
            .Where(line => line.StartsWith("errorstat_", StringComparison.Ordinal) || line.StartsWith("cmdstat_e", StringComparison.Ordinal) || line.StartsWith("cmdstat_f", StringComparison.Ordinal) || line.StartsWith("cmdstat_select", StringComparison.Ordinal))
            .Select(line => System.Text.RegularExpressions.Regex.Replace(line, "usec(_per_call)?=[^,]*,", "")).Order(StringComparer.Ordinal)];
    }
}
