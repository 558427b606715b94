using System.Net;
using System.Net.Sockets;

namespace RespKv.Tests.Support;

/// <summary>Sends each connection the same pieces of bytes, whatever it is sent, and closes it: what a client under test must cope with.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly Task serving;

    public ScriptedServer(params byte[][] pieces)
    {
        listener.Start();
        serving = ServeAsync(pieces);
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>Whether the connection stays open after the last piece, until this is disposed.</summary>
    public bool StaysOpen { get; init; }

    public async ValueTask DisposeAsync()
    {
        listener.Dispose();
        await serving;
    }

    private async Task ServeAsync(byte[][] pieces)
    {
        var open = new List<Socket>();
        try
        {
            while (true)
            {
                var socket = await listener.AcceptSocketAsync();
                socket.NoDelay = true;
                open.Add(socket);
                foreach (var piece in pieces)
                    await socket.SendAsync(piece);
                if (!StaysOpen)
                    socket.Shutdown(SocketShutdown.Send);
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            foreach (var socket in open)
                socket.Dispose();
        }
    }
}
