namespace RespKv.Protocol;

/// <summary>The bytes of a bulk string that are somewhere else and are fetched when they are sent. Disposed of by whoever has taken it, once.</summary>
public interface IReplyContent : IDisposable
{
    /// <summary>Its bytes.</summary>
    int Length { get; }

    /// <summary>Whether <see cref="Read"/> may have to wait for a disk.</summary>
    bool MayWait { get; }

    /// <summary>Copies bytes out, from an offset on, to fill all of <paramref name="target"/>.</summary>
    /// <exception cref="IOException">They cannot be had.</exception>
    void Read(int offset, Span<byte> target);

    /// <summary>All its bytes where they lie in memory, as long as the content is held; false when they have to be fetched.</summary>
    bool TryView(out ReadOnlySpan<byte> bytes)
    {
        bytes = default;
        return false;
    }
}

/// <summary>An output of replies that takes such content as it is, to be sent behind what has been written so far and before what is written from then on.</summary>
public interface IReplyContentOutput
{
    /// <summary>Takes the content over.</summary>
    void Append(IReplyContent content);
}
