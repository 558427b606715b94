using System.Text;

namespace RespKv.Load;

/// <summary>A reply that is not what the request asks for. The message holds what came.</summary>
internal sealed class ReplyException(string message) : Exception(message);

/// <summary>
/// Counts the complete replies of one batch as bytes come in, and checks each against its <see cref="ReplyShape"/>: type, length,
/// number, and the CRLF after a value. Nothing is kept of a value, so a reply may be larger than the receive buffer.
/// </summary>
internal sealed class ReplyCounter(bool allowMisses)
{
    private const int LineBytesMax = 4096;

    private long bodyLeft;
    private ReplyShape? element;
    private int elementsLeft;

    /// <summary>Replies completed since <see cref="StartBatch"/>. Before it no reply is due.</summary>
    public int Completed { get; private set; } = int.MaxValue;

    /// <summary>Keys that were not there, over all batches.</summary>
    public long Misses { get; private set; }

    public void StartBatch() => Completed = 0;

    /// <summary>Takes what <paramref name="received"/> holds of the replies to <paramref name="batch"/>.</summary>
    /// <returns>Bytes taken. The rest is an incomplete line, to be offered again with more behind it.</returns>
    /// <exception cref="ReplyException">The server answered with an error, or with something else than was asked.</exception>
    public int Take(ReadOnlySpan<byte> received, RequestBatch batch)
    {
        var taken = 0;
        while (taken < received.Length)
        {
            var rest = received[taken..];
            if (bodyLeft > 0)
            {
                taken += TakeBody(rest);
                continue;
            }

            if (Completed >= batch.Count)
            {
                throw new ReplyException($"A reply without a request: {Printable(rest)}");
            }

            var shape = element ?? batch.Template(Completed).Reply;
            var lineBytes = shape.IsWholeLine && rest.StartsWith(shape.Line) ? TakeExpected(shape) : TakeOther(rest, shape);
            if (lineBytes == 0)
            {
                break;
            }

            taken += lineBytes;
        }

        return taken;
    }

    private int TakeExpected(ReplyShape shape)
    {
        if (shape.BodyBytes > 0)
        {
            bodyLeft = shape.BodyBytes;
        }
        else if (shape.ElementCount > 0)
        {
            element = shape.Element;
            elementsLeft = shape.ElementCount;
        }
        else
        {
            CompleteOne();
        }

        return shape.Line.Length;
    }

    /// <summary>A line that was not known beforehand: any integer, a miss, a line still incomplete, or a fault.</summary>
    private int TakeOther(ReadOnlySpan<byte> rest, ReplyShape shape)
    {
        var lineBytes = rest.IndexOf((byte)'\n') + 1;
        if (lineBytes == 0)
        {
            return rest.Length < LineBytesMax ? 0 : throw new ReplyException($"A line without end: {Printable(rest)}");
        }

        var line = rest[..lineBytes];
        if (!shape.IsWholeLine && line[0] == shape.Line[0])
        {
            CompleteOne();
            return lineBytes;
        }

        if (!allowMisses || !line.SequenceEqual(shape.MissLine))
        {
            throw new ReplyException(line[0] == '-'
                ? $"Error reply: {Printable(line[1..])}"
                : $"Wrong reply: {Printable(line)} where {Printable(shape.Line)} was expected");
        }

        Misses++;
        CompleteOne();
        return lineBytes;
    }

    private int TakeBody(ReadOnlySpan<byte> rest)
    {
        var bytes = (int)Math.Min(bodyLeft, rest.Length);
        bodyLeft -= bytes;
        if (bodyLeft == 0)
        {
            if (rest[bytes - 1] != '\n')
            {
                throw new ReplyException("A value longer than its announced length");
            }

            CompleteOne();
        }

        return bytes;
    }

    private void CompleteOne()
    {
        if (element is not null && --elementsLeft > 0)
        {
            return;
        }

        element = null;
        Completed++;
    }

    private static string Printable(ReadOnlySpan<byte> bytes) =>
        Encoding.Latin1.GetString(bytes[..Math.Min(bytes.Length, 200)]).TrimEnd('\r', '\n').Replace("\r\n", "\\r\\n", StringComparison.Ordinal);
}
