using System.Net.Sockets;

namespace RespKv.Server.Net;

/// <summary>
/// The socket below TLS. What is received during the handshake is worked on by a thread of the pool, since the work with keys takes longer than everything else that is done with
/// a connection, and the socket's thread has others to serve; after it nothing hops.
/// </summary>
internal sealed class TlsStream(Socket socket) : NetworkStream(socket, ownsSocket: false)
{
    private bool isOpen;

    /// <summary>The handshake is over.</summary>
    public void Open() => isOpen = true;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        isOpen ? base.ReadAsync(buffer, cancellationToken) : ReadAndHopAsync(buffer, cancellationToken);

    private async ValueTask<int> ReadAndHopAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        var count = await base.ReadAsync(buffer, cancellation).ConfigureAwait(false);
        await default(ThreadPoolHop);
        return count;
    }
}
