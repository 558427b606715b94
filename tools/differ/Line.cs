using System.Net;
using System.Net.Sockets;
using System.Text;
using RespKv.Protocol;

namespace RespKv.Differ;

/// <summary>A connection of the comparing side: it blocks, since nothing else is to happen meanwhile.</summary>
internal sealed class Line : IDisposable
{
    private const int TimeoutMs = 8_000;

    private readonly Socket socket;
    private byte[] buffer = new byte[64 * 1024];
    private int start;
    private int end;

    public Line(IPEndPoint server)
    {
        socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = TimeoutMs, SendTimeout = TimeoutMs };
        socket.Connect(server);
    }

    /// <summary>Sends a command and reads its reply.</summary>
    public RespReply Ask(params string[] words)
    {
        Send(new Step(words).Encode());
        return RespReply.Parse(ReadReply());
    }

    /// <summary>Sends commands together and reads their replies.</summary>
    public IReadOnlyList<RespReply> AskAll(IReadOnlyCollection<string[]> commands)
    {
        Send([.. commands.SelectMany(words => new Step(words).Encode())]);
        return [.. commands.Select(_ => RespReply.Parse(ReadReply()))];
    }

    public void Send(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
            bytes = bytes[socket.Send(bytes)..];
    }

    /// <summary>Reads exactly the bytes of one reply.</summary>
    public byte[] ReadReply()
    {
        var scan = default(RespReplyScan);
        while (!scan.TryFinish(buffer.AsSpan(start, end - start)))
        {
            if (!Receive())
                throw new EndOfStreamException("The server closed the connection.");
        }

        var reply = buffer.AsSpan(start, scan.Position).ToArray();
        start += reply.Length;
        return reply;
    }

    /// <summary>
    /// Sends all, in pieces, says that no more will come if asked to, and reads all that comes until the server closes. What was received before a
    /// reset counts.
    /// </summary>
    public byte[] Exchange(byte[] bytes, IEnumerable<int> cuts, bool saysEnd)
    {
        try
        {
            var at = 0;
            foreach (var cut in cuts)
            {
                var length = Math.Min(cut, bytes.Length - at);
                Send(bytes.AsSpan(at, length));
                at += length;
            }

            Send(bytes.AsSpan(at));
            if (saysEnd)
                socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // The server closed first, as after a protocol error.
        }

        while (Receive())
        {
            // Each round adds to the buffer.
        }

        return buffer.AsSpan(start, end - start).ToArray();
    }

    public void Dispose() => socket.Dispose();

    private bool Receive()
    {
        if (start == end)
            start = end = 0;
        if (end == buffer.Length)
        {
            var larger = new byte[buffer.Length * 2];
            buffer.AsSpan(start, end - start).CopyTo(larger);
            (buffer, end, start) = (larger, end - start, 0);
        }

        try
        {
            var received = socket.Receive(buffer.AsSpan(end));
            end += received;
            return received > 0;
        }
        catch (SocketException error) when (error.SocketErrorCode is SocketError.ConnectionReset or SocketError.Shutdown)
        {
            return false;
        }
        catch (SocketException error) when (error.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock)
        {
            throw new TimeoutException($"The server neither replied nor closed within {TimeoutMs} ms, after {Encoding.Latin1.GetString(buffer, start, Math.Min(end - start, 200))}");
        }
    }
}
