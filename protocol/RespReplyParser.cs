using System.Globalization;

namespace RespKv.Protocol;

/// <summary>Turns the bytes of one whole reply into a <see cref="RespReply"/>. For tests and tools: it allocates freely.</summary>
internal sealed class RespReplyParser(ReadOnlyMemory<byte> input)
{
    // Deeper than any command's reply; keeps hostile nesting off the stack.
    private const int DepthMax = 128;

    private int position;
    private int depth;

    public RespReply ParseAll()
    {
        var reply = ParseReply(null);
        if (position != input.Length)
            throw new InvalidDataException($"{input.Length - position} bytes follow the reply.");
        return reply;
    }

    private RespReply ParseReply(RespReply? attributes)
    {
        if (++depth > DepthMax)
            throw new InvalidDataException($"Replies are nested deeper than {DepthMax}.");
        var line = TakeLine();
        if (line.IsEmpty)
            throw new InvalidDataException("An empty line where a reply should begin.");
        var reply = ParseBody((RespPrefix)line.Span[0], line[1..], attributes);
        depth--;
        return reply;
    }

    private RespReply ParseBody(RespPrefix prefix, ReadOnlyMemory<byte> rest, RespReply? attributes) => prefix switch
    {
        RespPrefix.SimpleString => new(RespReplyKind.SimpleString, rest, null, attributes),
        RespPrefix.SimpleError => new(RespReplyKind.Error, rest, null, attributes),
        RespPrefix.Integer => new(RespReplyKind.Integer, rest, null, attributes),
        RespPrefix.Double => new(RespReplyKind.Double, rest, null, attributes),
        RespPrefix.Boolean when rest.Length == 1 => new(RespReplyKind.Boolean, rest, null, attributes),
        RespPrefix.BigNumber => new(RespReplyKind.BigNumber, rest, null, attributes),
        RespPrefix.Null => new(RespReplyKind.Null, default, null, attributes),
        RespPrefix.BulkString => Bulk(RespReplyKind.BulkString, rest, attributes),
        RespPrefix.BulkError => Bulk(RespReplyKind.Error, rest, attributes),
        RespPrefix.VerbatimString => Bulk(RespReplyKind.VerbatimString, rest, attributes),
        RespPrefix.Array => Aggregate(RespReplyKind.Array, rest, 1, attributes),
        RespPrefix.Set => Aggregate(RespReplyKind.Set, rest, 1, attributes),
        RespPrefix.Push => Aggregate(RespReplyKind.Push, rest, 1, attributes),
        RespPrefix.Map => Aggregate(RespReplyKind.Map, rest, 2, attributes),
        RespPrefix.Attribute => ParseReply(Aggregate(RespReplyKind.Attribute, rest, 2, null)),
        _ => throw new InvalidDataException($"No reply begins with the byte 0x{(byte)prefix:x2}."),
    };

    private RespReply Bulk(RespReplyKind kind, ReadOnlyMemory<byte> header, RespReply? attributes)
    {
        var length = ParseLength(header.Span);
        if (length < 0)
            return new(RespReplyKind.Null, default, null, attributes);
        if (kind == RespReplyKind.VerbatimString && length < 4)
            throw new InvalidDataException("A verbatim string without a format.");
        if (length > input.Length - position - 2)
            throw new InvalidDataException("The reply ends within a bulk string.");
        var bytes = input.Slice(position, (int)length);
        position += (int)length;
        if (!TakeLine().IsEmpty)
            throw new InvalidDataException("A bulk string is longer than its length says.");
        return new(kind, bytes, null, attributes);
    }

    private RespReply Aggregate(RespReplyKind kind, ReadOnlyMemory<byte> header, int repliesEach, RespReply? attributes)
    {
        var count = ParseLength(header.Span);
        if (count < 0)
            return new(RespReplyKind.Null, default, null, attributes);
        if (count > input.Length)
            throw new InvalidDataException("The reply ends within an aggregate.");
        var items = new List<RespReply>();
        for (var i = 0L; i < count * repliesEach; i++)
            items.Add(ParseReply(null));
        return new(kind, default, items, attributes);
    }

    private ReadOnlyMemory<byte> TakeLine()
    {
        var length = input.Span[position..].IndexOf("\r\n"u8);
        if (length < 0)
            throw new InvalidDataException("The reply ends within a line.");
        var line = input.Slice(position, length);
        position += length + 2;
        return line;
    }

    /// <summary>The number of a length or count line; only -1 may be negative.</summary>
    internal static long ParseLength(ReadOnlySpan<byte> digits) =>
        long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= -1
            ? value
            : throw new InvalidDataException("Not a length: " + System.Text.Encoding.Latin1.GetString(digits));
}
