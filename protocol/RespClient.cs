using System.Net;
using System.Net.Security;
using System.Net.Sockets;

namespace RespKv.Protocol;

/// <summary>
/// One connection to a server, for tests and tools: what is sent and what is read are separate, so that a caller may pipeline, send
/// bytes that are no request, and take replies as a tree or as exactly the bytes that came. One sender and one reader at a time.
/// After a timeout or a cancelled read the next read goes on where it stopped; no byte is lost.
/// </summary>
public sealed class RespClient : IAsyncDisposable
{
    private const int ReadBytesMin = 16 * 1024;

    private readonly Socket socket;

    // Over TLS what is read and written goes through this.
    private SslStream? secured;

    // What was received and not yet taken is buffer[start..end]; ReadRawReplyAsync looks at it from the beginning of a reply again
    // after each arrival, but skips what it has seen.
    private byte[] buffer = new byte[ReadBytesMin];
    private int start;
    private int end;
    private RespReplyScan scan;

    private RespClient(Socket socket) => this.socket = socket;

    /// <summary>How long one connect, send or read may take; 10 seconds unless set. <see cref="System.Threading.Timeout.InfiniteTimeSpan"/> waits for ever.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>This end of the connection, as <c>CLIENT LIST</c> shows it in <c>addr</c>.</summary>
    public EndPoint? LocalEndPoint => socket.LocalEndPoint;

    /// <summary>How many bytes have been received and not been read.</summary>
    public int ReceivedBytes => end - start;

    /// <summary>Connects by TCP, without Nagle's delay.</summary>
    public static Task<RespClient> ConnectAsync(string host, int port, CancellationToken cancellation = default) =>
        ConnectAsync(IPAddress.TryParse(host, out var address) ? new IPEndPoint(address, port) : new DnsEndPoint(host, port), cancellation);

    /// <summary>Connects to an IP, DNS or UNIX socket end point, by TLS where there are parameters for that.</summary>
    /// <exception cref="SocketException">The server is not there.</exception>
    /// <exception cref="System.Security.Authentication.AuthenticationException">The two do not come to terms about TLS.</exception>
    public static async Task<RespClient> ConnectAsync(EndPoint endPoint, SslClientAuthenticationOptions? tls, CancellationToken cancellation = default)
    {
        var socket = endPoint switch
        {
            UnixDomainSocketEndPoint => new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified),
            IPEndPoint => new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true },
            _ => new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true },
        };
        var client = new RespClient(socket);
        try
        {
            await client.InTimeAsync(limit => socket.ConnectAsync(endPoint, limit), "connect", cancellation).ConfigureAwait(false);
            if (tls != null)
                await client.SecureAsync(tls, cancellation).ConfigureAwait(false);
            return client;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <inheritdoc cref="ConnectAsync(EndPoint, SslClientAuthenticationOptions?, CancellationToken)"/>
    public static Task<RespClient> ConnectAsync(EndPoint endPoint, CancellationToken cancellation = default) => ConnectAsync(endPoint, null, cancellation);

    /// <summary>Sends a command and reads its reply.</summary>
    public Task<RespReply> ExecuteAsync(params RespArgument[] command) => ExecuteAsync(command, CancellationToken.None);

    /// <summary>Sends a command and reads its reply.</summary>
    public async Task<RespReply> ExecuteAsync(RespArgument[] command, CancellationToken cancellation)
    {
        await SendAsync(RespArgument.Request(command), cancellation).ConfigureAwait(false);
        return await ReadReplyAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>Sends a command; its reply is left to be read.</summary>
    public Task SendCommandAsync(params RespArgument[] command) => SendAsync(RespArgument.Request(command));

    /// <summary>Sends bytes as they are.</summary>
    /// <exception cref="SocketException">The server has closed the connection.</exception>
    public Task SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation = default) =>
        InTimeAsync(
            async limit =>
            {
                if (secured != null)
                {
                    await secured.WriteAsync(bytes, limit).ConfigureAwait(false);
                    return;
                }

                while (!bytes.IsEmpty)
                    bytes = bytes[await socket.SendAsync(bytes, limit).ConfigureAwait(false)..];
            },
            "send",
            cancellation);

    /// <summary>Says that no more will be sent; replies can still be read.</summary>
    public void FinishSending() => socket.Shutdown(SocketShutdown.Send);

    /// <inheritdoc cref="ReadRawReplyAsync"/>
    public async Task<RespReply> ReadReplyAsync(CancellationToken cancellation = default) =>
        RespReply.Parse(await ReadRawReplyAsync(cancellation).ConfigureAwait(false));

    /// <summary>Reads one reply (or push message): exactly the bytes that came for it.</summary>
    /// <exception cref="EndOfStreamException">The server closed the connection; what came of a reply can be had by <see cref="ReadToEndAsync"/>.</exception>
    /// <exception cref="InvalidDataException">What came is no reply.</exception>
    /// <exception cref="TimeoutException">It did not come in time.</exception>
    public async Task<byte[]> ReadRawReplyAsync(CancellationToken cancellation = default)
    {
        while (!scan.TryFinish(buffer.AsSpan(start, end - start)))
        {
            if (await ReceiveAsync(cancellation).ConfigureAwait(false))
                continue;
            throw new EndOfStreamException(start == end
                ? "The server closed the connection."
                : $"The server closed the connection within a reply, after {end - start} bytes.");
        }

        var reply = buffer.AsSpan(start, scan.Position).ToArray();
        start += reply.Length;
        scan = default;
        return reply;
    }

    /// <summary>Reads what comes until the server closes the connection; a reset counts as that.</summary>
    /// <exception cref="TimeoutException">The server did not close it in time.</exception>
    public async Task<byte[]> ReadToEndAsync(CancellationToken cancellation = default)
    {
        while (await ReceiveAsync(cancellation).ConfigureAwait(false))
        {
            // Each round adds to the buffer.
        }

        var rest = buffer.AsSpan(start, end - start).ToArray();
        start = end;
        scan = default;
        return rest;
    }

    /// <summary>Closes the connection.</summary>
    public ValueTask DisposeAsync()
    {
        secured?.Dispose();
        socket.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task SecureAsync(SslClientAuthenticationOptions tls, CancellationToken cancellation)
    {
        secured = new SslStream(new NetworkStream(socket));
        await InTimeAsync(limit => new ValueTask(secured.AuthenticateAsClientAsync(tls, limit)), "handshake", cancellation).ConfigureAwait(false);
    }

    /// <summary>Adds what comes next to the buffer; false when the server has closed.</summary>
    private async Task<bool> ReceiveAsync(CancellationToken cancellation)
    {
        MakeRoom();
        var received = 0;
        await InTimeAsync(
            async limit => received = secured == null
                ? await socket.ReceiveAsync(buffer.AsMemory(end), limit).ConfigureAwait(false)
                : await secured.ReadAsync(buffer.AsMemory(end), limit).ConfigureAwait(false),
            "receive",
            cancellation).ConfigureAwait(false);
        end += received;
        return received > 0;
    }

    private void MakeRoom()
    {
        if (start == end)
            start = end = 0;
        if (buffer.Length - end >= ReadBytesMin)
            return;
        var larger = end - start + ReadBytesMin > buffer.Length / 2 ? new byte[Math.Max(buffer.Length * 2, ReadBytesMin * 2)] : buffer;
        buffer.AsSpan(start, end - start).CopyTo(larger);
        buffer = larger;
        end -= start;
        start = 0;
    }

    private async Task InTimeAsync(Func<CancellationToken, ValueTask> operation, string name, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Timeout);
        try
        {
            await operation(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new TimeoutException($"The {name} took more than {Timeout.TotalSeconds} s.");
        }
        catch (SocketException error) when (name == "receive" && error.SocketErrorCode is SocketError.ConnectionReset or SocketError.Shutdown)
        {
            // A server that closes with requests of ours unread resets the connection; what it had sent was received before this.
        }
    }
}
