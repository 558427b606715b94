using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace RespKv.Tests.Clients.DotNet;

/// <summary>Sessions of ASP.NET that two web servers share.</summary>
public sealed class SessionTests(EitherServer servers) : IClassFixture<EitherServer>
{
    // Cookies that one web server made must be readable by the other.
    private readonly EphemeralDataProtectionProvider protection = new();

    [Theory, OnRespKv, OnRedis]
    public async Task A_session_goes_on_at_another_web_server_and_belongs_to_one_visitor(ServerKind kind)
    {
        var server = await servers.OpenAsync(kind);
        await using var one = await StartAsync(server.Address, "session:");
        await using var two = await StartAsync(server.Address, "session:");
        using var ada = new Visitor();
        using var bob = new Visitor();

        string[] ofAda = [await ada.VisitAsync(one), await ada.VisitAsync(two), await ada.VisitAsync(one)];
        string[] ofBob = [await bob.VisitAsync(two), await bob.VisitAsync(one)];

        Assert.Equal(["1", "2", "3"], ofAda);
        Assert.Equal(["1", "2"], ofBob);
        Assert.Equal(2, (await server.KeysAsync("session:")).Length);
    }

    [Theory, OnRespKv, OnRedis]
    public async Task Each_visit_starts_the_idle_time_anew(ServerKind kind)
    {
        var server = await servers.OpenAsync(kind);
        await using var node = await StartAsync(server.Address, "idle:");
        using var visitor = new Visitor();
        await visitor.VisitAsync(node);
        var key = Assert.Single(await server.KeysAsync("idle:"));
        await server.LivesForAsync(key, TimeSpan.FromMinutes(20));

        await server.Database.KeyExpireAsync(key, TimeSpan.FromMinutes(1));
        await visitor.VisitAsync(node);

        await server.LivesForAsync(key, TimeSpan.FromMinutes(20));
    }

    [Theory, OnRespKv, OnRedis]
    public async Task A_session_that_is_over_starts_anew(ServerKind kind)
    {
        var server = await servers.OpenAsync(kind);
        await using var node = await StartAsync(server.Address, "over:");
        using var visitor = new Visitor();
        await visitor.VisitAsync(node);

        await server.Database.KeyDeleteAsync(Assert.Single(await server.KeysAsync("over:")));

        Assert.Equal("1", await visitor.VisitAsync(node));
    }

    private Task<WebNode> StartAsync(string address, string prefix) => WebNode.StartAsync(
        builder =>
        {
            builder.Services.AddSingleton<IDataProtectionProvider>(protection);
            builder.Services.AddStackExchangeRedisCache(options => (options.Configuration, options.InstanceName) = (address, prefix));
            builder.Services.AddSession();
        },
        application =>
        {
            application.UseSession();
            application.MapGet("/", (HttpContext context) => Count(context.Session));
        });

    private static string Count(ISession session)
    {
        var visits = (session.GetInt32("visits") ?? 0) + 1;
        session.SetInt32("visits", visits);
        return visits.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>A browser; its cookies go to every web server of the host.</summary>
    private sealed class Visitor : IDisposable
    {
        private readonly HttpClient browser = new(new HttpClientHandler { CookieContainer = new CookieContainer() });

        public Task<string> VisitAsync(WebNode node) => browser.GetStringAsync(node.Address);

        public void Dispose() => browser.Dispose();
    }
}
