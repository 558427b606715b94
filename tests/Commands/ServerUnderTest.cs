using System.Net;
using System.Net.Sockets;
using System.Text;
using RespKv.Tests.Support;

namespace RespKv.Tests.Commands;

/// <summary>One server for all tests of a class, whose replies are shown as they are on the wire.</summary>
public sealed class ServerUnderTest : IAsyncLifetime
{
    private RespServerProcess? process;

    public async Task InitializeAsync() => process = await RespServerProcess.StartAsync();

    public async Task DisposeAsync() => await process!.DisposeAsync();

    public async Task<Connection> ConnectAsync()
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, process!.Port);
        return new Connection(client);
    }

    /// <summary>A connection that shows replies as they are on the wire.</summary>
    public sealed class Connection(TcpClient client) : IAsyncDisposable
    {
        private readonly NetworkStream stream = client.GetStream();
        private readonly byte[] buffer = new byte[1 << 20];

        /// <summary>Sends an inline command and returns its whole reply.</summary>
        public async Task<string> Send(string command)
        {
            await stream.WriteAsync(Encoding.Latin1.GetBytes(command + "\r\n"));
            var reply = new StringBuilder();
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
            while (LengthOf(reply.ToString(), 0) < 0)
            {
                var received = await stream.ReadAsync(buffer, limit.Token);
                Assert.True(received > 0, "The server closed the connection after: " + reply);
                reply.Append(Encoding.Latin1.GetString(buffer, 0, received));
            }

            return reply.ToString();
        }

        /// <summary>The text of a bulk string reply.</summary>
        public async Task<string> Text(string command)
        {
            var reply = await Send(command);
            return reply[(reply.IndexOf('\n', StringComparison.Ordinal) + 1)..^2];
        }

        public ValueTask DisposeAsync()
        {
            client.Dispose();
            return default;
        }

        // Where the reply that begins at `start` ends; -1 when it is not complete.
        private static int LengthOf(string text, int start)
        {
            var lineEnd = text.IndexOf("\r\n", start, StringComparison.Ordinal);
            if (lineEnd < 0)
                return -1;
            var end = lineEnd + 2;
            if ("$*%~=".Contains(text[start], StringComparison.Ordinal))
            {
                var count = int.Parse(text.AsSpan(start + 1, lineEnd - start - 1), System.Globalization.CultureInfo.InvariantCulture);
                if (text[start] is '$' or '=')
                    return count < 0 ? end : end + count + 2 <= text.Length ? end + count + 2 : -1;
                for (var elements = text[start] == '%' ? count * 2 : count; elements > 0 && end >= 0; elements--)
                    end = end < text.Length ? LengthOf(text, end) : -1;
            }

            return end;
        }
    }
}
