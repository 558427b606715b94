using System.Net;
using System.Net.Sockets;
using System.Text;
using RespKv.Protocol;
using RespKv.Tests.Support;

namespace RespKv.Tests.Http;

/// <summary>A running server with its HTTP front on a free port.</summary>
internal sealed class HttpServer : IAsyncDisposable
{
    // Another process may take the free port between the look and the bind.
    private const int StartAttempts = 3;

    private readonly RespServerProcess process;

    private HttpServer(RespServerProcess process, int port)
    {
        this.process = process;
        Port = port;
    }

    /// <summary>The port of HTTP.</summary>
    public int Port { get; }

    /// <summary>Host and port of HTTP.</summary>
    public string Address => $"127.0.0.1:{Port}";

    public RespServerProcess Process => process;

    public static async Task<HttpServer> StartAsync(params string[] arguments)
    {
        for (var attempt = 1; ; attempt++)
        {
            var port = FreePort.Next();
            try
            {
                return new HttpServer(await RespServerProcess.StartAsync([.. arguments, "--http-port", $"{port}"]), port);
            }
            catch (InvalidOperationException) when (attempt < StartAttempts)
            {
            }
        }
    }

    /// <summary>Starts one where another was.</summary>
    public static async Task<HttpServer> StartAtAsync(int port, params string[] arguments) =>
        new(await RespServerProcess.StartAsync([.. arguments, "--http-port", $"{port}"]), port);

    /// <summary>A Redis client of the same server.</summary>
    public Task<RespClient> ConnectAsync() => process.ConnectAsync();

    /// <summary>A connection to the HTTP front.</summary>
    public Task<HttpConversation> OpenAsync() => HttpConversation.OpenAsync(new IPEndPoint(IPAddress.Loopback, Port));

    /// <summary>Sends one request on a connection of its own.</summary>
    public async Task<HttpReply> SendAsync(string method, string target, string body = "", params string[] headers)
    {
        using var conversation = await OpenAsync();
        return await conversation.ExchangeAsync(method, target, body, headers);
    }

    public ValueTask DisposeAsync() => process.DisposeAsync();
}

/// <summary>An answer as it was on the wire.</summary>
internal sealed record HttpReply(int Status, string Reason, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    /// <summary>Status and reason phrase, which is what a Worker is told.</summary>
    public string Line => $"{Status} {Reason}";

    public string Text => Encoding.UTF8.GetString(Body);
}

/// <summary>One connection on which requests are written as they are to be sent.</summary>
internal sealed class HttpConversation : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly Socket socket;
    private readonly NetworkStream stream;
    private readonly BufferedStream input;

    private HttpConversation(Socket socket)
    {
        this.socket = socket;
        stream = new NetworkStream(socket);
        input = new BufferedStream(stream);
    }

    public static async Task<HttpConversation> OpenAsync(EndPoint endPoint)
    {
        var socket = endPoint is UnixDomainSocketEndPoint ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) : new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(endPoint);
        return new HttpConversation(socket);
    }

    /// <summary>Sends a request with its length, and reads the answer.</summary>
    public async Task<HttpReply> ExchangeAsync(string method, string target, string body = "", params string[] headers)
    {
        var head = new StringBuilder($"{method} {target} HTTP/1.1\r\n");
        if (!headers.Any(h => h.StartsWith("Host:", StringComparison.Ordinal)))
            head.Append("Host: fake-host\r\n");
        foreach (var header in headers)
            head.Append(header).Append("\r\n");
        if (method is not "GET")
            head.Append($"Content-Length: {body.Length}\r\n");
        await SendAsync(head.Append("\r\n").Append(body).ToString());
        return await ReceiveAsync();
    }

    public async Task SendAsync(ReadOnlyMemory<byte> bytes) => await stream.WriteAsync(bytes);

    public Task SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    /// <summary>Waits until the other side has closed it; nothing more comes before that.</summary>
    public async Task ClosedAsync()
    {
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            Assert.Equal(0, await input.ReadAsync(new byte[1], limit.Token));
        }
        catch (IOException)
        {
            // It was closed while something was on its way there.
        }
    }

    /// <summary>Reads one answer, which says how long it is.</summary>
    public async Task<HttpReply> ReceiveAsync()
    {
        var head = await ReceiveHeadAsync();
        var body = new byte[int.Parse(head.Headers["Content-Length"], System.Globalization.CultureInfo.InvariantCulture)];
        using var limit = new CancellationTokenSource(Limit);
        await input.ReadExactlyAsync(body, limit.Token);
        return head with { Body = body };
    }

    /// <summary>Reads the head of an answer, to a request for no more.</summary>
    public async Task<HttpReply> ReceiveHeadAsync()
    {
        var line = await LineAsync();
        var parts = line.Split(' ', 3);
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        for (var header = await LineAsync(); header.Length > 0; header = await LineAsync())
            headers.Add(header[..header.IndexOf(':', StringComparison.Ordinal)], header[(header.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim());
        return new HttpReply(int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture), parts.Length > 2 ? parts[2] : "", headers, []);
    }

    /// <summary>Reads an interim answer, which is a line and an empty one.</summary>
    public async Task<string> ReceiveInterimAsync()
    {
        var line = await LineAsync();
        await LineAsync();
        return line;
    }

    /// <summary>Ends it as a client that crashes.</summary>
    public void Reset()
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Close();
    }

    public void Dispose()
    {
        input.Dispose();
        stream.Dispose();
        socket.Dispose();
    }

    private async Task<string> LineAsync()
    {
        var line = new List<byte>();
        var one = new byte[1];
        using var limit = new CancellationTokenSource(Limit);
        while (line.Count == 0 || line[^1] != '\n')
        {
            if (await input.ReadAsync(one, limit.Token) == 0)
                throw new IOException("The connection was closed after: " + Encoding.Latin1.GetString([.. line]));
            line.Add(one[0]);
        }

        return Encoding.Latin1.GetString([.. line]).TrimEnd('\r', '\n');
    }
}
