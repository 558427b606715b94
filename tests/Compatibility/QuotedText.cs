using System.Globalization;
using System.Text;

namespace RespKv.Tests.Compatibility;

/// <summary>
/// Text in the quoting of redis-cli: words parted by blanks; <c>"..."</c> with <c>\n \r \t \b \a \xHH \\ \"</c>; <c>'...'</c> with
/// <c>\'</c>. Not the server's own splitter of inline commands, which is one of the things under test.
/// </summary>
internal static class QuotedText
{
    /// <summary>The words of a line, unquoted.</summary>
    /// <exception cref="FormatException">Quotes do not balance.</exception>
    public static List<byte[]> Split(string line)
    {
        var words = new List<byte[]>();
        while (line.Length > 0)
        {
            words.Add(TakeWord(line, out var rest));
            line = rest;
        }

        return words;
    }

    /// <summary>The first word of a line, unquoted, and what follows it.</summary>
    /// <exception cref="FormatException">Quotes do not balance.</exception>
    public static byte[] TakeWord(string line, out string rest)
    {
        var text = line.TrimStart();
        var word = new MemoryStream();
        var at = 0;
        while (at < text.Length && !char.IsWhiteSpace(text[at]))
        {
            if (text[at] is '"' or '\'')
            {
                at = TakeQuoted(text, at, word);
                continue;
            }

            var rune = Rune.GetRuneAt(text, at);
            word.Write(Encoding.UTF8.GetBytes(rune.ToString()));
            at += rune.Utf16SequenceLength;
        }

        rest = text[at..].TrimStart();
        return word.ToArray();
    }

    /// <summary>Bytes as they would be written in quotes, at most <paramref name="bytesMax"/> of them.</summary>
    public static string Escape(ReadOnlySpan<byte> bytes, int bytesMax = 400)
    {
        var text = new StringBuilder();
        foreach (var value in bytes[..Math.Min(bytes.Length, bytesMax)])
        {
            text.Append(value switch
            {
                (byte)'\r' => "\\r",
                (byte)'\n' => "\\n",
                (byte)'"' => "\\\"",
                (byte)'\\' => "\\\\",
                >= 32 and < 127 => ((char)value).ToString(),
                _ => "\\x" + value.ToString("x2", CultureInfo.InvariantCulture),
            });
        }

        return bytes.Length > bytesMax ? $"{text}... ({bytes.Length} bytes)" : text.ToString();
    }

    /// <summary>Reads the quoted part that begins at <paramref name="at"/>; returns where the text goes on behind it.</summary>
    private static int TakeQuoted(string text, int at, MemoryStream word)
    {
        var quote = text[at++];
        while (at < text.Length && text[at] != quote)
        {
            if (text[at] == '\\' && at + 1 < text.Length && (quote == '"' || text[at + 1] == '\''))
            {
                at = TakeEscape(text, at + 1, word);
                continue;
            }

            var rune = Rune.GetRuneAt(text, at);
            word.Write(Encoding.UTF8.GetBytes(rune.ToString()));
            at += rune.Utf16SequenceLength;
        }

        return at < text.Length ? at + 1 : throw new FormatException("Unbalanced quotes: " + text);
    }

    private static int TakeEscape(string text, int at, MemoryStream word)
    {
        if (text[at] == 'x' && at + 2 < text.Length && byte.TryParse(text.AsSpan(at + 1, 2), NumberStyles.AllowHexSpecifier, null, out var value))
        {
            word.WriteByte(value);
            return at + 3;
        }

        word.WriteByte((byte)(text[at] switch { 'n' => '\n', 'r' => '\r', 't' => '\t', 'b' => '\b', 'a' => '\a', var other => other }));
        return at + 1;
    }
}
