using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using RespKv.Protocol;
using RespKv.Tests.Support;

namespace RespKv.Tests.Net;

/// <summary>A client of a port for TLS that trusts the tests' authority and no other.</summary>
internal sealed class TlsClient : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly CancellationTokenSource limit = new(Limit);

    private TlsClient(Socket socket, SslStream stream) => (Socket, Stream) = (socket, stream);

    public Socket Socket { get; }

    public SslStream Stream { get; }

    /// <summary>Connects, and shows the server a certificate if there is one.</summary>
    /// <exception cref="AuthenticationException">The server's is not good.</exception>
    public static async Task<TlsClient> ConnectAsync(int port, TestCertificates certificates, X509Certificate2? own = null, SslProtocols protocols = SslProtocols.None, IPAddress? address = null)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(new IPEndPoint(address ?? IPAddress.Loopback, port));
        var client = new TlsClient(socket, new SslStream(new NetworkStream(socket, ownsSocket: true)));
        var trust = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        trust.CustomTrustStore.Add(certificates.Authority);
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            CertificateChainPolicy = trust,
            EnabledSslProtocols = protocols,
            ClientCertificateContext = own == null ? null : SslStreamCertificateContext.Create(own, null, offline: true),
        };
        try
        {
            await client.Stream.AuthenticateAsClientAsync(options, client.limit.Token);
            return client;
        }
        catch
        {
            await client.DisposeAsync();
            throw;
        }
    }

    public Task SendAsync(ReadOnlyMemory<byte> bytes) => Stream.WriteAsync(bytes, limit.Token).AsTask();

    public Task SendAsync(string text) => SendAsync(Encoding.ASCII.GetBytes(text));

    public async Task<byte[]> ReadAsync(int count)
    {
        var bytes = new byte[count];
        await Stream.ReadExactlyAsync(bytes, limit.Token);
        return bytes;
    }

    /// <summary>That the next bytes that come are those of a text.</summary>
    public async Task ExpectAsync(string text) => Assert.Equal(text, Encoding.ASCII.GetString(await ReadAsync(text.Length)));

    /// <summary>Sends a command; what its reply, a bulk string, holds.</summary>
    public async Task<string> AskAsync(params RespArgument[] command)
    {
        await SendAsync(RespArgument.Request(command));
        var line = await ReadLineAsync();
        if (line[0] is not ('$' or '='))
            return line;
        var bulk = await ReadAsync(int.Parse(line.AsSpan(1), provider: System.Globalization.CultureInfo.InvariantCulture) + 2);
        return Encoding.UTF8.GetString(bytes: bulk.AsSpan()[..^2]);
    }

    /// <summary>All that comes until the server says that it is all; a cut is an exception.</summary>
    public async Task<byte[]> ReadToEndAsync()
    {
        var all = new MemoryStream();
        await Stream.CopyToAsync(all, limit.Token);
        return all.ToArray();
    }

    public async ValueTask DisposeAsync()
    {
        await Stream.DisposeAsync();
        limit.Dispose();
    }

    private async Task<string> ReadLineAsync()
    {
        var line = new StringBuilder();
        do
            line.Append((char)(await ReadAsync(1))[0]);
        while (line[^1] != '\n');
        return line.ToString().TrimEnd();
    }
}
