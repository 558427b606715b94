using System.Net.Sockets;
using System.Text;
using RespKv.Protocol;
using RespKv.Tests.Support;

namespace RespKv.Tests.Protocol;

public sealed class RespClientTests
{
    [Theory]
    [InlineData("+OK\r\n")]
    [InlineData("$5\r\na\r\nbc\r\n")]
    [InlineData("$-1\r\n")]
    [InlineData("*3\r\n*1\r\n:1\r\n$-1\r\n*-1\r\n")]
    [InlineData("%2\r\n+a\r\n~1\r\n_\r\n+b\r\n%0\r\n")]
    [InlineData("|1\r\n+k\r\n*1\r\n:1\r\n=7\r\ntxt:abc\r\n")]
    public async Task Reads_exactly_one_reply_however_it_is_cut(string wire)
    {
        var pieces = Encoding.Latin1.GetBytes(wire + "+next\r\n").Select(one => new[] { one }).ToArray();
        await using var server = new ScriptedServer(pieces);
        await using var client = await RespClient.ConnectAsync("127.0.0.1", server.Port);

        Assert.Equal(wire, Encoding.Latin1.GetString(await client.ReadRawReplyAsync()));
        Assert.Equal("next", (await client.ReadReplyAsync()).Text);
    }

    [Fact]
    public async Task Replies_larger_than_its_buffer_come_whole()
    {
        var value = new byte[3_000_000];
        new Random(1).NextBytes(value);
        await using var server = new ScriptedServer("+first\r\n$3000000\r\n"u8.ToArray(), value, "\r\n"u8.ToArray());
        await using var client = await RespClient.ConnectAsync("127.0.0.1", server.Port);

        Assert.Equal("first", (await client.ReadReplyAsync()).Text);
        Assert.Equal(value, (await client.ReadReplyAsync()).Bytes.ToArray());
    }

    [Fact]
    public async Task A_closed_connection_is_told_from_a_reply_cut_off()
    {
        await using var server = new ScriptedServer("+OK\r\n$5\r\nab"u8.ToArray());
        await using var client = await RespClient.ConnectAsync("127.0.0.1", server.Port);
        await client.ReadReplyAsync();

        var cutOff = await Assert.ThrowsAsync<EndOfStreamException>(() => client.ReadReplyAsync());
        Assert.Contains("within a reply", cutOff.Message, StringComparison.Ordinal);
        Assert.Equal("$5\r\nab"u8.ToArray(), await client.ReadToEndAsync());
        var closed = await Assert.ThrowsAsync<EndOfStreamException>(() => client.ReadReplyAsync());
        Assert.DoesNotContain("within", closed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_read_that_took_too_long_can_go_on()
    {
        await using var server = new ScriptedServer("$5\r\nab"u8.ToArray()) { StaysOpen = true };
        await using var client = await RespClient.ConnectAsync("127.0.0.1", server.Port);
        client.Timeout = TimeSpan.FromMilliseconds(50);

        await Assert.ThrowsAsync<TimeoutException>(() => client.ReadReplyAsync());
        Assert.Equal(6, client.ReceivedBytes);
    }

    [Fact]
    public async Task A_cancelled_read_says_so()
    {
        await using var server = new ScriptedServer { StaysOpen = true };
        await using var client = await RespClient.ConnectAsync("127.0.0.1", server.Port);
        using var cancellation = new CancellationTokenSource(50);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.ReadReplyAsync(cancellation.Token));
    }

    [Fact]
    public async Task What_is_no_reply_is_refused()
    {
        await using var server = new ScriptedServer("HTTP/1.1 200 OK\r\n"u8.ToArray());
        await using var client = await RespClient.ConnectAsync("127.0.0.1", server.Port);

        await Assert.ThrowsAsync<InvalidDataException>(() => client.ReadReplyAsync());
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_a_socket_error() =>
        await Assert.ThrowsAsync<SocketException>(() => RespClient.ConnectAsync("127.0.0.1", FreePort.Next()));

    [Fact]
    public void A_request_holds_text_integers_and_bytes() =>
        Assert.Equal(
            "*3\r\n$3\r\nSET\r\n$2\r\n-7\r\n$2\r\n\0\n\r\n",
            Encoding.Latin1.GetString(RespArgument.Request("SET", -7, new byte[] { 0, 10 })));

    [PeerFact]
    public async Task Speaks_to_a_real_server_over_tcp_and_a_unix_socket()
    {
        var path = Path.Combine(Path.GetTempPath(), $"respkv-test-{Guid.NewGuid():n}.sock");
        await using var server = await RedisServerProcess.StartAsync("--unixsocket", path);
        await using var tcp = await server.ConnectAsync();
        await using var unix = await RespClient.ConnectAsync(new UnixDomainSocketEndPoint(path));

        Assert.Equal("OK", (await tcp.ExecuteAsync("SET", "k", new byte[] { 0, 255 })).Text);
        Assert.Equal([0, 255], (await unix.ExecuteAsync("GET", "k")).Bytes.ToArray());
        Assert.Equal(3, (await unix.ExecuteAsync("HELLO", "3")).Items.SkipWhile(item => item.Text != "proto").ElementAt(1).Integer);
    }
}
