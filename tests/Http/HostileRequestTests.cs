using RespKv.Tests.Support;

namespace RespKv.Tests.Http;

/// <summary>Bytes that no client should send: each is answered or cut off, nothing is taken for what it is not, and others are served on.</summary>
public sealed class HostileRequestTests
{
    private const string Host = "Host: fake-host\r\n";
    private const string Chunked = "PUT /k HTTP/1.1\r\n" + Host + "Transfer-Encoding: chunked\r\n\r\n";

    [Theory]
    [InlineData(Chunked + "zz\r\nabc\r\n0\r\n\r\n", 400)]
    [InlineData(Chunked + "-1\r\nabc\r\n0\r\n\r\n", 400)]
    [InlineData(Chunked + "ffffffffffffffff\r\nabc\r\n0\r\n\r\n", 400)]
    [InlineData(Chunked + "3\r\nabcd\r\n0\r\n\r\n", 400)]
    [InlineData(Chunked + "3\nabc\n0\n\n", 400)]
    [InlineData("PUT /k HTTP/1.1\r\n" + Host + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", 400)]
    [InlineData("PUT /k HTTP/1.1\r\n" + Host + "Content-Length: 3, 3\r\n\r\nabc", 400)]
    [InlineData("PUT /k HTTP/1.1\r\n" + Host + "Content-Length: -3\r\n\r\nabc", 400)]
    [InlineData("PUT /k HTTP/1.1\r\n" + Host + "Content-Length: 0x3\r\n\r\nabc", 400)]
    [InlineData("PUT /k HTTP/1.1\r\n" + Host + "Content-Length: 99999999999999999999\r\n\r\nabc", 400)]
    [InlineData("PUT /k HTTP/1.1\r\n" + Host + "Transfer-Encoding: identity\r\n\r\nabc", 400)]
    [InlineData("PUT /k HTTP/1.1\r\n" + Host + "Transfer-Encoding: xchunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", 400)]
    [InlineData("PUT /k HTTP/1.1\r\n" + Host + "Transfer-Encoding: gzip, chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", 501)]
    [InlineData("PUT /k HTTP/1.1\r\n" + Host + "Transfer-Encoding : chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", 400)]
    [InlineData("GET /k HTTP/1.1\r\n" + Host + "X: a\r\n b\r\n\r\n", 400)]
    [InlineData("GET /k HTTP/1.1\r\n" + Host + "X: a\rb\r\n\r\n", 400)]
    [InlineData("GET /k HTTP/1.1\r\n" + Host + "X: a\0b\r\n\r\n", 400)]
    [InlineData("GET /k\0 HTTP/1.1\r\n" + Host + "\r\n", 400)]
    [InlineData("GET /a b HTTP/1.1\r\n" + Host + "\r\n", 400)]
    [InlineData("GET /k HTTP/1.1\r\n\r\n", 400)]
    [InlineData("GET /k HTTP/1.1\r\n" + Host + "Host: b\r\n\r\n", 400)]
    [InlineData("GET /k HTTP/1.1\r\nHost: localhost@evil.example\r\n\r\n", 400)]
    [InlineData("GET http://evil.example/k HTTP/1.1\r\n" + Host + "\r\n", 400)]
    [InlineData("GET k HTTP/1.1\r\n" + Host + "\r\n", 405)]
    [InlineData("GET /k HTTP/9.9\r\n" + Host + "\r\n", 505)]
    [InlineData("GET /k\r\n", 400)]
    [InlineData("*1\r\n$4\r\nPING\r\n", 400)]
    public async Task What_is_no_request_is_refused_and_ends_its_connection_alone(string bytes, int status)
    {
        await using var server = await HttpServer.StartAsync();
        using var other = await server.OpenAsync();
        await other.ExchangeAsync("PUT", "/k", "old");
        using var http = await server.OpenAsync();

        await http.SendAsync(bytes);

        Assert.Equal(status, (await http.ReceiveAsync()).Status);
        await http.ClosedAsync();
        Assert.Equal("old", (await other.ExchangeAsync("GET", "/k")).Text);
        Assert.Equal("", server.Process.Error);
        Assert.DoesNotContain("fail:", server.Process.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\nContent-Length: 60\r\n", "0\r\n\r\n")]
    public async Task A_request_with_two_lengths_is_followed_by_none(string framing, string body)
    {
        await using var server = await HttpServer.StartAsync();
        using var http = await server.OpenAsync();

        await http.SendAsync("PUT /k HTTP/1.1\r\n" + Host + framing + "\r\n" + body + "PUT /smuggled HTTP/1.1\r\n" + Host + "Content-Length: 1\r\n\r\nx");
        await http.ReceiveAsync();

        await http.ClosedAsync();
        Assert.Equal("404 Not Found", (await server.SendAsync("GET", "/smuggled")).Line);
    }

    [Theory]
    [InlineData("GET", "/../../etc/passwd", 404)]
    [InlineData("GET", "/ui/../../etc/passwd", 404)]
    [InlineData("GET", "/ui/%2e%2e/page.js", 404)]
    [InlineData("GET", "/ui/page.cs", 404)]
    [InlineData("GET", "http://fake-host/k", 200)]
    [InlineData("OPTIONS", "*", 405)]
    [InlineData("OPTIONS", "/k", 405)]
    [InlineData("TRACE", "/k", 405)]
    [InlineData("CONNECT", "fake-host", 405)]
    public async Task Odd_targets_and_methods_are_served_or_refused_and_the_connection_goes_on(string method, string target, int status)
    {
        await using var server = await HttpServer.StartAsync();
        using var http = await server.OpenAsync();
        await http.ExchangeAsync("PUT", "/k", "v");

        Assert.Equal(status, (await http.ExchangeAsync(method, target, "", method == "CONNECT" ? "Host: fake-host" : "X: y")).Status);

        Assert.Equal("v", (await http.ExchangeAsync("GET", "/k")).Text);
    }

    [Theory]
    [InlineData("GET /{0} HTTP/1.1\r\n" + Host + "\r\n", 70_000, 414)]
    [InlineData("GET /k HTTP/1.1\r\n" + Host + "X: {0}\r\n\r\n", 300_000, 431)]
    [InlineData("{0} /k HTTP/1.1\r\n" + Host + "\r\n", 100_000, 414)]
    public async Task A_head_that_is_too_long_is_refused(string form, int length, int status)
    {
        await using var server = await HttpServer.StartAsync();
        using var http = await server.OpenAsync();

        await http.SendAsync(string.Format(System.Globalization.CultureInfo.InvariantCulture, form, new string('A', length)));

        Assert.Equal(status, (await http.ReceiveAsync()).Status);
    }

    [Fact]
    public async Task Requests_sent_together_are_answered_in_their_order()
    {
        await using var server = await HttpServer.StartAsync();
        using var http = await server.OpenAsync();

        await http.SendAsync(string.Concat(Enumerable.Range(0, 500).Select(i => $"PUT /{i} HTTP/1.1\r\n{Host}Content-Length: 3\r\n\r\n{i:000}GET /{i} HTTP/1.1\r\n{Host}\r\n")));

        for (var i = 0; i < 500; i++)
        {
            Assert.Equal("200 OK", (await http.ReceiveAsync()).Line);
            Assert.Equal($"{i:000}", (await http.ReceiveAsync()).Text);
        }
    }

    [Fact]
    public async Task Who_asks_before_sending_what_will_be_refused_is_told_at_once()
    {
        await using var server = await HttpServer.StartAsync();
        using var http = await server.OpenAsync();

        await http.SendAsync("PUT /k?expiration_ttl=1 HTTP/1.1\r\n" + Host + "Expect: 100-continue\r\nContent-Length: 30000000\r\n\r\n");

        Assert.Equal("400 Invalid expiration_ttl of 1. Expiration TTL must be at least 60.", (await http.ReceiveAsync()).Line);
        await http.ClosedAsync();
    }

    [Fact]
    public async Task A_compressed_body_is_stored_and_given_back_as_it_is()
    {
        await using var server = await HttpServer.StartAsync();

        await server.SendAsync("PUT", "/k", "\u001f\u008bno gzip", "Content-Encoding: gzip");
        var reply = await server.SendAsync("GET", "/k", "", "Accept-Encoding: gzip");

        Assert.Equal(("\u001f\u008bno gzip", false), (System.Text.Encoding.Latin1.GetString(reply.Body), reply.Headers.ContainsKey("Content-Encoding")));
    }

    [Fact]
    public async Task A_client_of_HTTP_1_0_is_served_and_its_connection_closed_unless_it_asks()
    {
        await using var server = await HttpServer.StartAsync();
        using var closing = await server.OpenAsync();
        using var kept = await server.OpenAsync();

        await closing.SendAsync("GET /health/live HTTP/1.0\r\n\r\n");
        await kept.SendAsync("GET /health/live HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");

        Assert.Equal("live\n", (await closing.ReceiveAsync()).Text);
        await closing.ClosedAsync();
        Assert.Equal("live\n", (await kept.ReceiveAsync()).Text);
        Assert.Equal("live\n", (await kept.ExchangeAsync("GET", "/health/live")).Text);
    }

    [Fact]
    public async Task A_head_says_what_a_get_would_and_sends_no_value()
    {
        await using var server = await HttpServer.StartAsync();
        using var http = await server.OpenAsync();
        await http.ExchangeAsync("PUT", "/k?expiration=2000000000", "value", "CF-KV-Metadata: [1]");

        await http.SendAsync("HEAD /k HTTP/1.1\r\n" + Host + "\r\nHEAD /missing HTTP/1.1\r\n" + Host + "\r\nHEAD /health/ready HTTP/1.1\r\n" + Host + "\r\n");
        var (found, missing, ready) = (await http.ReceiveHeadAsync(), await http.ReceiveHeadAsync(), await http.ReceiveHeadAsync());

        Assert.Equal((200, "5", "[1]", "2000000000"), (found.Status, found.Headers["Content-Length"], found.Headers["CF-KV-Metadata"], found.Headers["CF-Expiration"]));
        Assert.Equal((404, 200), (missing.Status, ready.Status));
    }

    [Fact]
    public async Task Random_bytes_do_no_harm()
    {
        const int Seed = 20261125;
        await using var server = await HttpServer.StartAsync();
        var random = new Random(Seed);
        var valid = "PUT /k?urlencoded=true HTTP/1.1\r\n" + Host + "Transfer-Encoding: chunked\r\nCF-KV-Metadata: {\"a\":1}\r\n\r\n5\r\nhello\r\n0\r\n\r\nGET / HTTP/1.1\r\n" + Host + "\r\n";
        for (var round = 0; round < 500; round++)
        {
            var bytes = System.Text.Encoding.ASCII.GetBytes(valid);
            for (var i = random.Next(1, 6); i > 0; i--)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            using var http = await server.OpenAsync();
            await http.SendAsync(bytes.AsMemory(0, random.Next(bytes.Length) + 1));
        }

        Assert.Equal("live\n", (await server.SendAsync("GET", "/health/live")).Text);
        await Commands.RunningServer.UntilAsync(async () => (await server.SendAsync("GET", "/metrics")).Text.Contains("respkv_http_connections 1\n", StringComparison.Ordinal));
        Assert.Equal("", server.Process.Error);
        Assert.False(server.Process.Output.Contains("fail:", StringComparison.Ordinal), $"seed {Seed}: {server.Process.Output}");
    }

    [RootFact]
    public async Task Connections_do_not_use_up_the_descriptors_that_the_server_needs()
    {
        await using var server = await HttpServer.StartAsync("--maxclients", "50");
        var all = new List<HttpConversation>();
        try
        {
            for (var i = 0; i < 100; i++)
                all.Add(await server.OpenAsync());
            await Commands.RunningServer.UntilAsync(() => Task.FromResult(ProcessFigures.Descriptors(server.Process.ProcessId) > 50));

            Assert.Equal("live\n", (await all[0].ExchangeAsync("GET", "/health/live")).Text);
            await all[99].ClosedAsync();
        }
        finally
        {
            all.ForEach(http => http.Dispose());
        }

        await Commands.RunningServer.UntilAsync(async () =>
        {
            try
            {
                return (await server.SendAsync("GET", "/health/live")).Status == 200;
            }
            catch (IOException)
            {
                return false;
            }
        });
    }
}
