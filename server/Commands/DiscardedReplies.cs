using System.Buffers;
using RespKv.Protocol;

namespace RespKv.Server.Commands;

/// <summary>Takes the bytes of replies that nobody gets.</summary>
internal sealed class DiscardedReplies : IBufferWriter<byte>, IReplyContentOutput
{
    private byte[] block = [];

    public void Advance(int count)
    {
    }

    public void Append(IReplyContent content) => content.Dispose();

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        if (block.Length == 0 || block.Length < sizeHint)
            block = new byte[Math.Max(sizeHint, 1024)];
        return block;
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;
}
