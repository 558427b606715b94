using System.Text;
using RespKv.Protocol;

namespace RespKv.Tests.Net;

/// <summary>What a client still gets, and what is still done, when its connection ends.</summary>
public sealed class ConnectionEndTests(HostileServer server) : IClassFixture<HostileServer>
{
    private static readonly byte[] Value = [.. Enumerable.Range(0, 1024).Select(i => (byte)i)];

    [Fact]
    public async Task Commands_after_QUIT_do_not_run()
    {
        await using var client = await server.ConnectAsync();
        await client.SendAsync(Bytes("SET quit 1\r\nQUIT\r\nSET quit 2\r\n*3\r\n$3\r\nSET\r\n"));

        Assert.Equal("+OK\r\n+OK\r\n", Encoding.ASCII.GetString(await client.ReadToEndAsync()));
        await using var other = await server.ConnectAsync();
        Assert.Equal("1", (await other.ExecuteAsync("GET", "quit")).Text);
    }

    [Fact]
    public async Task Commands_after_a_protocol_error_do_not_run()
    {
        await using var client = await server.ConnectAsync();
        await client.SendAsync(Bytes("SET fault 1\r\n*1\r\n!\r\nSET fault 2\r\n"));

        Assert.Equal("+OK\r\n-ERR Protocol error: expected '$', got '!'\r\n", Encoding.ASCII.GetString(await client.ReadToEndAsync()));
        await using var other = await server.ConnectAsync();
        Assert.Equal("1", (await other.ExecuteAsync("GET", "fault")).Text);
    }

    [Fact]
    public async Task A_client_that_has_finished_sending_gets_all_its_replies()
    {
        const int requests = 20_000;
        await using var client = await server.ConnectAsync();
        await client.ExecuteAsync("SET", "half", Value);
        await client.SendAsync(Repeated(RespArgument.Request("GET", "half"), requests));
        client.FinishSending();

        Assert.Equal(Repeated(Bulk(Value), requests), await client.ReadToEndAsync());
    }

    [Fact]
    public async Task A_request_that_is_cut_off_by_the_end_does_not_run()
    {
        await using var client = await server.ConnectAsync();
        await client.SendAsync(Bytes("SET cut 1\r\n*3\r\n$3\r\nSET\r\n$3\r\ncut\r\n$2\r\n2"));
        client.FinishSending();

        Assert.Equal("+OK\r\n", Encoding.ASCII.GetString(await client.ReadToEndAsync()));
        Assert.Equal("1", (await (await server.ConnectAsync()).ExecuteAsync("GET", "cut")).Text);
    }

    [Theory]
    [InlineData(50)]
    [InlineData(100)]
    public async Task A_client_may_write_its_whole_pipeline_before_it_reads(int megabytes)
    {
        var requests = megabytes * 1024;
        await using var observer = await server.ConnectAsync();
        await using var client = await server.ConnectAsync();
        await client.ExecuteAsync("SET", "pipeline", Value);
        await client.ExecuteAsync("CLIENT", "SETNAME", $"pipeline{megabytes}");

        var sending = client.SendAsync(Repeated(RespArgument.Request("GET", "pipeline"), requests));
        await HostileServer.UntilAsync(async () => (await HostileServer.FieldsAsync(observer, $"pipeline{megabytes}", "omem"))[0] > 40 << 20);
        var reply = Bulk(Value);
        for (var i = 0; i < requests; i++)
            Assert.True((await client.ReadRawReplyAsync()).SequenceEqual(reply));
        await sending;

        Assert.Equal("PONG", (await client.ExecuteAsync("PING")).Text);
    }

    [Fact]
    public async Task A_client_that_quits_and_reads_late_gets_all_its_replies()
    {
        const int requests = 3000;
        await using var observer = await server.ConnectAsync();
        await using var client = await server.ConnectAsync();
        await client.ExecuteAsync("SET", "late", Value);
        await client.ExecuteAsync("CLIENT", "SETNAME", "late");
        // What follows QUIT is never read: a socket that is closed with bytes unread is reset, and takes back what it has not delivered.
        byte[] sent = [.. Repeated(RespArgument.Request("GET", "late"), requests), .. Bytes("QUIT\r\n"), .. new byte[100_000]];
        await client.SendAsync(sent);
        await HostileServer.UntilAsync(async () => (await HostileServer.FieldsAsync(observer, "late", "omem")) is [] or [0]);

        byte[] expected = [.. Repeated(Bulk(Value), requests), .. Bytes("+OK\r\n")];
        Assert.Equal(expected, await client.ReadToEndAsync());
    }

    [Fact]
    public async Task A_transaction_runs_to_its_end_although_its_client_has_gone()
    {
        await using var observer = await server.ConnectAsync();
        await observer.ExecuteAsync("SET", "value", new byte[64 * 1024]);
        for (var i = 0; i < 30; i++)
        {
            var begin = $"begin{i}";
            var end = $"end{i}";
            var socket = await server.ConnectRawAsync();
            // It asks for 6 MB, so that a send is under way when it goes.
            await socket.SendAsync(Repeated(RespArgument.Request("GET", "value"), 100));
            await socket.SendAsync(Bytes($"MULTI\r\nSET {begin} 1\r\n" + string.Concat(Enumerable.Repeat("GET value\r\n", 200)) + $"SET {end} 1\r\nEXEC\r\n"));
            HostileServer.Reset(socket);
        }

        await HostileServer.UntilAsync(async () => (await observer.ExecuteAsync("INFO", "clients")).Text.Contains("connected_clients:1\r\n", StringComparison.Ordinal));
        for (var i = 0; i < 30; i++)
            Assert.NotEqual(1, (await observer.ExecuteAsync("EXISTS", $"begin{i}", $"end{i}")).Integer);
        await server.AssertSoundAsync();
    }

    private static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);

    private static byte[] Bulk(byte[] value) => [.. Bytes($"${value.Length}\r\n"), .. value, .. "\r\n"u8];

    private static byte[] Repeated(byte[] bytes, int times)
    {
        var all = new byte[bytes.Length * times];
        for (var i = 0; i < times; i++)
            bytes.CopyTo(all, i * bytes.Length);
        return all;
    }
}
