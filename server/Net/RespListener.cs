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

    private readonly Socket listening;
    private readonly ILogger logger;
    private readonly Action<Socket> accepted;
    private readonly CancellationTokenSource stopping = new();

    /// <exception cref="SocketException">The end point is taken or not ours.</exception>
    public RespListener(EndPoint endPoint, int backlog, ILogger logger, Action<Socket> accepted)
    {
        this.logger = logger;
        this.accepted = accepted;
        var isUnix = endPoint is UnixDomainSocketEndPoint;
        listening = new Socket(endPoint.AddressFamily, SocketType.Stream, isUnix ? ProtocolType.Unspecified : ProtocolType.Tcp);
        try
        {
            if (endPoint is IPEndPoint { AddressFamily: AddressFamily.InterNetworkV6 })
                listening.DualMode = false;
            if (!isUnix)
                listening.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            listening.Bind(endPoint);
            listening.Listen(backlog);
        }
        catch
        {
            listening.Dispose();
            throw;
        }
    }

    /// <summary>Whether its clients speak TLS.</summary>
    public bool IsTls { get; init; }

    /// <summary>Where it listens, with the port that the system chose if 0 was asked for.</summary>
    public EndPoint EndPoint => listening.LocalEndPoint!;

    /// <summary>Accepts until disposed.</summary>
    public async Task RunAsync()
    {
        var isFailing = false;
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                var socket = await listening.AcceptAsync(stopping.Token).ConfigureAwait(false);
                if (isFailing)
                    Log.AcceptRecovered(logger);
                isFailing = false;
                Take(socket);
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
                // Said once: it may last for hours.
                if (!isFailing)
                    Log.AcceptFailed(logger, error.Message, RetryDelayMs);
                isFailing = true;
                await Task.Delay(RetryDelayMs).ConfigureAwait(false);
            }
        }
    }

    // What goes wrong with one connection is no reason to accept no other.
    private void Take(Socket socket)
    {
        try
        {
            accepted(socket);
        }
        catch (SocketException)
        {
            // The client has gone before it could be served.
            socket.Dispose();
        }
        catch (Exception fault)
        {
            Log.AcceptFault(logger, fault);
            socket.Dispose();
        }
    }

    public void Dispose()
    {
        stopping.Cancel();
        listening.Dispose();
        stopping.Dispose();
    }
}
