using System.Net;
using System.Net.Sockets;
using RespKv.Protocol;

namespace RespKv.Load.Table;

/// <summary>One client that asks for a page of keys, waits for it, and goes on to the next. Keys are counted and checked, and not kept.</summary>
internal sealed class PageClient : IDisposable
{
    private const int BufferBytes = 256 * 1024;
    private const int KeyBytes = 4 + RequestTemplate.KeyDigits;

    // The first page waits until the keys have been put in order.
    private const int SilenceMs = 120_000;

    private readonly Socket socket;
    private byte[] buffer = new byte[BufferBytes];
    private byte[] position = [];
    private int keys;

    public PageClient(EndPoint server)
    {
        socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = SilenceMs };
        socket.Connect(server);
    }

    private delegate bool PageReader(ref ReplyCursor reply);

    /// <summary>Goes through all keys by SCAN and says how many there were.</summary>
    /// <exception cref="ReplyException">The server answered with something else.</exception>
    public long Scan(int count, string? pattern = null)
    {
        long sum = 0;
        position = "0"u8.ToArray();
        do
        {
            Ask(pattern is null ? ["SCAN", position, "COUNT", count] : ["SCAN", position, "MATCH", pattern, "COUNT", count], TakeScanPage);
            sum += keys;
        }
        while (!position.AsSpan().SequenceEqual("0"u8));
        return sum;
    }

    /// <summary>Asks for the page of KV.LIST that follows the last one, or for the first.</summary>
    /// <returns>Keys on it.</returns>
    public int List(int limit)
    {
        Ask(position.Length == 0 ? ["KV.LIST", "LIMIT", limit] : ["KV.LIST", "LIMIT", limit, "CURSOR", position], TakeListPage);
        return keys;
    }

    /// <summary>Waits until the keys, whatever they look like, have been put in order.</summary>
    public void AwaitOrder() => Ask(["KV.LIST", "PREFIX", "none", "LIMIT", 1], TakeListPage);

    /// <summary>How many keys the server says there are.</summary>
    public long Count()
    {
        long count = 0;
        Ask(["DBSIZE"], (ref ReplyCursor reply) =>
        {
            count = reply.Number(':');
            return !reply.IsShort;
        });
        return count;
    }

    public void Dispose() => socket.Dispose();

    private bool TakeScanPage(ref ReplyCursor reply)
    {
        reply.Expect('*', 2);
        var cursor = reply.Bulk(out _);
        keys = (int)reply.Number('*');
        for (var i = 0; i < keys && !reply.IsShort; i++)
        {
            reply.ExpectKey("key:"u8, KeyBytes);
        }

        return Finish(reply, cursor);
    }

    // keys, each with name, expiration and metadata; whether that was all; the cursor, null at the end.
    private bool TakeListPage(ref ReplyCursor reply)
    {
        reply.Expect('*', 6);
        reply.Expect("keys"u8);
        keys = (int)reply.Number('*');
        for (var i = 0; i < keys && !reply.IsShort; i++)
        {
            reply.Expect('*', 6);
            reply.Expect("name"u8);
            reply.ExpectKey("key:"u8, KeyBytes);
            reply.Expect("expiration"u8);
            reply.Bulk(out _);
            reply.Expect("metadata"u8);
            reply.Bulk(out _);
        }

        reply.Expect("list_complete"u8);
        reply.Number(':');
        reply.Expect("cursor"u8);
        return Finish(reply, reply.Bulk(out _));
    }

    private bool Finish(in ReplyCursor reply, ReadOnlySpan<byte> cursor)
    {
        if (reply.IsShort)
        {
            return false;
        }

        position = cursor.ToArray();
        return reply.IsAtEnd ? true : throw new ReplyException("A reply without a request");
    }

    private void Ask(RespArgument[] command, PageReader take)
    {
        var request = RespArgument.Request(command);
        for (var sent = 0; sent < request.Length;)
        {
            sent += socket.Send(request.AsSpan(sent));
        }

        var received = 0;
        while (true)
        {
            if (received == buffer.Length)
            {
                Array.Resize(ref buffer, buffer.Length * 2);
            }

            var count = socket.Receive(buffer.AsSpan(received));
            received += count > 0 ? count : throw new ReplyException("The server closed the connection");
            var reply = new ReplyCursor(buffer.AsSpan(0, received));
            if (take(ref reply))
            {
                return;
            }
        }
    }
}
