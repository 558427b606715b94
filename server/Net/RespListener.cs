using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using RespKv.Server.Telemetry;

namespace RespKv.Server.Net;

/// <summary>
/// Accepts connections on one end point until it is disposed. A failed accept (no descriptors left, say) is logged and tried again after a pause:
/// it ends neither accepting nor the connections there are.
/// </summary>
internal sealed class RespListener : IDisposable
{
    private const int RetryDelayMs = 100;

    private readonly Socket socket;
    private readonly ILogger logger;
    private readonly Action<Socket> accepted;
    private readonly CancellationTokenSource stopping = new();

    /// <exception cref="SocketException">The end point is taken or not ours.</exception>
    public RespListener(EndPoint endPoint, int backlog, ILogger logger, Action<Socket> accepted)
    {
        this.logger = logger;
        this.accepted = accepted;
        var isUnix = endPoint is UnixDomainSocketEndPoint;
        socket = new Socket(endPoint.AddressFamily, SocketType.Stream, isUnix ? ProtocolType.Unspecified : ProtocolType.Tcp);
        try
        {
            if (endPoint is IPEndPoint { AddressFamily: AddressFamily.InterNetworkV6 })
                socket.DualMode = false;
            if (!isUnix)
                socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            socket.Bind(endPoint);
            socket.Listen(backlog);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Where it listens, with the port that the system chose if 0 was asked for.</summary>
    public EndPoint EndPoint => socket.LocalEndPoint!;

    /// <summary>Accepts until disposed.</summary>
    public async Task RunAsync()
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                accepted(await socket.AcceptAsync(stopping.Token).ConfigureAwait(false));
            }
            catch (Exception error) when (error is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (SocketException error)
            {
                Log.AcceptFailed(logger, error.Message, RetryDelayMs);
                await Task.Delay(RetryDelayMs).ConfigureAwait(false);
            }
        }
    }

    public void Dispose()
    {
        stopping.Cancel();
        socket.Dispose();
        stopping.Dispose();
    }
}
