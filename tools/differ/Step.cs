using System.Text;

namespace RespKv.Differ;

/// <summary>How much of the replies to a step must agree.</summary>
internal enum Agreement
{
    /// <summary>Every byte.</summary>
    Exact,

    /// <summary>Everything but integers, which may be some seconds or as many milliseconds apart: the two servers are not asked in the same moment.</summary>
    Near,

    /// <summary>Every element, in any order.</summary>
    Unordered,

    /// <summary>The types, at every depth but for how many there are: what is chosen at random, or tells of the server itself.</summary>
    Kind,
}

/// <summary>One request: words, each char of which is one byte.</summary>
/// <param name="Words">The command and its arguments.</param>
/// <param name="Agreement">How much of the replies must agree.</param>
/// <param name="IsInline">Sent as a line, quoted, instead of counted.</param>
internal sealed record Step(string[] Words, Agreement Agreement = Agreement.Exact, bool IsInline = false)
{
    /// <summary>What is sent.</summary>
    public byte[] Encode() => Encoding.Latin1.GetBytes(IsInline ? string.Join(' ', Words.Select(Quote)) + "\r\n" : Counted());

    /// <summary>As one would type it into redis-cli.</summary>
    public override string ToString() => (IsInline ? "(inline) " : "") + string.Join(' ', Words.Select(word => word.Length > 200 ? $"{Quote(word[..40])}...({word.Length} bytes)" : Quote(word)));

    private string Counted()
    {
        var text = new StringBuilder($"*{Words.Length}\r\n");
        foreach (var word in Words)
            text.Append($"${word.Length}\r\n").Append(word).Append("\r\n");
        return text.ToString();
    }

    /// <summary>A word, in quotes where it needs them.</summary>
    public static string Quote(string word)
    {
        if (word.Length > 0 && word.All(letter => letter is > ' ' and < '\x7f' and not ('"' or '\'' or '\\')))
            return word;
        var text = new StringBuilder("\"");
        foreach (var letter in word)
        {
            text.Append(letter switch
            {
                '"' or '\\' => "\\" + letter,
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                >= ' ' and < '\x7f' => letter.ToString(),
                _ => $"\\x{(int)letter:x2}",
            });
        }

        return text.Append('"').ToString();
    }
}
