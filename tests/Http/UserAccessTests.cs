using System.Text;
using RespKv.Protocol;

namespace RespKv.Tests.Http;

/// <summary>Users of the server over HTTP: one list of them for both.</summary>
public sealed class UserAccessTests
{
    [Theory]
    [InlineData("GET", "/a1", "404 Not Found")]
    [InlineData("GET", "/b1", "403 No permissions to access a key")]
    [InlineData("PUT", "/a1", "403 No permissions to access a key")]
    [InlineData("PUT", "/w1", "200 OK")]
    [InlineData("GET", "/w1", "403 No permissions to access a key")]
    [InlineData("DELETE", "/w1", "403 User u has no permissions to run the 'del' command")]
    [InlineData("GET", "/?prefix=a", "200 OK")]
    [InlineData("GET", "/?prefix=b", "403 No permissions to access a key")]
    [InlineData("GET", "/", "403 No permissions to access a key")]
    [InlineData("GET", "/metrics", "403 User u has no permissions to run the 'info' command")]
    public async Task A_request_is_what_the_command_is_that_does_the_same(string method, string target, string line)
    {
        await using var server = await StartAsync("on >pw +kv.get +kv.put +kv.list %R~a* %W~w*");
        Assert.Equal(line, (await server.SendAsync(method, target, "", Basic("u", "pw"))).Line);
    }

    [Theory]
    [InlineData("sessions", "404 Not Found")]
    [InlineData("sessions:1", "403 No permissions to access a namespace")]
    [InlineData("default", "404 Not Found")]
    [InlineData("0", "404 Not Found")]
    [InlineData("1", "403 No permissions to access a namespace")]
    public async Task A_user_stays_in_its_namespaces(string ns, string line)
    {
        await using var server = await StartAsync("on >pw +@all ~* ns=sessions ns=0");
        Assert.Equal(line, (await server.SendAsync("GET", "/k", "", "X-KV-Namespace: " + ns, Basic("u", "pw"))).Line);
    }

    [Fact]
    public async Task One_rule_has_to_allow_command_namespace_and_key_together()
    {
        await using var server = await StartAsync("on >pw (+@read ~* ns=sessions) (+@write ~w* ns=jobs)");

        Assert.Equal("404 Not Found", await LineAsync("GET", "/k", "sessions"));
        Assert.Equal("200 OK", await LineAsync("PUT", "/w", "jobs"));
        Assert.Equal("403 No permissions to access a namespace", await LineAsync("PUT", "/w", "sessions"));
        Assert.Equal("403 No permissions to access a namespace", await LineAsync("GET", "/w", "jobs"));
        Assert.Equal("403 No permissions to access a key", await LineAsync("PUT", "/k", "jobs"));

        async Task<string> LineAsync(string method, string target, string ns) => (await server.SendAsync(method, target, "", "X-KV-Namespace: " + ns, Basic("u", "pw"))).Line;
    }

    [Theory]
    [InlineData("404 Not Found", "Authorization: Bearer u:pw")]
    [InlineData("404 Not Found", "Authorization: basic dTpwdw==")]
    [InlineData("401 Unauthorized", "Authorization: Bearer u:wrong")]
    [InlineData("401 Unauthorized", "Authorization: Bearer none:pw")]
    [InlineData("401 Unauthorized", "Authorization: Bearer off:pw")]
    [InlineData("404 Not Found", "Authorization: Bearer sesame")]
    [InlineData("401 Unauthorized", "Authorization: Bearer guessed")]
    [InlineData("401 Unauthorized", "Authorization: Basic ####")]
    [InlineData("401 Unauthorized", "Authorization: Digest u:pw")]
    [InlineData("401 Unauthorized")]
    public async Task Users_and_tokens_are_known_side_by_side(string line, params string[] headers)
    {
        await using var server = await StartAsync("on >pw +@all ~*", "--http-tokens", "*:ro:sesame");
        await using var client = await server.ConnectAsync();
        await client.ExecuteAsync("ACL", "SETUSER", "off", ">pw", "+@all", "~*");

        Assert.Equal(line, (await server.SendAsync("GET", "/k", "", headers)).Line);
    }

    [Fact]
    public async Task A_password_of_the_default_user_is_asked_for_over_HTTP_as_well()
    {
        await using var server = await StartAsync("on >pw +@all ~*", "--requirepass", "sesame");

        var refused = await server.SendAsync("GET", "/k");

        Assert.Equal("401 Unauthorized", refused.Line);
        Assert.Equal("Bearer", refused.Headers["WWW-Authenticate"]);
        Assert.Equal("404 Not Found", (await server.SendAsync("GET", "/k", "", Basic("default", "sesame"))).Line);
    }

    [Fact]
    public async Task Who_says_nothing_is_the_default_user()
    {
        await using var server = await StartAsync("on >pw +@all ~*");
        await using var client = await server.ConnectAsync();
        await client.ExecuteAsync("ACL", "SETUSER", "default", "-kv.put");

        Assert.Equal("404 Not Found", (await server.SendAsync("GET", "/k")).Line);
        Assert.Equal("403 User default has no permissions to run the 'kv.put' command", (await server.SendAsync("PUT", "/k", "v")).Line);
        Assert.Equal("403 Requests of other web pages are refused", (await server.SendAsync("GET", "/k", "", "Host: localhost", "Origin: https://evil.example")).Line);
    }

    [Theory]
    [InlineData("403 Requests of other web pages are refused", "Authorization: Basic dTpwdw==", "Host: kv.example", "Sec-Fetch-Site: cross-site")]
    [InlineData("404 Not Found", "Authorization: Basic dTpwdw==", "Host: kv.example", "Sec-Fetch-Site: same-origin")]
    [InlineData("404 Not Found", "Authorization: Bearer u:pw", "Host: kv.example", "Sec-Fetch-Site: cross-site")]
    [InlineData("403 The Host header does not name this host", "Authorization: Bearer any:x", "Host: kv.example")]
    [InlineData("404 Not Found", "Authorization: Bearer any:x", "Host: localhost")]
    public async Task What_a_browser_sends_by_itself_opens_nothing_to_other_pages(string line, params string[] headers)
    {
        await using var server = await StartAsync("on >pw +@all ~*");
        await using var client = await server.ConnectAsync();
        await client.ExecuteAsync("ACL", "SETUSER", "any", "on", "nopass", "+@all", "~*");

        Assert.Equal(line, (await server.SendAsync("GET", "/k", "", headers)).Line);
    }

    [Theory]
    [InlineData("PUT", "values/a1", "", 200)]
    [InlineData("PUT", "values/b1", "", 403)]
    [InlineData("GET", "values/b1", "", 403)]
    [InlineData("GET", "metadata/b1", "", 403)]
    [InlineData("DELETE", "values/b1", "", 403)]
    [InlineData("GET", "keys?prefix=a", "", 200)]
    [InlineData("GET", "keys", "", 403)]
    [InlineData("PUT", "bulk", """[{"key":"a1","value":"v"}]""", 200)]
    [InlineData("PUT", "bulk", """[{"key":"a1","value":"v"},{"key":"b1","value":"v"}]""", 403)]
    [InlineData("POST", "bulk/delete", """["a1"]""", 200)]
    [InlineData("POST", "bulk/delete", """["a1","b1"]""", 403)]
    [InlineData("POST", "bulk/get", """{"keys":["a1"]}""", 200)]
    [InlineData("POST", "bulk/get", """{"keys":["b1"]}""", 403)]
    [InlineData("PUT", "", """{"title":"elsewhere"}""", 403)]
    public async Task The_REST_shape_is_held_to_the_same(string method, string target, string body, int status)
    {
        await using var server = await StartAsync("on >pw +@all ~a* ns=notes");
        await using var client = await server.ConnectAsync();
        await client.ExecuteAsync("KV.USE", "notes");

        var reply = await server.SendAsync(method, $"/client/v4/accounts/x/storage/kv/namespaces/notes{(target.Length == 0 ? "" : "/" + target)}", body, "Authorization: Bearer u:pw");

        Assert.Equal(status, reply.Status);
    }

    [Fact]
    public async Task Namespaces_are_made_and_listed_by_who_may_use_all()
    {
        await using var server = await StartAsync("on >pw +@all ~* ns=notes");
        await using var client = await server.ConnectAsync();
        await client.ExecuteAsync("ACL", "SETUSER", "all", "on", ">pw", "+@all");

        Assert.Equal(403, (await server.SendAsync("GET", "/client/v4/accounts/x/storage/kv/namespaces", "", Basic("u", "pw"))).Status);
        Assert.Equal(200, (await server.SendAsync("GET", "/client/v4/accounts/x/storage/kv/namespaces", "", Basic("all", "pw"))).Status);
        Assert.Equal(200, (await server.SendAsync("POST", "/client/v4/accounts/x/storage/kv/namespaces", """{"title":"made"}""", Basic("all", "pw"))).Status);
    }

    [Fact]
    public async Task What_is_refused_over_HTTP_is_in_the_log()
    {
        await using var server = await StartAsync("on >pw +kv.get ~a*");
        await using var client = await server.ConnectAsync();
        await server.SendAsync("GET", "/b1", "", Basic("u", "pw"));
        await server.SendAsync("PUT", "/a1", "", Basic("u", "pw"));
        await server.SendAsync("GET", "/a1", "", Basic("u", "wrong"));

        var log = (await client.ExecuteAsync("ACL", "LOG")).Items.Select(entry => $"{entry.Items[3].Text} {entry.Items[5].Text} {entry.Items[7].Text} {entry.Items[9].Text}");

        Assert.Equal(["auth http Authorization u", "command http kv.put u", "key http b1 u"], log);
    }

    private static async Task<HttpServer> StartAsync(string rules, params string[] arguments)
    {
        var server = await HttpServer.StartAsync(arguments);
        await using var client = await server.ConnectAsync();
        if (arguments is ["--requirepass", var password])
            await client.ExecuteAsync("AUTH", password);
        Assert.Equal("OK", (await client.ExecuteAsync([.. $"ACL SETUSER u {rules}".Split(' ').Select(word => (RespArgument)word)])).Text);
        return server;
    }

    private static string Basic(string name, string password) => "Authorization: Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{name}:{password}"));
}
