namespace RespKv.Protocol;

/// <summary>
/// Finds the end of one reply in bytes that arrive piece by piece, without building it. Nested replies are counted and not descended
/// into: each line read settles one reply that was due and may make others due.
/// </summary>
internal struct RespReplyScan
{
    private long repliesSettled;
    private long repliesDue;

    /// <summary>How many of the reply's bytes have been seen; its length, once <see cref="TryFinish"/> says so.</summary>
    public int Position { get; private set; }

    /// <summary>Goes on in <paramref name="bytes"/>, which begin where the reply begins; true when the whole reply is there.</summary>
    /// <exception cref="InvalidDataException">No reply looks like this.</exception>
    public bool TryFinish(ReadOnlySpan<byte> bytes)
    {
        while (repliesSettled <= repliesDue)
        {
            var rest = bytes[Position..];
            var line = rest.IndexOf("\r\n"u8);
            if (line < 0)
                return false;
            if (line == 0)
                throw new InvalidDataException("An empty line where a reply should begin.");
            var (bulkBytes, replies) = Announced((RespPrefix)rest[0], rest[1..line]);
            if (line + 2L + bulkBytes > rest.Length)
                return false;
            Position += line + 2 + (int)bulkBytes;
            repliesDue += replies;
            repliesSettled++;
        }

        return true;
    }

    /// <summary>What a line announces: bytes of a bulk string with its line end, and replies that are a part of this one.</summary>
    private static (long BulkBytes, long Replies) Announced(RespPrefix prefix, ReadOnlySpan<byte> rest)
    {
        switch (prefix)
        {
            case RespPrefix.SimpleString or RespPrefix.SimpleError or RespPrefix.Integer or RespPrefix.Double or RespPrefix.Boolean or RespPrefix.BigNumber or RespPrefix.Null:
                return (0, 0);
            case RespPrefix.BulkString or RespPrefix.BulkError or RespPrefix.VerbatimString:
                var length = RespReplyParser.ParseLength(rest);
                return length > int.MaxValue / 2 ? throw new InvalidDataException("A bulk string of more than 1 GB.") : (length < 0 ? 0 : length + 2, 0);
            case RespPrefix.Array or RespPrefix.Set or RespPrefix.Push:
                return (0, Math.Max(RespReplyParser.ParseLength(rest), 0));
            case RespPrefix.Map:
                return (0, Math.Max(RespReplyParser.ParseLength(rest), 0) * 2);
            case RespPrefix.Attribute:
                return (0, (Math.Max(RespReplyParser.ParseLength(rest), 0) * 2) + 1);
            default:
                throw new InvalidDataException($"No reply begins with the byte 0x{(byte)prefix:x2}.");
        }
    }
}
