using System.Text.RegularExpressions;

namespace RespKv.Tests.Http;

/// <summary>The key browser as it is served; what it does in a browser is tried by <c>.ci/compat</c>.</summary>
public sealed partial class BrowserPageTests
{
    [Theory]
    [InlineData("/ui", "text/html; charset=utf-8")]
    [InlineData("/ui/", "text/html; charset=utf-8")]
    [InlineData("/ui/page.css", "text/css; charset=utf-8")]
    [InlineData("/ui/page.js", "text/javascript; charset=utf-8")]
    [InlineData("/ui/icon.svg", "image/svg+xml")]
    public async Task It_is_served_without_a_token_and_runs_only_what_is_served_here(string path, string contentType)
    {
        await using var server = await HttpServer.StartAsync("--http-tokens", "*:rw:secret");

        var reply = await server.SendAsync("GET", path);

        Assert.Equal(("200 OK", contentType, "nosniff"), (reply.Line, reply.Headers["Content-Type"], reply.Headers["X-Content-Type-Options"]));
        Assert.StartsWith("default-src 'none'; script-src 'self';", reply.Headers["Content-Security-Policy"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_is_not_served_to_a_host_that_is_not_this_one()
    {
        await using var server = await HttpServer.StartAsync();
        Assert.Equal(403, (await server.SendAsync("GET", "/ui", "", "Host: evil.example")).Status);
    }

    [Fact]
    public async Task It_takes_nothing_from_elsewhere_and_writes_no_markup()
    {
        await using var server = await HttpServer.StartAsync();
        var (page, script) = ((await server.SendAsync("GET", "/ui")).Text, (await server.SendAsync("GET", "/ui/page.js")).Text);
        Assert.DoesNotMatch(Elsewhere(), page + script);
        Assert.DoesNotMatch(Markup(), script);
    }

    [GeneratedRegex("https?://|(src|href)=\"(?!/ui/)")]
    private static partial Regex Elsewhere();

    [GeneratedRegex("innerHTML|outerHTML|insertAdjacentHTML|document\\.write|eval\\(")]
    private static partial Regex Markup();
}
