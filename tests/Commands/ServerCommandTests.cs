using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using RespKv.Server.Configuration;

namespace RespKv.Tests.Commands;

public sealed class ServerCommandTests(ServerUnderTest server) : IClassFixture<ServerUnderTest>
{
    [Theory]
    [InlineData("COMMAND GETKEYS MSET a 1 b 2", "*2\r\n$1\r\na\r\n$1\r\nb\r\n")]
    [InlineData("COMMAND GETKEYS MEMORY USAGE k", "*1\r\n$1\r\nk\r\n")]
    [InlineData("COMMAND GETKEYS NOSUCH a", "-ERR Invalid command specified\r\n")]
    [InlineData("COMMAND GETKEYS PING a", "-ERR The command has no key arguments\r\n")]
    [InlineData("COMMAND GETKEYS GET a b", "-ERR Invalid number of arguments specified for command\r\n")]
    [InlineData("COMMAND GETKEYSANDFLAGS SET a b", "*1\r\n*2\r\n$1\r\na\r\n*2\r\n+OW\r\n+update\r\n")]
    [InlineData("COMMAND GETKEYSANDFLAGS SET a b GET", "*1\r\n*2\r\n$1\r\na\r\n*3\r\n+RW\r\n+access\r\n+update\r\n")]
    [InlineData("COMMAND INFO nosuch", "*1\r\n$-1\r\n")]
    [InlineData("COMMAND NOSUCH", "-ERR unknown subcommand 'NOSUCH'. Try COMMAND HELP.\r\n")]
    [InlineData("COMMAND LIST FILTERBY MODULE x", "*0\r\n")]
    [InlineData("COMMAND LIST FILTERBY ACLCAT nosuch", "*0\r\n")]
    [InlineData("COMMAND LIST FILTERBY x y", "-ERR syntax error\r\n")]
    [InlineData("CONFIG SET a b c", "-ERR syntax error\r\n")]
    [InlineData("CONFIG SET a", "-ERR wrong number of arguments for 'config|set' command\r\n")]
    [InlineData("CONFIG SET nosuchparameter b", "-ERR Unknown option or number of arguments for CONFIG SET - 'nosuchparameter'\r\n")]
    [InlineData("CONFIG REWRITE", "-ERR The server is running without a config file\r\n")]
    [InlineData("SLOWLOG GET -2", "-ERR count should be greater than or equal to -1\r\n")]
    [InlineData("SLOWLOG GET 0", "*0\r\n")]
    [InlineData("LATENCY LATEST", "*0\r\n")]
    [InlineData("LATENCY HISTORY x", "*0\r\n")]
    [InlineData("LATENCY GRAPH x", "-ERR No samples available for event 'x'\r\n")]
    [InlineData("LATENCY HISTOGRAM nosuch", "*0\r\n")]
    [InlineData("MEMORY USAGE missing", "$-1\r\n")]
    [InlineData("MEMORY USAGE missing SAMPLES", "-ERR syntax error\r\n")]
    [InlineData("MEMORY USAGE missing SAMPLES -1", "-ERR syntax error\r\n")]
    [InlineData("MEMORY PURGE", "+OK\r\n")]
    [InlineData("DEBUG NOSUCH", "-ERR unknown subcommand or wrong number of arguments for 'NOSUCH'. Try DEBUG HELP.\r\n")]
    [InlineData("DEBUG OBJECT missing", "-ERR no such key\r\n")]
    [InlineData("DEBUG DIGEST-VALUE missing", "*1\r\n+0000000000000000000000000000000000000000\r\n")]
    [InlineData("DEBUG PROTOCOL bignum", "$37\r\n1234567999999999999999999999999999999\r\n")]
    [InlineData("DEBUG PROTOCOL map", "*6\r\n:0\r\n:0\r\n:1\r\n:1\r\n:2\r\n:0\r\n")]
    [InlineData("DEBUG PROTOCOL push", "-ERR RESP2 is not supported by this command\r\n")]
    [InlineData("DEBUG QUICKLIST-PACKED-THRESHOLD x", "-ERR argument must be a memory value bigger than 1 and smaller than 4gb\r\n")]
    [InlineData("SHUTDOWN ABORT", "-ERR No shutdown in progress.\r\n")]
    [InlineData("SHUTDOWN SAVE NOSAVE", "-ERR syntax error\r\n")]
    [InlineData("ROLE", "*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n")]
    [InlineData("WAIT 0 0", ":0\r\n")]
    [InlineData("WAIT 1 20", ":0\r\n")]
    [InlineData("WAIT 1 -1", "-ERR timeout is negative\r\n")]
    [InlineData("WAIT x 1", "-ERR value is not an integer or out of range\r\n")]
    [InlineData("WAITAOF 1 0 1", "-ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.\r\n")]
    [InlineData("WAITAOF 0 0 1", "*2\r\n:0\r\n:0\r\n")]
    [InlineData("REPLICAOF NO ONE", "+OK\r\n")]
    [InlineData("REPLICAOF host x", "-ERR Invalid master port\r\n")]
    [InlineData("CLUSTER INFO", "-ERR This instance has cluster support disabled\r\n")]
    [InlineData("READONLY", "-ERR This instance has cluster support disabled\r\n")]
    [InlineData("FUNCTION FLUSH", "+OK\r\n")]
    [InlineData("FUNCTION FLUSH x", "-ERR FUNCTION FLUSH only supports SYNC|ASYNC option\r\n")]
    [InlineData("FUNCTION LIST", "*0\r\n")]
    [InlineData("MODULE LIST", "*0\r\n")]
    [InlineData("ACL WHOAMI", "$7\r\ndefault\r\n")]
    [InlineData("ACL CAT nosuch", "-ERR Unknown category 'nosuch'\r\n")]
    [InlineData("INFO nosuch", "$0\r\n\r\n")]
    [InlineData("INFO modules", "$11\r\n# Modules\r\n\r\n")]
    [InlineData("INFO cluster", "$30\r\n# Cluster\r\ncluster_enabled:0\r\n\r\n")]
    public async Task Replies_with_exactly_these_bytes(string request, string reply)
    {
        await using var connection = await server.ConnectAsync();
        Assert.Equal(reply, await connection.Send(request));
    }

    [Fact]
    public async Task Info_without_arguments_has_no_command_statistics_and_everything_has()
    {
        await using var connection = await server.ConnectAsync();
        var plain = await connection.Text("INFO");
        var everything = await connection.Text("INFO everything");
        Assert.Contains("redis_version:7.4.0\r\n", plain, StringComparison.Ordinal);
        Assert.Contains("role:master\r\n", plain, StringComparison.Ordinal);
        Assert.DoesNotContain("# Commandstats", plain, StringComparison.Ordinal);
        Assert.Contains("cmdstat_info:calls=", everything, StringComparison.Ordinal);
        Assert.Contains("latency_percentiles_usec_info:p50=", everything, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_that_is_taken_is_the_parameter_that_failed_and_all_are_put_back()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var taken = ((IPEndPoint)listener.LocalEndPoint!).Port;
        await using var connection = await server.ConnectAsync();
        var before = await connection.Send("CONFIG GET port maxmemory client-query-buffer-limit");
        Assert.Equal(
            "-ERR CONFIG SET failed (possibly related to argument 'port') - Unable to listen on this port. Check server logs.\r\n",
            await connection.Send($"CONFIG SET maxmemory 123456789 port {taken} client-query-buffer-limit 10mb"));
        Assert.Equal(before, await connection.Send("CONFIG GET port maxmemory client-query-buffer-limit"));
        await using var next = await server.ConnectAsync();
        Assert.Equal("+PONG\r\n", await next.Send("PING"));
    }

    [Fact]
    public async Task Every_parameter_that_can_be_changed_takes_the_value_it_has()
    {
        await using var connection = await server.ConnectAsync();
        var names = ParameterTable.All.Where(p => !p.IsImmutable && !p.IsProtected && p.Name != "port").Select(p => p.Name);
        var values = (await connection.Send("CONFIG GET " + string.Join(' ', names))).Split("\r\n")[1..^1].Where((_, i) => i % 2 == 1);
        var request = $"CONFIG SET {string.Join(' ', values.Select(v => '"' + v + '"'))}";
        Assert.Equal("+OK\r\n", await connection.Send(request));
    }

    [Fact]
    public async Task Info_counts_keys_and_those_with_an_expiry()
    {
        await using var connection = await server.ConnectAsync();
        await connection.Send("SELECT 7");
        await connection.Send("SETEX with-expiry 100 x");
        Assert.Contains("keys=1,expires=1,avg_ttl=0,subexpiry=0", await connection.Text("INFO keyspace"), StringComparison.Ordinal);
        await connection.Send("DEL with-expiry");
    }

    [Fact]
    public async Task Errors_are_counted_by_command_and_by_kind()
    {
        await using var connection = await server.ConnectAsync();
        await connection.Send("GETDEL");
        await connection.Send("MEMORY USAGE k SAMPLES x");
        Assert.Contains("cmdstat_getdel:calls=0,usec=0,usec_per_call=0.00,rejected_calls=1,failed_calls=0", await connection.Text("INFO commandstats"), StringComparison.Ordinal);
        Assert.Contains("errorstat_ERR:count=", await connection.Text("INFO errorstats"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sleep_holds_the_reply_back_and_is_in_the_slow_log_with_its_time()
    {
        await using var connection = await server.ConnectAsync();
        var since = Stopwatch.StartNew();
        Assert.Equal("+OK\r\n", await connection.Send("DEBUG SLEEP 0.2"));
        Assert.True(since.Elapsed >= TimeSpan.FromMilliseconds(200));
        var log = await connection.Send("SLOWLOG GET -1");
        Assert.Contains("*3\r\n$5\r\nDEBUG\r\n$5\r\nSLEEP\r\n$3\r\n0.2\r\n", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task At_rest_the_server_reclaims_nothing_by_itself()
    {
        await using var connection = await server.ConnectAsync();
        await connection.Send("SELECT 7");
        await connection.Send("DEBUG PAUSE-CRON 1");
        await connection.Send("SET k v PX 1");

        // Several times as long as it would take.
        await connection.Send("DEBUG SLEEP 1.5");
        var atRest = await connection.Send("DBSIZE");
        await connection.Send("DEBUG PAUSE-CRON 0");

        Assert.Equal(":1\r\n", atRest);
        await RunningServer.UntilAsync(async () => await connection.Send("DBSIZE") == ":0\r\n");
    }

    [Fact]
    public async Task Keys_that_a_flush_took_are_counted_since_the_last_reset()
    {
        await using var connection = await server.ConnectAsync();
        await connection.Send("SELECT 8");
        await connection.Send("CONFIG RESETSTAT");
        await connection.Send("MSET a 1 b 2");
        await connection.Send("FLUSHDB");
        await connection.Send("SET c 3");
        await connection.Send("FLUSHDB ASYNC");

        Assert.Contains("lazyfreed_objects:3\r\n", await connection.Text("INFO memory"), StringComparison.Ordinal);
        await connection.Send("CONFIG RESETSTAT");
        Assert.Contains("lazyfreed_objects:0\r\n", await connection.Text("INFO memory"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sleep_in_a_transaction_is_in_the_slow_log_and_exec_is_not()
    {
        await using var connection = await server.ConnectAsync();
        await connection.Send("SLOWLOG RESET");
        await connection.Send("MULTI");
        await connection.Send("DEBUG SLEEP 0.05");
        Assert.Equal("*1\r\n+OK\r\n", await connection.Send("EXEC"));
        var log = await connection.Send("SLOWLOG GET -1");
        Assert.Contains("*3\r\n$5\r\nDEBUG\r\n$5\r\nSLEEP\r\n$4\r\n0.05\r\n", log, StringComparison.Ordinal);
        Assert.DoesNotContain("EXEC", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Equal_data_have_equal_digests_in_any_order()
    {
        await using var connection = await server.ConnectAsync();
        await connection.Send("MSET digest:a 1 digest:b 2");
        var before = await connection.Send("DEBUG DIGEST-VALUE digest:a digest:b");
        await connection.Send("DEL digest:a digest:b");
        await connection.Send("SET digest:b 2");
        await connection.Send("SET digest:a 1");
        Assert.Equal(before, await connection.Send("DEBUG DIGEST-VALUE digest:a digest:b"));
        Assert.NotEqual(before, await connection.Send("DEBUG DIGEST-VALUE digest:b digest:a"));
    }

    [Fact]
    public async Task The_list_of_commands_has_subcommands_too()
    {
        await using var connection = await server.ConnectAsync();
        var names = await connection.Send("COMMAND LIST");
        Assert.Contains("$6\r\nclient\r\n", names, StringComparison.Ordinal);
        Assert.Contains("$11\r\nclient|list\r\n", names, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Docs_describe_arguments_as_maps()
    {
        await using var connection = await server.ConnectAsync();
        var docs = await connection.Send("COMMAND DOCS kv.list");
        Assert.StartsWith("*2\r\n$7\r\nkv.list\r\n", docs, StringComparison.Ordinal);
        Assert.Contains("$5\r\ntoken\r\n$6\r\nPREFIX\r\n$5\r\nflags\r\n*1\r\n+optional\r\n", docs, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lolwut_ends_with_the_version()
    {
        await using var connection = await server.ConnectAsync();
        Assert.EndsWith("Redis ver. 7.4.0\n", await connection.Text("LOLWUT VERSION 5 10 4"), StringComparison.Ordinal);
        Assert.Equal("-ERR value is not an integer or out of range\r\n", await connection.Send("LOLWUT VERSION x"));
    }
}
