namespace RespKv.Tests.Support;

/// <summary>The real RespKv server, as its users start it; the build puts it beside the tests.</summary>
internal sealed class RespServerProcess : ServerProcess
{
    private RespServerProcess()
    {
    }

    /// <summary>Starts it on a port of its choosing, at 127.0.0.1.</summary>
    public static async Task<RespServerProcess> StartAsync(params string[] arguments)
    {
        var server = new RespServerProcess();
        var assembly = Path.Combine(AppContext.BaseDirectory, "respkv.dll");
        var line = await server.LaunchAsync(Dotnet(), ["exec", assembly, "--port", "0", .. arguments]);
        server.Port = PortAtEndOf(line);
        return server;
    }

    /// <summary>The <c>dotnet</c> that runs these tests, so that both use one installation; else that of the path.</summary>
    private static string Dotnet() =>
        Environment.ProcessPath is { } own && Path.GetFileNameWithoutExtension(own) == "dotnet" ? own : "dotnet";
}
