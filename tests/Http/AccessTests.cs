namespace RespKv.Tests.Http;

/// <summary>Who is served.</summary>
public sealed class AccessTests
{
    private static readonly string[] Tokens = ["--http-tokens", "sessions:rw:writer", "sessions:ro:reader", "*:ro:auditor", "default:rw:owner", "a:b:rw:colon"];

    [Theory]
    [InlineData("GET", "sessions", "writer", "404 Not Found")]
    [InlineData("GET", "sessions", "reader", "404 Not Found")]
    [InlineData("GET", "sessions", "auditor", "404 Not Found")]
    [InlineData("GET", "sessions", "owner", "403 The token is not for this namespace")]
    [InlineData("GET", "sessions", "guessed", "401 Unauthorized")]
    [InlineData("PUT", "sessions", "writer", "200 OK")]
    [InlineData("PUT", "sessions", "reader", "403 The token is read-only")]
    [InlineData("PUT", "sessions", "auditor", "403 The token is read-only")]
    [InlineData("PUT", "sessions", "owner", "403 The token is not for this namespace")]
    [InlineData("DELETE", "sessions", "reader", "403 The token is read-only")]
    [InlineData("PUT", "0", "owner", "200 OK")]
    [InlineData("PUT", "default", "owner", "200 OK")]
    [InlineData("PUT", "a:b", "colon", "200 OK")]
    [InlineData("PUT", "other", "auditor", "403 The token is read-only")]
    public async Task A_token_does_what_it_is_for(string method, string ns, string token, string line)
    {
        await using var server = await HttpServer.StartAsync(Tokens);
        Assert.Equal(line, (await server.SendAsync(method, "/k", "", "X-KV-Namespace: " + ns, "Authorization: Bearer " + token)).Line);
    }

    [Theory]
    [InlineData("GET", "/k")]
    [InlineData("GET", "/")]
    [InlineData("POST", "/bulk/get")]
    [InlineData("PUT", "/k")]
    [InlineData("DELETE", "/k")]
    [InlineData("GET", "/metrics")]
    [InlineData("PATCH", "/k")]
    public async Task Without_a_token_nothing_is_served_where_there_are_some(string method, string target)
    {
        await using var server = await HttpServer.StartAsync(Tokens);

        var reply = await server.SendAsync(method, target);

        Assert.Equal("401 Unauthorized", reply.Line);
        Assert.Equal("Bearer", reply.Headers["WWW-Authenticate"]);
    }

    [Theory]
    [InlineData("auditor", "200 OK")]
    [InlineData("owner", "403 The token is not for this namespace")]
    public async Task Metrics_are_for_who_may_read_everything(string token, string line)
    {
        await using var server = await HttpServer.StartAsync(Tokens);
        Assert.Equal(line, (await server.SendAsync("GET", "/metrics", "", "Authorization: Bearer " + token)).Line);
    }

    [Fact]
    public async Task Tokens_can_be_changed_while_it_runs()
    {
        await using var server = await HttpServer.StartAsync(Tokens);
        await using var client = await server.ConnectAsync();

        Assert.Equal("OK", (await client.ExecuteAsync("CONFIG", "SET", "http-tokens", "sessions:rw:newer")).Text);

        Assert.Equal("401 Unauthorized", (await server.SendAsync("GET", "/k", "", "X-KV-Namespace: sessions", "Authorization: Bearer writer")).Line);
        Assert.Equal("404 Not Found", (await server.SendAsync("GET", "/k", "", "X-KV-Namespace: sessions", "Authorization: bearer newer")).Line);
    }

    [Fact]
    public async Task Tokens_are_not_in_the_slow_log()
    {
        await using var server = await HttpServer.StartAsync("--slowlog-log-slower-than", "0");
        await using var client = await server.ConnectAsync();
        await client.ExecuteAsync("CONFIG", "SET", "http-tokens", "sessions:rw:sesame");

        var calls = (await client.ExecuteAsync("SLOWLOG", "GET")).Items.Select(call => string.Join(' ', call.Items[3].Items.Select(word => word.Text)));

        Assert.Equal(["CONFIG SET http-tokens (redacted)"], calls);
    }

    [Theory]
    [InlineData("404 Not Found", "Host: localhost:8379")]
    [InlineData("404 Not Found", "Host: LOCALHOST")]
    [InlineData("404 Not Found", "Host: 127.0.0.1")]
    [InlineData("404 Not Found", "Host: [::1]:8379")]
    [InlineData("404 Not Found", "Host: fake-host")]
    [InlineData("403 The Host header does not name this host", "Host: evil.example:8379")]
    [InlineData("403 The Host header does not name this host", "Host: 192.0.2.1")]
    [InlineData("403 The Host header does not name this host", "Host: localhost.evil.example")]
    [InlineData("403 The Host header does not name this host", "Host:")]
    [InlineData("404 Not Found", "Host: localhost:8379", "Origin: http://localhost:8379")]
    [InlineData("403 Requests of other web pages are refused", "Host: localhost:8379", "Origin: http://localhost:3000")]
    [InlineData("403 Requests of other web pages are refused", "Host: localhost:8379", "Origin: null")]
    [InlineData("403 Requests of other web pages are refused", "Host: localhost:8379", "Origin: https://evil.example")]
    [InlineData("404 Not Found", "Host: localhost:8379", "Sec-Fetch-Site: same-origin")]
    [InlineData("404 Not Found", "Host: localhost:8379", "Sec-Fetch-Site: none")]
    [InlineData("403 Requests of other web pages are refused", "Host: localhost:8379", "Sec-Fetch-Site: cross-site")]
    [InlineData("403 Requests of other web pages are refused", "Host: localhost:8379", "Sec-Fetch-Site: same-site")]
    public async Task Without_tokens_no_other_web_page_gets_through_the_browser_of_a_user(string line, params string[] headers)
    {
        await using var server = await HttpServer.StartAsync();
        Assert.Equal(line, (await server.SendAsync("GET", "/k", "", headers)).Line);
    }

    [Fact]
    public async Task What_is_stored_never_runs_as_a_page()
    {
        await using var server = await HttpServer.StartAsync();
        await server.SendAsync("PUT", "/page", "<script>alert(1)</script>");

        var reply = await server.SendAsync("GET", "/page");

        Assert.Equal(("application/octet-stream", "nosniff"), (reply.Headers["Content-Type"], reply.Headers["X-Content-Type-Options"]));
    }

    [Fact]
    public async Task A_host_that_is_not_named_is_no_host()
    {
        await using var server = await HttpServer.StartAsync();
        using var http = await server.OpenAsync();
        await http.SendAsync("GET /k HTTP/1.0\r\n\r\n");
        Assert.Equal("403 The Host header does not name this host", (await http.ReceiveAsync()).Line);
    }
}
