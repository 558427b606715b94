using System.Net;
using System.Net.Sockets;
using RespKv.Tests.Support;

namespace RespKv.Tests.Http;

/// <summary>Where the front listens, and what keeps it from it.</summary>
public sealed class HttpOptionTests
{
    private const int DefaultPort = 8379;

    [Fact]
    public async Task A_port_that_was_asked_for_and_is_taken_ends_the_start()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;

        var (exitCode, _, error) = await RespServerProcess.RunAsync("--port", $"{FreePort.Next()}", "--http-port", $"{port}");

        Assert.Equal((1, $"respkv: cannot serve HTTP on 127.0.0.1:{port}: Address already in use\n"), (exitCode, error));
    }

    [Fact]
    public async Task The_default_port_that_is_taken_is_done_without()
    {
        using var other = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            other.Bind(new IPEndPoint(IPAddress.Loopback, DefaultPort));
            other.Listen();
        }
        catch (SocketException)
        {
            // Somebody else has it.
        }

        await using var server = await RespServerProcess.StartAsync("--http-bind", "127.0.0.1");
        await using var client = await server.ConnectAsync();

        Assert.Equal("PONG", (await client.ExecuteAsync("PING")).Text);
        Assert.Contains($"cannot serve HTTP on 127.0.0.1:{DefaultPort}: Address already in use; there is no HTTP, unless http-port names another port\n", server.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Port_0_serves_no_HTTP()
    {
        await using var server = await RespServerProcess.StartAsync("--http-port", "0");
        Assert.DoesNotContain("Serving HTTP", server.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cannot serve HTTP on 0.0.0.0: without http-tokens only this host is served", "--http-port", "1", "--http-bind", "0.0.0.0")]
    [InlineData("cannot serve HTTP on 'nowhere': not an IP address", "--http-port", "1", "--http-bind", "nowhere")]
    [InlineData("--http-namespaces: 'sessions' is not name=port or name=/path/of/socket", "--http-namespaces", "sessions")]
    [InlineData("--http-namespaces: 'socket' is neither a port nor the full path of a socket", "--http-namespaces", "sessions=socket")]
    [InlineData("--http-namespaces: '65536' is neither a port nor the full path of a socket", "--http-namespaces", "sessions=65536")]
    [InlineData("--http-tokens: each token is namespace:ro:token or namespace:rw:token", "--http-tokens", "sessions:w:secret")]
    [InlineData("--http-tokens: each token is namespace:ro:token or namespace:rw:token", "--http-tokens", "sessions:rw:")]
    [InlineData("--http-namespace-header: argument must be the name of a header", "--http-namespace-header", "X KV")]
    [InlineData("--http-port: argument must be between 0 and 65535 inclusive", "--http-port", "65536")]
    public async Task Each_fault_of_the_options_is_one_line(string line, params string[] arguments)
    {
        var (exitCode, _, error) = await RespServerProcess.RunAsync(["--port", $"{FreePort.Next()}", .. arguments]);
        Assert.Equal((1, $"respkv: {line}\n"), (exitCode, error));
    }

    [Fact]
    public async Task A_request_names_its_namespace_in_a_header_and_gets_the_default_one_without()
    {
        await using var server = await HttpServer.StartAsync("--http-namespace-header", "X-Place");
        await using var client = await server.ConnectAsync();
        using var http = await server.OpenAsync();

        await http.ExchangeAsync("PUT", "/k", "in sessions", "X-Place: sessions");
        await http.ExchangeAsync("PUT", "/k", "in five", "X-Place: 5");
        await http.ExchangeAsync("PUT", "/k", "in zero", "X-Place: 0", "X-KV-Namespace: sessions");

        Assert.Equal("in zero", (await http.ExchangeAsync("GET", "/k")).Text);
        Assert.Equal("in sessions", (await http.ExchangeAsync("GET", "/k", "", "x-place: sessions")).Text);
        Assert.Equal("in zero", (await client.ExecuteAsync("GET", "k")).Text);
        await client.ExecuteAsync("SELECT", "5");
        Assert.Equal("in five", (await client.ExecuteAsync("GET", "k")).Text);
    }

    [Fact]
    public async Task A_namespace_that_is_only_read_is_not_made()
    {
        await using var server = await HttpServer.StartAsync();
        await using var client = await server.ConnectAsync();
        using var http = await server.OpenAsync();

        Assert.Equal("404 Not Found", (await http.ExchangeAsync("GET", "/k", "", "X-KV-Namespace: nowhere")).Line);
        Assert.Equal("{\"keys\":[],\"list_complete\":true}", (await http.ExchangeAsync("GET", "/", "", "X-KV-Namespace: nowhere")).Text);
        Assert.Equal("{\"k\":null}", (await http.ExchangeAsync("POST", "/bulk/get", "{\"keys\":[\"k\"]}", "X-KV-Namespace: nowhere")).Text);
        Assert.Equal("200 OK", (await http.ExchangeAsync("DELETE", "/k", "", "X-KV-Namespace: nowhere")).Line);

        Assert.Equal(["default"], (await client.ExecuteAsync("KV.NAMESPACES")).Items.Select(item => item.Text));
    }

    [Theory]
    [InlineData("400 Invalid namespace: it is named twice", "X-KV-Namespace: a", "X-KV-Namespace: b")]
    [InlineData("400 Invalid namespace: a namespace's name has 1 to 512 bytes", "X-KV-Namespace:")]
    [InlineData("400 Invalid namespace: a namespace's name must hold no control characters", "X-KV-Namespace: a\tb")]
    [InlineData("400 Invalid namespace: it is not UTF-8", "X-KV-Namespace: \u00ff")]
    public async Task A_name_that_cannot_be_a_namespace_is_refused(string line, params string[] headers)
    {
        await using var server = await HttpServer.StartAsync();
        Assert.Equal(line, (await server.SendAsync("GET", "/k", "", headers)).Line);
    }

    [Fact]
    public async Task A_port_and_a_socket_can_serve_one_namespace_each()
    {
        using var folder = new TemporaryFolder();
        var port = FreePort.Next();
        await using var server = await HttpServer.StartAsync("--http-namespaces", $"sessions={port}", $"prefs={folder["prefs"]}");
        using var all = await server.OpenAsync();
        using var sessions = await HttpConversation.OpenAsync(new IPEndPoint(IPAddress.Loopback, port));
        using var prefs = await HttpConversation.OpenAsync(new UnixDomainSocketEndPoint(folder["prefs"]));

        // Which namespace it is, the request does not decide.
        await sessions.ExchangeAsync("PUT", "/k", "1", "X-KV-Namespace: prefs");
        await prefs.ExchangeAsync("PUT", "/k", "2", "Host: any.host", "Origin: http://any.origin");

        Assert.Equal("1", (await all.ExchangeAsync("GET", "/k", "", "X-KV-Namespace: sessions")).Text);
        Assert.Equal("2", (await all.ExchangeAsync("GET", "/k", "", "X-KV-Namespace: prefs")).Text);
        // Nothing is served there but its keys.
        Assert.Equal("404 Not Found", (await sessions.ExchangeAsync("GET", "/metrics")).Line);
    }

    [Fact]
    public async Task A_socket_goes_with_the_server_and_one_that_was_left_is_replaced()
    {
        using var folder = new TemporaryFolder();
        await using (var killed = await RespServerProcess.StartAsync("--http-port", "0", "--http-namespaces", $"prefs={folder["prefs"]}"))
            await killed.KillAsync();
        Assert.True(File.Exists(folder["prefs"]));

        await using (var server = await RespServerProcess.StartAsync("--http-port", "0", "--http-namespaces", $"prefs={folder["prefs"]}"))
        {
            using var prefs = await HttpConversation.OpenAsync(new UnixDomainSocketEndPoint(folder["prefs"]));
            Assert.Equal("404 Not Found", (await prefs.ExchangeAsync("GET", "/k")).Line);
        }

        Assert.False(File.Exists(folder["prefs"]));
    }

    [Fact]
    public async Task A_stop_answers_what_was_received()
    {
        await using var server = await HttpServer.StartAsync();
        using var idle = await server.OpenAsync();
        await idle.ExchangeAsync("GET", "/k");
        using var http = await server.OpenAsync();
        await http.SendAsync("PUT /k HTTP/1.1\r\nHost: fake-host\r\nContent-Length: 5\r\n\r\nval");
        await RespKv.Tests.Commands.RunningServer.UntilAsync(async () => (await server.SendAsync("GET", "/metrics")).Text.Contains("respkv_http_connections 3\n", StringComparison.Ordinal));

        var stopping = server.Process.StopAsync();
        await http.SendAsync("ue");

        Assert.Equal("200 OK", (await http.ReceiveAsync()).Line);
        await stopping;
        Assert.Equal(0, server.Process.ExitCode);
    }
}
