namespace RespKv.Protocol;

/// <summary>
/// Splits an inline request as Redis does: words parted by blanks; <c>"..."</c> with <c>\n \r \t \b \a \xHH</c> and
/// escaped quotes; <c>'...'</c> where only <c>\'</c> is an escape; a closing quote must end its word.
/// </summary>
public static class InlineArguments
{
    /// <summary>Fills <paramref name="request"/>; false when quotes do not balance.</summary>
    public static bool TrySplit(ReadOnlySpan<byte> line, RespRequest request)
    {
        // Unescaping only shortens, so the line's length is enough for all words.
        var words = new byte[line.Length];
        var written = 0;
        var at = 0;
        while (true)
        {
            while (at < line.Length && IsBlank(line[at]))
                at++;
            if (at >= line.Length || line[at] == 0)
                break;
            var start = written;
            if (!TryTakeWord(line, ref at, words, ref written))
                return false;
            request.Add(start, written - start);
        }

        request.Bind(words, 0);
        return true;
    }

    private static bool TryTakeWord(ReadOnlySpan<byte> line, ref int at, Span<byte> words, ref int written)
    {
        while (at < line.Length && !EndsWord(line[at]))
        {
            var quote = line[at++];
            if (quote is not ((byte)'"' or (byte)'\''))
            {
                words[written++] = quote;
                continue;
            }

            if (!TryTakeQuoted(line, quote, ref at, words, ref written))
                return false;
            return at >= line.Length || line[at] == 0 || IsBlank(line[at]);
        }

        return true;
    }

    private static bool TryTakeQuoted(ReadOnlySpan<byte> line, byte quote, ref int at, Span<byte> words, ref int written)
    {
        while (at < line.Length && line[at] != 0)
        {
            var c = line[at++];
            if (c == quote)
                return true;
            if (c == (byte)'\\' && at < line.Length)
                c = quote == (byte)'"' ? Unescape(line, ref at) : UnescapeSingle(line, ref at);
            words[written++] = c;
        }

        return false;
    }

    private static byte UnescapeSingle(ReadOnlySpan<byte> line, ref int at)
    {
        if (line[at] != (byte)'\'')
            return (byte)'\\';
        at++;
        return (byte)'\'';
    }

    private static byte Unescape(ReadOnlySpan<byte> line, ref int at)
    {
        if (line[at] == (byte)'x' && at + 2 < line.Length && char.IsAsciiHexDigit((char)line[at + 1]) && char.IsAsciiHexDigit((char)line[at + 2]))
        {
            var value = (byte)((HexValue(line[at + 1]) << 4) | HexValue(line[at + 2]));
            at += 3;
            return value;
        }

        return line[at++] switch
        {
            (byte)'n' => (byte)'\n',
            (byte)'r' => (byte)'\r',
            (byte)'t' => (byte)'\t',
            (byte)'b' => (byte)'\b',
            (byte)'a' => (byte)'\a',
            var other => other,
        };
    }

    private static int HexValue(byte digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;

    // Form feeds and vertical tabs are blanks before a word and behind a quote, but not within a word.
    private static bool EndsWord(byte value) => value is 0 or (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n';

    private static bool IsBlank(byte value) => value is (byte)' ' or (>= 9 and <= 13);
}
