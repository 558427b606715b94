using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using RespKv.Tests.Commands;
using RespKv.Tests.Support;

namespace RespKv.Tests.Http;

/// <summary>A server that loads its data, and goes on doing so until it is ended.</summary>
internal sealed class LoadingServer : IAsyncDisposable
{
    private readonly Process process;
    private readonly int httpPort = FreePort.Next();

    private LoadingServer(string folder)
    {
        process = Process.Start(new ProcessStartInfo("dotnet",
        [
            "exec", Path.Combine(AppContext.BaseDirectory, "respkv.dll"), "--dir", folder, "--bind", "127.0.0.1",
            "--port", Port.ToString(CultureInfo.InvariantCulture), "--http-port", httpPort.ToString(CultureInfo.InvariantCulture),
        ])
        { RedirectStandardOutput = true })!;
    }

    /// <summary>The port of RESP.</summary>
    public int Port { get; } = FreePort.Next();

    /// <summary>Starts one that answers already.</summary>
    public static async Task<LoadingServer> StartAsync(string folder)
    {
        var server = new LoadingServer(folder);
        await RunningServer.UntilAsync(server.IsAnsweringAsync);
        return server;
    }

    /// <summary>Sends one HTTP request on a connection of its own.</summary>
    public async Task<HttpReply> SendAsync(string method, string target, string body = "")
    {
        using var conversation = await HttpConversation.OpenAsync(new IPEndPoint(IPAddress.Loopback, httpPort));
        return await conversation.ExchangeAsync(method, target, body);
    }

    public async ValueTask DisposeAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
    }

    private async Task<bool> IsAnsweringAsync()
    {
        try
        {
            return (await SendAsync("GET", "/health/live")).Status == 200;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
