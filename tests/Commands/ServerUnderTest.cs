using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Xunit;

namespace RespKv.Tests.Commands;

/// <summary>A server in a process of its own, on a free port, for the tests of one class.</summary>
public sealed class ServerUnderTest : IAsyncLifetime
{
    private Process? process;

    public int Port { get; private set; }

    public async Task InitializeAsync()
    {
        Port = FreePort();
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add("exec");
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "respkv.dll"));
        start.ArgumentList.Add(Port.ToString(System.Globalization.CultureInfo.InvariantCulture));
        process = Process.Start(start)!;
        _ = process.StandardOutput.ReadToEndAsync();
        _ = process.StandardError.ReadToEndAsync();
        for (var tries = 0; !await IsListeningAsync(); tries++)
        {
            Assert.True(tries < 200, "The server did not start.");
            await Task.Delay(50);
        }
    }

    public Task DisposeAsync()
    {
        process?.Kill();
        process?.Dispose();
        return Task.CompletedTask;
    }

    public async Task<Connection> ConnectAsync()
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, Port);
        return new Connection(client);
    }

    private async Task<bool> IsListeningAsync()
    {
        try
        {
            await using var connection = await ConnectAsync();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
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
