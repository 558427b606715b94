using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using RespKv.Tests.Commands;

namespace RespKv.Tests.Clients.DotNet;

/// <summary>The output cache of ASP.NET, as far as pages have no tags: those it keeps in sorted sets.</summary>
public sealed class OutputCacheTests(EitherServer servers) : IClassFixture<EitherServer>
{
    private int made;

    [Theory, OnRespKv, OnRedis]
    public async Task A_page_is_made_once_for_all_web_servers(ServerKind kind)
    {
        var server = await servers.OpenAsync(kind);
        await using var one = await StartAsync(server.Address, "pages:");
        await using var two = await StartAsync(server.Address, "pages:");
        using var browser = new HttpClient();

        var first = await browser.GetStringAsync(new Uri(one.Address, "page"));
        await RunningServer.UntilAsync(async () => (await server.KeysAsync("pages:")).Length == 1);
        using var second = await browser.GetAsync(new Uri(two.Address, "page"));

        // The key of a page holds the port, by which two web servers of one machine differ; one name for both makes the pages one.
        Assert.Equal("page 1 of null", first);
        Assert.Equal(first, await second.Content.ReadAsStringAsync());
        Assert.NotNull(second.Headers.Age);
        await server.LivesForAsync(Assert.Single(await server.KeysAsync("pages:")), TimeSpan.FromMinutes(5));
    }

    [Theory, OnRespKv, OnRedis]
    public async Task A_page_is_kept_for_each_query_and_made_anew_when_it_is_gone(ServerKind kind)
    {
        var server = await servers.OpenAsync(kind);
        await using var node = await StartAsync(server.Address, "queries:");
        using var browser = new HttpClient();
        Task<string> GetAsync(string query) => browser.GetStringAsync(new Uri(node.Address, "page?of=" + query));

        string[] first = [await GetAsync("a"), await GetAsync("b")];
        await RunningServer.UntilAsync(async () => (await server.KeysAsync("queries:")).Length == 2);
        string[] second = [await GetAsync("a"), await GetAsync("b")];
        foreach (var key in await server.KeysAsync("queries:"))
            await server.Database.KeyDeleteAsync(key);
        var third = await GetAsync("a");

        Assert.Equal(["page 1 of a", "page 2 of b"], first);
        Assert.Equal(first, second);
        Assert.Equal("page 3 of a", third);
    }

    private Task<WebNode> StartAsync(string address, string prefix) => WebNode.StartAsync(
        builder =>
        {
            builder.Services.AddStackExchangeRedisOutputCache(options => (options.Configuration, options.InstanceName) = (address, prefix));
            builder.Services.AddOutputCache(options => options.AddBasePolicy(policy => policy.Expire(TimeSpan.FromMinutes(5)).SetVaryByHost(false)));
        },
        application =>
        {
            application.UseOutputCache();
            application.MapGet("/page", (string? of) => string.Create(CultureInfo.InvariantCulture, $"page {Interlocked.Increment(ref made)} of {of ?? "null"}"));
        });
}
