using System.Text;
using RespKv.Tests.Commands;

namespace RespKv.Tests.Http;

/// <summary>The requests of a KV binding, as they are on the wire. What a Worker can do is tried by a Worker in <see cref="WorkerTests"/>; here is what only others send.</summary>
public sealed class BindingTests
{
    [Theory]
    [InlineData("GET", "/%ff?urlencoded=true", "400 Could not URL-decode key name")]
    [InlineData("PUT", "/%zz?urlencoded=true", "400 Could not URL-decode key name")]
    [InlineData("DELETE", "/%4?urlencoded=true", "400 Could not URL-decode key name")]
    [InlineData("PUT", "/?urlencoded=true", "400 Key names must not be empty")]
    [InlineData("DELETE", "/", "400 Key names must not be empty")]
    [InlineData("GET", "/%2e?urlencoded=true", "400 Illegal key name \".\". Please use a different name.")]
    [InlineData("PUT", "/%2E%2e?urlencoded=true", "400 Illegal key name \"..\". Please use a different name.")]
    [InlineData("GET", "/k?urlencoded=true&cache_ttl=x", "400 Invalid cache_ttl of NaN. Cache TTL must be at least 30.")]
    [InlineData("GET", "/k?urlencoded=true&cache_ttl=29.9", "400 Invalid cache_ttl of 29. Cache TTL must be at least 30.")]
    [InlineData("PUT", "/k?urlencoded=true&expiration_ttl=x", "400 Invalid expiration_ttl of x. Please specify integer greater than 0.")]
    [InlineData("PUT", "/k?urlencoded=true&expiration_ttl=", "400 Invalid expiration_ttl of . Please specify integer greater than 0.")]
    [InlineData("PUT", "/k?urlencoded=true&expiration_ttl=59s", "400 Invalid expiration_ttl of 59s. Expiration TTL must be at least 60.")]
    [InlineData("PUT", "/k?urlencoded=true&expiration=x", "400 Invalid expiration of x. Please specify integer greater than the current number of seconds since the UNIX epoch.")]
    [InlineData("GET", "/?key_count_limit=0", "400 Invalid key_count_limit of 0. Please specify an integer greater than 0.")]
    [InlineData("GET", "/?key_count_limit=x", "400 Invalid key_count_limit of NaN. Please specify an integer greater than 0.")]
    [InlineData("GET", "/?key_count_limit=1001", "400 Invalid key_count_limit of 1001. Please specify an integer less than 1000.")]
    [InlineData("GET", "/?cursor=made%20up", "400 Invalid cursor")]
    [InlineData("GET", "/missing?urlencoded=true", "404 Not Found")]
    [InlineData("PATCH", "/k?urlencoded=true", "405 Method Not Allowed")]
    [InlineData("POST", "/k?urlencoded=true", "405 Method Not Allowed")]
    [InlineData("POST", "/bulk%2Fget?urlencoded=true", "405 Method Not Allowed")]
    public async Task A_request_that_is_refused_says_why_in_its_status_line_and_its_body(string method, string target, string line)
    {
        await using var server = await HttpServer.StartAsync();

        var reply = await server.SendAsync(method, target, method == "PUT" ? "value" : "");

        Assert.Equal(line, reply.Line);
        Assert.Equal(reply.Reason, reply.Text);
    }

    [Theory]
    [InlineData("{\"keys\":[]}", "400 You must request a minimum of 1 key")]
    [InlineData("{\"keys\":[],\"type\":\"xml\"}", "400 \"xml\" is not a valid type. Use \"json\" or \"text\"")]
    [InlineData("{\"keys\":[\"a\",\"\"]}", "400 Key names must not be empty")]
    [InlineData("{\"keys\":[\"..\"]}", "400 Illegal key name \"..\". Please use a different name.")]
    [InlineData("{\"keys\":[\"\\ud800\"]}", "400 Could not URL-decode key name")]
    [InlineData("{\"keys\":[\"a\"],\"cacheTtl\":\"10\"}", "400 Invalid cache_ttl of 10. Cache TTL must be at least 30.")]
    [InlineData("{\"keys\":[\"a\"],\"cacheTtl\":10}", "400 Invalid cache_ttl of 10. Cache TTL must be at least 30.")]
    [InlineData("{\"keys\":\"a\"}", "400 The body is not the JSON that was expected")]
    [InlineData("{\"keys\":[1]}", "400 The body is not the JSON that was expected")]
    [InlineData("[]", "400 The body is not the JSON that was expected")]
    [InlineData("{", "400 The body is not the JSON that was expected")]
    [InlineData("", "400 The body is not the JSON that was expected")]
    public async Task A_bulk_read_that_is_refused_says_why(string body, string line)
    {
        await using var server = await HttpServer.StartAsync();
        Assert.Equal(line, (await server.SendAsync("POST", "/bulk/get", body)).Line);
    }

    [Fact]
    public async Task A_key_that_is_not_encoded_is_taken_as_it_stands()
    {
        await using var server = await HttpServer.StartAsync();
        await using var client = await server.ConnectAsync();
        using var http = await server.OpenAsync();

        await http.ExchangeAsync("PUT", "/a%20b/../%00%2f+?expiration_ttl=60", "literal");

        Assert.Equal("literal", (await client.ExecuteAsync("GET", "a%20b/../%00%2f+")).Text);
        Assert.Equal("literal", (await http.ExchangeAsync("GET", "/a%20b/../%00%2f+")).Text);
    }

    [Fact]
    public async Task A_key_may_hold_NUL_though_it_comes_in_pieces()
    {
        await using var server = await HttpServer.StartAsync();
        await using var client = await server.ConnectAsync();
        using var http = await server.OpenAsync();
        await client.ExecuteAsync("SET", "a\0\0b", "value");

        foreach (var piece in (string[])["GET /a", "%", "0", "0%0", "0b?urlencoded=tr", "ue HTTP/1.1\r\nHost: fake", "-host\r\n\r\n"])
        {
            await http.SendAsync(piece);
            // The server answers others in the meantime, so it has had the time to read the piece.
            await client.ExecuteAsync("PING");
        }

        Assert.Equal("value", (await http.ReceiveAsync()).Text);
    }

    [Fact]
    public async Task Nothing_in_a_body_is_taken_for_a_request_line()
    {
        const string Body = "GET /%00 HTTP/1.1\r\n%00\r\n";
        await using var server = await HttpServer.StartAsync();
        using var http = await server.OpenAsync();

        // Three requests at once, the bodies of different kinds.
        await http.SendAsync(
            $"PUT /a%00?urlencoded=true HTTP/1.1\r\nHost: fake-host\r\nContent-Length: {Body.Length}\r\n\r\n{Body}"
            + $"PUT /b%00?urlencoded=true HTTP/1.1\r\nHost: fake-host\r\nTransfer-Encoding: chunked\r\n\r\n{Body.Length:x}\r\n{Body}\r\n0\r\n\r\n"
            + $"PUT /%2?urlencoded=true HTTP/1.1\r\nHost: fake-host\r\nContent-Length: {Body.Length}\r\n\r\n{Body}"
            + "GET /a%00?urlencoded=true HTTP/1.1\r\nHost: fake-host\r\n\r\nGET /b%00?urlencoded=true HTTP/1.1\r\nHost: fake-host\r\n\r\n");

        Assert.Equal("200 OK", (await http.ReceiveAsync()).Line);
        Assert.Equal("200 OK", (await http.ReceiveAsync()).Line);
        Assert.Equal("400 Could not URL-decode key name", (await http.ReceiveAsync()).Line);
        Assert.Equal(Body, (await http.ReceiveAsync()).Text);
        Assert.Equal(Body, (await http.ReceiveAsync()).Text);
    }

    [Fact]
    public async Task Metadata_and_expiration_come_in_headers_that_every_parser_takes()
    {
        await using var server = await HttpServer.StartAsync();
        await using var client = await server.ConnectAsync();
        await client.ExecuteAsync("KV.PUT", "k", "v", "EXAT", "2000000000", "META", "{ \"a\" :\n\t\"é😀\u007f\" }");

        var reply = await server.SendAsync("GET", "/k?urlencoded=true");

        Assert.Equal("{ \"a\" :  \"\\u00e9\\ud83d\\ude00\\u007f\" }", reply.Headers["CF-KV-Metadata"]);
        Assert.Equal("2000000000", reply.Headers["CF-Expiration"]);
        Assert.Equal("v", reply.Text);
    }

    [Fact]
    public async Task Metadata_may_be_any_bytes_of_JSON_and_must_be_JSON()
    {
        await using var server = await HttpServer.StartAsync();
        await using var client = await server.ConnectAsync();

        // Each byte as workerd sends it, unescaped.
        var taken = await server.SendAsync("PUT", "/k?urlencoded=true", "v", "CF-KV-Metadata: \"" + Encoding.Latin1.GetString(Encoding.UTF8.GetBytes("\u0080\u2028\u007f")) + "\"");
        var refused = await server.SendAsync("PUT", "/k?urlencoded=true", "w", "CF-KV-Metadata: {broken");

        Assert.Equal("200 OK", taken.Line);
        Assert.Equal("400 Metadata must be valid JSON", refused.Line);
        Assert.Equal("\"\u0080\u2028\u007f\"", (await client.ExecuteAsync("KV.META", "k")).Items[1].Text);
    }

    [Fact]
    public async Task An_upload_that_breaks_off_writes_nothing()
    {
        await using var server = await HttpServer.StartAsync();
        await using var client = await server.ConnectAsync();
        await client.ExecuteAsync("SET", "k", "old");
        using (var known = await server.OpenAsync())
        {
            await known.SendAsync("PUT /k?urlencoded=true HTTP/1.1\r\nHost: fake-host\r\nContent-Length: 1000000\r\n\r\n" + new string('x', 999_999));
            known.Reset();
        }

        using (var chunked = await server.OpenAsync())
        {
            await chunked.SendAsync("PUT /k?urlencoded=true HTTP/1.1\r\nHost: fake-host\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nnew\r\n");
            chunked.Reset();
        }

        await RunningServer.UntilAsync(async () => (await server.SendAsync("GET", "/metrics")).Text.Contains("respkv_http_connections 1\n", StringComparison.Ordinal));
        Assert.Equal("old", (await client.ExecuteAsync("GET", "k")).Text);
        Assert.Equal("", server.Process.Error);
    }

    [Fact]
    public async Task A_refused_body_is_read_so_that_its_sender_hears_why()
    {
        await using var server = await HttpServer.StartAsync();
        using var http = await server.OpenAsync();
        const int Length = 40_000_000;

        await http.SendAsync($"PUT /k?urlencoded=true HTTP/1.1\r\nHost: fake-host\r\nContent-Length: {Length}\r\n\r\n");
        await http.SendAsync(new byte[Length]);

        Assert.Equal($"413 Value length of {Length} exceeds limit of 26214400.", (await http.ReceiveAsync()).Line);
        Assert.Equal("404 Not Found", (await http.ExchangeAsync("GET", "/k?urlencoded=true")).Line);
    }

    [Fact]
    public async Task A_client_that_waits_for_leave_to_send_gets_it()
    {
        await using var server = await HttpServer.StartAsync();
        using var http = await server.OpenAsync();

        await http.SendAsync("PUT /k?urlencoded=true HTTP/1.1\r\nHost: fake-host\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
        var buffer = await http.ReceiveInterimAsync();
        await http.SendAsync("value");

        Assert.Equal("HTTP/1.1 100 Continue", buffer);
        Assert.Equal("200 OK", (await http.ReceiveAsync()).Line);
    }

    [Fact]
    public async Task What_Redis_clients_write_and_what_Workers_write_are_the_same_keys()
    {
        await using var server = await HttpServer.StartAsync();
        await using var client = await server.ConnectAsync();

        await client.ExecuteAsync("SET", "resp", "from Redis", "EX", "1000");
        await server.SendAsync("PUT", "/http?urlencoded=true&expiration=2000000000", "from a Worker", "CF-KV-Metadata: {\"m\":1}");

        Assert.Equal("from Redis", (await server.SendAsync("GET", "/resp?urlencoded=true")).Text);
        Assert.Equal("from a Worker", (await client.ExecuteAsync("GET", "http")).Text);
        Assert.Equal("{\"m\":1}", (await client.ExecuteAsync("KV.META", "http")).Items[1].Text);
        Assert.Equal(2_000_000_000, (await client.ExecuteAsync("EXPIRETIME", "http")).Integer);
        Assert.Equal(1, (await client.ExecuteAsync("DEL", "http")).Integer);
        Assert.Equal("404 Not Found", (await server.SendAsync("GET", "/http?urlencoded=true")).Line);
    }

    [Fact]
    public async Task An_expired_key_is_neither_found_nor_listed()
    {
        await using var server = await HttpServer.StartAsync();
        await using var client = await server.ConnectAsync();
        // Kept from being reclaimed, so that it is there and expired.
        await client.ExecuteAsync("DEBUG", "SET-ACTIVE-EXPIRE", "0");
        await client.ExecuteAsync("SET", "k1", "v", "PXAT", "1");
        await client.ExecuteAsync("SET", "k2", "v", "PX", "1");
        await client.ExecuteAsync("SET", "k3", "v");

        await RunningServer.UntilAsync(async () => (await server.SendAsync("GET", "/k2?urlencoded=true")).Status == 404);

        Assert.Equal("{\"keys\":[{\"name\":\"k3\"}],\"list_complete\":true}", (await server.SendAsync("GET", "/?key_count_limit=1")).Text);
    }

    [Fact]
    public async Task A_listing_leaves_out_names_that_are_no_text()
    {
        await using var server = await HttpServer.StartAsync();
        await using var client = await server.ConnectAsync();
        foreach (var key in (byte[][])[[0x61], [0x61, 0xff], [0xc3], [0xc3, 0xa9]])
            await client.ExecuteAsync("SET", key, "v");

        var first = await server.SendAsync("GET", "/?key_count_limit=1");
        var all = await server.SendAsync("GET", "/");

        Assert.StartsWith("{\"keys\":[{\"name\":\"a\"}],\"list_complete\":false,\"cursor\":\"", first.Text, StringComparison.Ordinal);
        Assert.Equal("{\"keys\":[{\"name\":\"a\"},{\"name\":\"é\"}],\"list_complete\":true}", all.Text);
    }

    [Fact]
    public async Task A_write_over_HTTP_is_told_to_clients_that_track_the_key_and_undoes_a_watch()
    {
        await using var server = await HttpServer.StartAsync();
        await using var client = await server.ConnectAsync();
        await client.ExecuteAsync("HELLO", "3");
        await client.ExecuteAsync("CLIENT", "TRACKING", "ON");
        await client.ExecuteAsync("SET", "k", "v");
        await client.ExecuteAsync("GET", "k");
        await client.ExecuteAsync("WATCH", "k");

        await server.SendAsync("PUT", "/k?urlencoded=true", "w");

        Assert.Equal("invalidate", (await client.ReadReplyAsync()).Items[0].Text);
        await client.ExecuteAsync("MULTI");
        await client.ExecuteAsync("GET", "k");
        Assert.True((await client.ExecuteAsync("EXEC")).IsNull);
    }

    [Fact]
    public async Task A_write_over_HTTP_waits_while_writes_are_paused()
    {
        await using var server = await HttpServer.StartAsync();
        await using var client = await server.ConnectAsync();
        await client.ExecuteAsync("SET", "k", "old");
        await client.ExecuteAsync("CLIENT", "PAUSE", "100000", "WRITE");

        var put = server.SendAsync("PUT", "/k?urlencoded=true", "new");
        var read = await server.SendAsync("GET", "/k?urlencoded=true");
        var wasDone = put.IsCompleted;
        await client.ExecuteAsync("CLIENT", "UNPAUSE");

        Assert.Equal(("old", false), (read.Text, wasDone));
        Assert.Equal("200 OK", (await put).Line);
        Assert.Equal("new", (await client.ExecuteAsync("GET", "k")).Text);
    }

    [Fact]
    public async Task A_put_is_refused_when_memory_is_short_and_nothing_may_go()
    {
        await using var server = await HttpServer.StartAsync("--maxmemory", "1", "--maxmemory-policy", "noeviction");
        Assert.Equal("507 Used memory is above maxmemory", (await server.SendAsync("PUT", "/k?urlencoded=true", "v")).Line);
    }
}
