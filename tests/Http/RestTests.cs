namespace RespKv.Tests.Http;

/// <summary>The shape of Cloudflare's REST interface.</summary>
public sealed class RestTests
{
    private const string Namespaces = "/client/v4/accounts/me/storage/kv/namespaces";

    [WorkersFact]
    public async Task Cloudflares_own_client_works_with_another_base_URL()
    {
        await using var server = await HttpServer.StartAsync("--http-tokens", "*:rw:sesame");
        var tour = await WorkersRuntime.RunAsync("rest.mjs", $"http://{server.Address}/client/v4", "sesame");
        Assert.Equal("8 steps passed", tour.Succeeded().Lines[^1]);
    }

    [Fact]
    public async Task An_answer_is_an_envelope()
    {
        await using var server = await HttpServer.StartAsync();

        var made = await server.SendAsync("POST", Namespaces, "{\"title\":\"a\"}");
        var list = await server.SendAsync("GET", Namespaces);
        var missing = await server.SendAsync("GET", Namespaces + "/a/values/k");

        Assert.Equal("{\"success\":true,\"errors\":[],\"messages\":[],\"result\":{\"id\":\"a\",\"title\":\"a\",\"supports_url_encoding\":true}}", made.Text);
        Assert.EndsWith("\"result_info\":{\"page\":1,\"per_page\":20,\"count\":2,\"total_count\":2,\"total_pages\":1}}", list.Text, StringComparison.Ordinal);
        Assert.Equal((404, "{\"success\":false,\"errors\":[{\"code\":10009,\"message\":\"key not found\"}],\"messages\":[],\"result\":null}"), (missing.Status, missing.Text));
    }

    [Theory]
    [InlineData("GET", "/client/v4/user", 404, 7000)]
    [InlineData("GET", "/client/v4/accounts/me/storage/kv/namespaces/default/values", 400, 10001)]
    [InlineData("GET", "/client/v4/accounts/me/storage/kv/namespaces/default/other", 404, 7000)]
    [InlineData("PATCH", "/client/v4/accounts/me/storage/kv/namespaces", 405, 10001)]
    [InlineData("PUT", "/client/v4/accounts/me/storage/kv/namespaces/default", 400, 10001)]
    [InlineData("GET", "/client/v4/accounts/me/storage/kv/namespaces/nowhere/keys", 404, 10013)]
    [InlineData("PUT", "/client/v4/accounts/me/storage/kv/namespaces/nowhere/values/k", 404, 10013)]
    [InlineData("GET", "/client/v4/accounts/me/storage/kv/namespaces/default/keys?limit=0", 400, 10001)]
    [InlineData("GET", "/client/v4/accounts/me/storage/kv/namespaces/default/values/%ff", 400, 10001)]
    public async Task A_fault_has_a_code(string method, string target, int status, int code)
    {
        await using var server = await HttpServer.StartAsync();

        var reply = await server.SendAsync(method, target, method == "PUT" ? "{}" : "");

        Assert.Equal(status, reply.Status);
        Assert.Contains($"\"errors\":[{{\"code\":{code},", reply.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[{\"key\":\"a\",\"value\":\"v\"},{\"key\":\"\",\"value\":\"v\"}]")]
    [InlineData("[{\"key\":\"a\",\"value\":\"v\"},{\"key\":\"b\",\"value\":\"v\",\"expiration_ttl\":1}]")]
    [InlineData("[{\"key\":\"a\",\"value\":\"v\"},{\"key\":\"b\",\"value\":\"!\",\"base64\":true}]")]
    [InlineData("[{\"key\":\"a\",\"value\":\"v\"}")]
    [InlineData("[{\"key\":\"a\",\"value\":\"v\"}] 1")]
    [InlineData("{}")]
    public async Task A_bulk_write_with_a_fault_writes_nothing(string body)
    {
        await using var server = await HttpServer.StartAsync();
        await using var client = await server.ConnectAsync();

        Assert.Equal(400, (await server.SendAsync("PUT", Namespaces + "/default/bulk", body)).Status);

        Assert.Equal(0, (await client.ExecuteAsync("DBSIZE")).Integer);
    }

    [Fact]
    public async Task A_form_that_breaks_off_writes_nothing()
    {
        await using var server = await HttpServer.StartAsync();
        await using var client = await server.ConnectAsync();
        const string Form = "--b\r\nContent-Disposition: form-data; name=\"value\"\r\n\r\nhalf of the val";

        var reply = await server.SendAsync("PUT", Namespaces + "/default/values/k", Form, "Content-Type: multipart/form-data; boundary=b");

        Assert.Equal(400, reply.Status);
        Assert.Equal(0, (await client.ExecuteAsync("EXISTS", "k")).Integer);
    }

    [Fact]
    public async Task A_renamed_namespace_stays_that_of_the_clients_in_it()
    {
        await using var server = await HttpServer.StartAsync();
        await using var client = await server.ConnectAsync();
        await client.ExecuteAsync("KV.USE", "before");
        await client.ExecuteAsync("SET", "k", "v");

        await server.SendAsync("PUT", Namespaces + "/before", "{\"title\":\"after\"}");

        Assert.Equal("v", (await client.ExecuteAsync("GET", "k")).Text);
        Assert.Equal("v", (await server.SendAsync("GET", Namespaces + "/after/values/k")).Text);
        Assert.Equal(["default", "after"], (await client.ExecuteAsync("KV.NAMESPACES")).Items.Select(item => item.Text));
    }

    [Fact]
    public async Task A_token_of_one_namespace_is_for_that_alone()
    {
        await using var server = await HttpServer.StartAsync("--http-tokens", "default:rw:owner", "*:ro:auditor");

        Assert.Equal(403, (await server.SendAsync("GET", Namespaces, "", "Authorization: Bearer owner")).Status);
        Assert.Equal(200, (await server.SendAsync("GET", Namespaces, "", "Authorization: Bearer auditor")).Status);
        Assert.Equal(403, (await server.SendAsync("POST", Namespaces, "{\"title\":\"a\"}", "Authorization: Bearer auditor")).Status);
        Assert.Equal(200, (await server.SendAsync("PUT", Namespaces + "/default/values/k", "v", "Authorization: Bearer owner")).Status);
        Assert.Equal(403, (await server.SendAsync("DELETE", Namespaces + "/default/values/k", "", "Authorization: Bearer auditor")).Status);
        Assert.Equal(200, (await server.SendAsync("POST", Namespaces + "/default/bulk/get", "{\"keys\":[\"k\"]}", "Authorization: Bearer auditor")).Status);
    }
}
