using System.Buffers;
using RespKv.Protocol;

namespace RespKv.Server.Commands;

/// <summary>
/// What one client's doings send to others between their replies. Its bytes are made once and shared by all that get it; the header that RESP2 and
/// RESP3 differ in is written when it is delivered, since HELLO may have come between.
/// </summary>
internal sealed class Message
{
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

    /// <summary>Bytes that are the same in both protocols, and no push (a line of MONITOR).</summary>
    public static Message Plain(byte[] bytes) => new(bytes, 0);

    public void WriteTo(RespReplyWriter reply)
    {
        if (elements > 0)
            reply.Push(elements);
        reply.Raw(body);
    }
}
