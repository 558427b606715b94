using RespKv.Protocol;
using RespKv.Server.Storage;

namespace RespKv.Server.Commands;

/// <summary>A large value, or a part of it, on its way to a client: it stays as it is until it has been sent, whatever becomes of its key.</summary>
internal sealed class LargeReply : IReplyContent
{
    private readonly LargeValue value;
    private readonly int first;
    private bool isOpen;

    /// <param name="value">The value; its record's lock is held.</param>
    /// <param name="first">The first byte wanted.</param>
    /// <param name="length">Bytes wanted.</param>
    public LargeReply(LargeValue value, int first, int length)
    {
        if (!value.TryPin())
            throw new InvalidOperationException("A value has gone although its record is held.");
        this.value = value;
        this.first = first;
        Length = length;
    }

    public int Length { get; }

    public bool MayWait => value.MayWait;

    public void Read(int offset, Span<byte> target)
    {
        if (!isOpen)
            value.Open();
        isOpen = true;
        value.Read(first + offset, target);
    }

    public bool TryView(out ReadOnlySpan<byte> bytes)
    {
        bytes = MayWait ? default : value.Span.Slice(first, Length);
        return !MayWait;
    }

    public void Dispose()
    {
        if (isOpen)
            value.Close();
        value.Unpin();
    }
}
