using System.Net.Sockets;

namespace RespKv.Server.Net;

internal static class SocketExtensions
{
    /// <summary>Nothing more goes that way, and what is under way ends; a socket that has gone already is left as it is.</summary>
    public static void TryShutdown(this Socket socket, SocketShutdown how)
    {
        try
        {
            socket.Shutdown(how);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // Gone already.
        }
    }
}
