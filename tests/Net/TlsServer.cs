using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using RespKv.Protocol;
using RespKv.Tests.Support;

namespace RespKv.Tests.Net;

/// <summary>A server with a port for TLS beside its plain one.</summary>
internal sealed class TlsServer : IAsyncDisposable
{
    private const int StartAttempts = 3;

    private RespServerProcess process = null!;

    public TestCertificates Certificates { get; } = new();

    public int TlsPort { get; private set; }

    public int Port => process.Port;

    /// <summary>All that it has logged.</summary>
    public string Log => process.Output + process.Error;

    /// <param name="authClients">Whether clients need certificates: yes, no, optional.</param>
    /// <param name="more">Further options.</param>
    public static async Task<TlsServer> StartAsync(string authClients = "no", params string[] more)
    {
        var server = new TlsServer();
        for (var attempt = 1; ; attempt++)
        {
            server.TlsPort = FreePort.Next();
            try
            {
                server.process = await RespServerProcess.StartAsync([.. server.Certificates.Options(server.TlsPort, authClients), .. more]);
                return server;
            }
            catch (InvalidOperationException) when (attempt < StartAttempts)
            {
                // Another process has taken the port.
            }
        }
    }

    public Task<TlsClient> ConnectAsync(X509Certificate2? own = null) => TlsClient.ConnectAsync(TlsPort, Certificates, own);

    /// <summary>A connection to the plain port.</summary>
    public Task<RespClient> ConnectPlainAsync() => process.ConnectAsync();

    /// <summary>A connection to the port for TLS of which the test decides what it sends.</summary>
    public async Task<Socket> ConnectRawAsync()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, TlsPort));
        return socket;
    }

    /// <summary>Stops it; how long it took.</summary>
    public async Task<TimeSpan> StopAsync()
    {
        var since = Stopwatch.StartNew();
        await process.StopAsync();
        return since.Elapsed;
    }

    /// <summary>That it serves with and without TLS, and has found no fault in itself.</summary>
    public async Task AssertSoundAsync(X509Certificate2? own = null)
    {
        Assert.False(process.HasExited, Log);
        await using var plain = await ConnectPlainAsync();
        Assert.Equal("PONG", (await plain.ExecuteAsync("PING")).Text);
        await using var client = await ConnectAsync(own);
        Assert.Equal("+PONG", await client.AskAsync("PING"));
        Assert.DoesNotContain("fault of ours", Log, StringComparison.Ordinal);
        Assert.DoesNotContain("Unhandled", Log, StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        await process.DisposeAsync();
        Certificates.Dispose();
    }
}
