using System.Net;
using System.Net.Sockets;
using System.Text;

namespace RespKv.Tests.Net;

/// <summary>A client that asks for a value and takes no more of it than the line of its length, until it is told to.</summary>
internal sealed class SlowReader : IDisposable
{
    private readonly Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly int length;

    private SlowReader(int length) => this.length = length;

    /// <summary>Asks, and waits until the reply begins.</summary>
    public static async Task<SlowReader> AskAsync(int port, string key, int length)
    {
        var reader = new SlowReader(length);
        await reader.socket.ConnectAsync(IPAddress.Loopback, port);
        await reader.socket.SendAsync(Encoding.ASCII.GetBytes($"GET {key}\r\n"));
        var header = $"${length}\r\n";
        Assert.Equal(header, Encoding.ASCII.GetString(await reader.ReceiveAsync(header.Length)));
        return reader;
    }

    /// <summary>The value.</summary>
    public async Task<byte[]> TakeAsync()
    {
        var rest = await ReceiveAsync(length + 2);
        Assert.Equal("\r\n"u8.ToArray(), rest[^2..]);
        return rest[..^2];
    }

    public void Dispose() => socket.Dispose();

    private async Task<byte[]> ReceiveAsync(int count)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var bytes = new byte[count];
        for (var received = 0; received < count;)
        {
            var more = await socket.ReceiveAsync(bytes.AsMemory(received), limit.Token);
            Assert.True(more > 0, "The server closed the connection.");
            received += more;
        }

        return bytes;
    }
}
