using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace RespKv.Tests.Clients.DotNet;

/// <summary>One web server of an application that has many: the real one of ASP.NET, on a free port of 127.0.0.1.</summary>
internal sealed class WebNode(WebApplication application) : IAsyncDisposable
{
    public Uri Address { get; } = new(application.Urls.Single());

    /// <summary>Starts one with these services and this pipeline.</summary>
    public static async Task<WebNode> StartAsync(Action<WebApplicationBuilder> configure, Action<WebApplication> use)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        configure(builder);
        var application = builder.Build();
        use(application);
        await application.StartAsync();
        return new WebNode(application);
    }

    public ValueTask DisposeAsync() => application.DisposeAsync();
}
