using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using RespKv.Protocol;

namespace RespKv.Server.Commands;

/// <summary>Takes the replies of commands that a script calls, each as one piece.</summary>
internal sealed class ScriptReplies : IBufferWriter<byte>
{
    // A buffer above this is given back after the reply.
    private const int BytesKept = 64 * 1024;

    private byte[] buffer = new byte[1024];
    private int length;

    [SuppressMessage("Usage", "CA2214", Justification = "Only the reference is kept.")]
    public ScriptReplies() => Writer = new RespReplyWriter(this);

    public RespReplyWriter Writer { get; }

    /// <summary>The reply that has been written.</summary>
    public ReadOnlySpan<byte> Reply
    {
        get
        {
            Writer.Commit();
            return buffer.AsSpan(0, length);
        }
    }

    public void Clear()
    {
        Writer.Commit();
        length = 0;
        if (buffer.Length > BytesKept)
            buffer = new byte[1024];
    }

    public void Advance(int count) => length += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        if (buffer.Length - length < Math.Max(sizeHint, 1))
            Array.Resize(ref buffer, Math.Max(buffer.Length * 2, checked(length + sizeHint)));
        return buffer.AsMemory(length);
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;
}
