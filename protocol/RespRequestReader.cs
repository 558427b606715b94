using System.Runtime.CompilerServices;

namespace RespKv.Protocol;

/// <summary>
/// Finds requests in received bytes: multibulk (<c>*2\r\n$3\r\nGET\r\n$1\r\nk\r\n</c>) and inline (<c>GET k\r\n</c>).
/// Incremental: what was understood of an incomplete request is kept, so a large argument is not scanned again on each
/// arrival. Texts of errors and what is tolerated (the two bytes behind a bulk are not looked at) are Redis's own.
/// </summary>
public sealed class RespRequestReader
{
    private const int NoBulkYet = -1;

    private int position;
    private int argumentsMissing;
    private int bulkLength = NoBulkYet;
    private bool isInside;

    // Bytes from the request's first one that are known to hold no end of the line that is being read.
    private int searched;

    /// <summary>Longest bulk string accepted, in bytes.</summary>
    public long BulkBytesMax { get; set; } = RespLimits.BulkBytesMaxDefault;

    /// <summary>Whether the client still has to authenticate, which makes the limits narrow.</summary>
    public bool IsUnauthenticated { get; set; }

    /// <summary>Bytes of the request that <see cref="RespReadStatus.Done"/> spoke of, from its first byte.</summary>
    public int Consumed { get; private set; }

    /// <summary>How many bytes, from the request's first, there must be before another call can get further.</summary>
    public long BytesNeeded { get; private set; }

    /// <summary>Length of the argument whose bytes are missing, if it has been announced; else negative.</summary>
    public int AnnouncedBytes => isInside ? bulkLength : NoBulkYet;

    /// <summary>Where in the request the bytes of the announced argument begin.</summary>
    public int AnnouncedAt => position;

    /// <summary>The text behind <c>-ERR Protocol error: </c>.</summary>
    public string Error { get; private set; } = "";

    /// <summary>
    /// Reads on. The request's first byte is at <paramref name="start"/> of <paramref name="buffer"/>, and
    /// <paramref name="length"/> bytes from there have arrived; between calls the bytes may move to another buffer.
    /// </summary>
    public RespReadStatus Read(byte[] buffer, int start, int length, RespRequest request)
    {
        var status = Read(buffer.AsSpan(start, length), request, out var isInline);
        if (status == RespReadStatus.Done && !isInline)
            request.Bind(buffer, start);
        return status;
    }

    /// <summary>Reads on in memory that is no array.</summary>
    public RespReadStatus Read(ReadOnlyMemory<byte> arrived, RespRequest request)
    {
        var status = Read(arrived.Span, request, out var isInline);
        if (status == RespReadStatus.Done && !isInline)
            request.Bind(arrived);
        return status;
    }

    private RespReadStatus Read(ReadOnlySpan<byte> data, RespRequest request, out bool isInline)
    {
        isInline = false;
        if (!isInside)
        {
            Begin(request);
            if (data.IsEmpty)
                return NeedUntil(1);
            isInline = data[0] != (byte)'*';
            if (isInline)
                return ReadInline(data, request);
        }

        return ReadMultibulk(data, request);
    }

    /// <summary>
    /// Leaves the announced argument to the caller: its bytes and the two behind them are taken out of what is read from here on, as if the request went on at <see cref="AnnouncedAt"/> with what
    /// follows them. Where it is, is told to the request when that is whole (<see cref="RespRequest.Attach"/>).
    /// </summary>
    public void Detach(RespRequest request)
    {
        request.AddElsewhere(bulkLength);
        bulkLength = NoBulkYet;
        argumentsMissing--;
    }

    /// <summary>Forgets the beginning of a request that has been read.</summary>
    public void Reset()
    {
        isInside = false;
        searched = 0;
    }

    private void Begin(RespRequest request)
    {
        request.Clear();
        position = 0;
        argumentsMissing = 0;
        bulkLength = NoBulkYet;
    }

    private RespReadStatus ReadMultibulk(ReadOnlySpan<byte> data, RespRequest request)
    {
        if (position == 0)
        {
            var status = ReadLine(data, "too big mbulk count string", out var line);
            if (status != RespReadStatus.Done)
                return status;
            if (!TryParseLength(line, out var count) || count > RespLimits.ArgumentsMax)
                return Invalid("invalid multibulk length");
            if (IsUnauthenticated && count > RespLimits.UnauthenticatedArgumentsMax)
                return Invalid("unauthenticated multibulk length");
            argumentsMissing = (int)Math.Max(count, 0);
            isInside = true;
        }

        while (argumentsMissing > 0)
        {
            if (bulkLength == NoBulkYet)
            {
                var status = ReadBulkHeader(data);
                if (status != RespReadStatus.Done)
                    return status;
            }

            if (data.Length - position < bulkLength + 2L)
                return NeedUntil(position + bulkLength + 2L);
            request.Add(position, bulkLength);
            position += bulkLength + 2;
            bulkLength = NoBulkYet;
            argumentsMissing--;
        }

        return Done();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private RespReadStatus ReadBulkHeader(ReadOnlySpan<byte> data)
    {
        // The usual header is short: `$3\r\n`, `$64\r\n`.
        var rest = data[position..];
        if (rest.Length >= 4 && rest[0] == (byte)'$')
        {
            int first = rest[1] - '0', second = rest[2] - '0';
            if ((uint)first <= 9 && rest[2] == (byte)'\r')
                return TakeBulkHeader(first, 4);
            if ((uint)(first - 1) <= 8 && (uint)second <= 9 && rest[3] == (byte)'\r' && rest.Length >= 5)
                return TakeBulkHeader((first * 10) + second, 5);
        }

        return ReadUnusualBulkHeader(data);
    }

    private RespReadStatus ReadUnusualBulkHeader(ReadOnlySpan<byte> data)
    {
        if (position >= data.Length)
            return NeedUntil(position + 1L);
        var start = position;
        var status = ReadLine(data, "too big bulk count string", out var line);
        if (status != RespReadStatus.Done)
            return status;
        if (data[start] != (byte)'$')
            return Invalid($"expected '$', got '{Printable(data[start])}'");
        if (!TryParseLength(line, out var length) || length < 0 || length > BulkBytesMax)
            return Invalid("invalid bulk length");
        if (IsUnauthenticated && length > RespLimits.UnauthenticatedBulkBytesMax)
            return Invalid("unauthenticated bulk length");
        bulkLength = (int)length;
        return RespReadStatus.Done;
    }

    private RespReadStatus TakeBulkHeader(int length, int headerLength)
    {
        bulkLength = length;
        position += headerLength;
        return RespReadStatus.Done;
    }

    /// <summary>Takes the line at <see cref="position"/>, without its type byte and line end, and moves past it.</summary>
    private RespReadStatus ReadLine(ReadOnlySpan<byte> data, string tooBig, out ReadOnlySpan<byte> line)
    {
        line = default;
        var rest = data[position..];
        var end = Find(data, (byte)'\r') - position;
        if (end < 0)
            return rest.Length > RespLimits.InlineBytesMax ? Invalid(tooBig) : NeedUntil(data.Length + 1L);
        if (end + 2 > rest.Length)
            return NeedUntil(data.Length + 1L);
        line = end == 0 ? default : rest[1..end];
        position += end + 2;
        return RespReadStatus.Done;
    }

    private RespReadStatus ReadInline(ReadOnlySpan<byte> data, RespRequest request)
    {
        var end = Find(data, (byte)'\n');
        if (end < 0)
            return data.Length > RespLimits.InlineBytesMax ? Invalid("too big inline request") : NeedUntil(data.Length + 1L);
        var line = data[..end];
        if (line.EndsWith("\r"u8))
            line = line[..^1];
        if (!InlineArguments.TrySplit(line, request))
            return Invalid("unbalanced quotes in request");
        position = end + 1;
        return Done();
    }

    /// <summary>Where the byte is, at or behind <see cref="position"/>; negative when it has not arrived. What has been searched is not searched again.</summary>
    private int Find(ReadOnlySpan<byte> data, byte value)
    {
        var from = Math.Max(position, searched);
        var at = data[from..].IndexOf(value);
        searched = at < 0 ? data.Length : from + at;
        return at < 0 ? -1 : searched;
    }

    private static bool TryParseLength(ReadOnlySpan<byte> line, out long value) =>
        RespRequest.TryParseInt64(line, out value) && value <= int.MaxValue;

    // The byte stands in an error's text, which must stay one line.
    private static char Printable(byte value) => value is (byte)'\r' or (byte)'\n' or 0 ? ' ' : (char)value;

    private RespReadStatus Done()
    {
        isInside = false;
        searched = 0;
        Consumed = position;
        return RespReadStatus.Done;
    }

    private RespReadStatus NeedUntil(long bytes)
    {
        BytesNeeded = bytes;
        return RespReadStatus.NeedMoreData;
    }

    private RespReadStatus Invalid(string error)
    {
        isInside = false;
        searched = 0;
        Error = error;
        return RespReadStatus.Invalid;
    }
}
