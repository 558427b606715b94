using System.Text;
using System.Text.RegularExpressions;
using RespKv.Protocol;
using RespKv.Tests.Support;

namespace RespKv.Tests.Commands;

/// <summary>Fields of INFO that monitoring tools read.</summary>
public sealed partial class InfoTests
{
    [Fact]
    public async Task The_system_is_told_as_uname_tells_it()
    {
        await using var server = await RespServerProcess.StartAsync();
        await using var client = await server.ConnectAsync();
        Assert.Matches(@"\r\nos:(Linux|Darwin|Microsoft Windows) .*\d.* (x86_64|aarch64|arm64)\r\n", (await client.ExecuteAsync("INFO", "server")).Text);
    }

    [Fact]
    public async Task Fields_whose_time_is_up_are_counted_once_each()
    {
        await using var server = await RespServerProcess.StartAsync();
        await using var client = await server.ConnectAsync();
        await RunningServer.RunAsync(client, "HSET small a 1 b 2 c 3", "HPEXPIRE small 1 FIELDS 2 a b", "HSET gone a 1", "HPEXPIRE gone 1 FIELDS 1 a");
        var names = string.Join(' ', Enumerable.Range(1000, 300));
        await RunningServer.RunAsync(client, $"HSET large {string.Join(' ', Enumerable.Range(1000, 300).Select(i => i + " v"))} stays v", $"HPEXPIRE large 1 FIELDS 300 {names}", "SET key 1 PX 1");

        await RunningServer.UntilAsync(async () => await StatAsync(client, "expired_subkeys") >= 303 && (await client.ExecuteAsync("HLEN", "large")).Integer == 1);

        Assert.Equal(303, await StatAsync(client, "expired_subkeys"));
        await client.ExecuteAsync("CONFIG", "RESETSTAT");
        Assert.Equal(0, await StatAsync(client, "expired_subkeys"));
    }

    [Fact]
    public async Task Reads_and_writes_are_counted()
    {
        await using var server = await RespServerProcess.StartAsync();
        await using var client = await server.ConnectAsync();
        await client.ExecuteAsync("PING");
        var (reads, writes) = (await StatAsync(client, "total_reads_processed"), await StatAsync(client, "total_writes_processed"));
        await client.SendAsync("*1\r\n$4\r\nPING\r\n*1\r\n$4\r\nPING\r\n"u8.ToArray());
        await client.ReadReplyAsync();
        await client.ReadReplyAsync();
        // One for both requests, one for the first look.
        Assert.InRange(await StatAsync(client, "total_reads_processed"), reads + 2, reads + 4);
        Assert.InRange(await StatAsync(client, "total_writes_processed"), writes + 2, writes + 5);
    }

    [Fact]
    public async Task Clients_that_are_closed_for_a_limit_are_counted()
    {
        await using var server = await RespServerProcess.StartAsync("--client-query-buffer-limit", "1mb", "--client-output-buffer-limit", "pubsub 1mb 0 0");
        await using var client = await server.ConnectAsync();
        await using (var asker = await server.ConnectAsync())
        {
            await asker.SendCommandAsync("MULTI");
            // It may be closed while it still sends.
            await Record.ExceptionAsync(() => asker.SendAsync(Encoding.ASCII.GetBytes("*3\r\n$6\r\nAPPEND\r\n$1\r\na\r\n$3000000\r\n" + new string('x', 2_000_000))));
            await Record.ExceptionAsync(() => asker.ReadToEndAsync());
        }

        await using (var listener = await server.ConnectAsync())
        {
            await listener.ExecuteAsync("SUBSCRIBE", "news");
            await RunningServer.UntilAsync(async () => (await client.ExecuteAsync("PUBLISH", "news", new string('x', 500_000))).Integer == 0);
        }

        Assert.Equal(1, await StatAsync(client, "client_query_buffer_limit_disconnections"));
        Assert.Equal(1, await StatAsync(client, "client_output_buffer_limit_disconnections"));
    }

    [Fact]
    public async Task Scripts_that_are_forgotten_are_counted()
    {
        await using var server = await RespServerProcess.StartAsync();
        await using var client = await server.ConnectAsync();
        for (var i = 0; i < 502; i++)
            await client.SendCommandAsync("EVAL", $"return {i}", "0");
        for (var i = 0; i < 502; i++)
            await client.ReadReplyAsync();
        Assert.Equal(2, await StatAsync(client, "evicted_scripts"));
    }

    [PeerFact]
    public async Task There_are_the_fields_that_redis_has()
    {
        // Output goes out in blocks that all connections share: there are no buffers that grow and shrink with a client.
        string[] without = ["reply_buffer_expands", "reply_buffer_shrinks"];
        await using var redis = await RedisServerProcess.StartAsync();
        await using var server = await RespServerProcess.StartAsync();
        Assert.Equal(without, (await FieldsAsync(redis)).Except(await FieldsAsync(server)).Order(StringComparer.Ordinal));
    }

    private static async Task<IEnumerable<string>> FieldsAsync(ServerProcess server)
    {
        await using var client = await server.ConnectAsync();
        await RunningServer.RunAsync(client, "SET a 1", "NOSUCH");
        return FieldPattern().Matches((await client.ExecuteAsync("INFO", "everything")).Text).Select(match => match.Groups[1].Value).ToList();
    }

    private static async Task<long> StatAsync(RespClient client, string field) =>
        long.Parse(Regex.Match((await client.ExecuteAsync("INFO", "stats")).Text, field + @":(\d+)\r").Groups[1].ValueSpan, provider: System.Globalization.CultureInfo.InvariantCulture);

    [GeneratedRegex(@"(?m)^([^#:\r\n]+):")]
    private static partial Regex FieldPattern();
}
