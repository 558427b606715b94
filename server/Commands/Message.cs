using System.Buffers;
using RespKv.Protocol;

namespace RespKv.Server.Commands;

/// <summary>
/// What one client's doings send to others between their replies. Its bytes are made once and shared by all that get it; the header that RESP2 and
/// RESP3 differ in is written when it is delivered, since HELLO may have come between.
/// </summary>
internal sealed class Message
{
    /// <summary>All keys that a client has may have changed.</summary>
    public static readonly Message InvalidationOfAll = new([], Invalidates);

    // In place of a count of elements.
    private const int Invalidates = -1;

    private readonly byte[] body;
    private readonly int elements;

    private Message(byte[] body, int elements)
    {
        this.body = body;
        this.elements = elements;
    }

    /// <summary>Bytes that it holds.</summary>
    public int Length => body.Length;

    /// <summary>A push: <c>message channel payload</c>, or <c>pmessage pattern channel payload</c>.</summary>
    public static Message Push(ReadOnlySpan<byte> kind, byte[]? pattern, ReadOnlySpan<byte> channel, ReadOnlySpan<byte> payload)
    {
        var bytes = new ArrayBufferWriter<byte>(kind.Length + (pattern?.Length ?? 0) + channel.Length + payload.Length + 64);
        var writer = new RespReplyWriter(bytes);
        writer.BulkString(kind);
        if (pattern != null)
            writer.BulkString(pattern);
        writer.BulkString(channel);
        writer.BulkString(payload);
        writer.Commit();
        return new Message(bytes.WrittenSpan.ToArray(), pattern == null ? 3 : 4);
    }

    /// <summary>Keys that a client may have have changed: a push <c>invalidate [key ...]</c>, or in RESP2 a message of a channel that stands for it.</summary>
    public static Message Invalidation(IReadOnlyCollection<byte[]> keys)
    {
        var bytes = new ArrayBufferWriter<byte>(keys.Sum(k => k.Length + 16) + 64);
        var writer = new RespReplyWriter(bytes);
        writer.Array(keys.Count);
        foreach (var key in keys)
            writer.BulkString(key);
        writer.Commit();
        return new Message(bytes.WrittenSpan.ToArray(), Invalidates);
    }

    /// <summary>Invalidations no longer reach the client that was to get them.</summary>
    public static Message RedirectionBroken(long clientId)
    {
        var bytes = new ArrayBufferWriter<byte>(64);
        var writer = new RespReplyWriter(bytes);
        writer.BulkString("tracking-redir-broken"u8);
        writer.Integer(clientId);
        writer.Commit();
        return new Message(bytes.WrittenSpan.ToArray(), 2);
    }

    /// <summary>Bytes that are the same in both protocols, and no push (a line of MONITOR).</summary>
    public static Message Plain(byte[] bytes) => new(bytes, 0);

    public void WriteTo(RespReplyWriter reply)
    {
        if (elements > 0)
            reply.Push(elements);
        else if (elements == Invalidates)
            BeginInvalidation(reply);
        if (elements == Invalidates && body.Length == 0)
            reply.Null();
        else
            reply.Raw(body);
    }

    private static void BeginInvalidation(RespReplyWriter reply)
    {
        reply.Push(reply.IsResp3 ? 2 : 3);
        if (reply.IsResp3)
        {
            reply.BulkString("invalidate"u8);
            return;
        }

        reply.BulkString("message"u8);
        reply.BulkString("__redis__:invalidate"u8);
    }
}
