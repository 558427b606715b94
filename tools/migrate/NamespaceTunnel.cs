using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using StackExchange.Redis;
using StackExchange.Redis.Configuration;

namespace RespKv.Migrate;

/// <summary>
/// Changes every connection to a namespace before the client library gets it, also one that is made anew after one was lost. The library knows numbered databases only, so it is given no
/// command that has one.
/// </summary>
internal sealed class NamespaceTunnel(ServerAddress address, Space space) : Tunnel
{
    public override ValueTask<EndPoint?> GetSocketConnectEndpointAsync(EndPoint endpoint, CancellationToken cancellationToken) => new(endpoint);

    public override async ValueTask<Stream?> BeforeAuthenticateAsync(EndPoint endpoint, ConnectionType connectionType, Socket? socket, CancellationToken cancellationToken)
    {
        Stream stream = new NetworkStream(socket ?? throw new IOException("no socket"), ownsSocket: true);
        if (address.IsTls)
            stream = await SecureAsync(stream, cancellationToken).ConfigureAwait(false);
        if (address.Password != null)
            await AskAsync(stream, address.User == null ? ["AUTH", address.Password] : ["AUTH", address.User, address.Password], cancellationToken).ConfigureAwait(false);
        await AskAsync(stream, ["KV.USE", space.Name], cancellationToken).ConfigureAwait(false);
        return stream;
    }

    private async Task<SslStream> SecureAsync(Stream stream, CancellationToken cancellation)
    {
        var secure = new SslStream(stream);
        var options = new SslClientAuthenticationOptions { TargetHost = address.Host };
        if (address.AuthorityFile != null)
        {
            options.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            options.CertificateChainPolicy.CustomTrustStore.ImportFromPemFile(address.AuthorityFile);
        }

        if (address.CertificateFile != null)
            options.ClientCertificates = [X509Certificate2.CreateFromPemFile(address.CertificateFile, address.KeyFile)];
        await secure.AuthenticateAsClientAsync(options, cancellation).ConfigureAwait(false);
        return secure;
    }

    private static async Task AskAsync(Stream stream, string[] command, CancellationToken cancellation)
    {
        var words = command.Select(word => $"${Encoding.UTF8.GetByteCount(word)}\r\n{word}\r\n");
        await stream.WriteAsync(Encoding.UTF8.GetBytes($"*{command.Length}\r\n{string.Concat(words)}"), cancellation).ConfigureAwait(false);
        // Byte by byte: what comes behind the line is the library's.
        var line = new StringBuilder();
        var one = new byte[1];
        while (line.Length == 0 || line[^1] != '\n')
        {
            await stream.ReadExactlyAsync(one, cancellation).ConfigureAwait(false);
            line.Append((char)one[0]);
        }

        if (line[0] != '+')
            throw new IOException(line.ToString().Trim());
    }
}
