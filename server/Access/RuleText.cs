using System.Buffers;
using System.Text;
using RespKv.Protocol;

namespace RespKv.Server.Access;

/// <summary>Rules as text. All strings of this folder hold bytes, a character for each, since names, passwords and patterns may be any.</summary>
internal static class RuleText
{
    private static readonly SearchValues<char> Spaces = SearchValues.Create(" \t\n\v\f\r\0");

    public static byte[] BytesOf(string text) => Encoding.Latin1.GetBytes(text);

    public static string Of(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);

    /// <summary>Whether a name or pattern holds what would end it in a file: white space or NUL.</summary>
    public static bool HasSpaces(string text) => text.AsSpan().ContainsAny(Spaces);

    public static bool Is(string rule, string word) => rule.Equals(word, StringComparison.OrdinalIgnoreCase);

    /// <summary>Only ASCII letters have a lower case here.</summary>
    public static string Lower(string text) => string.Create(text.Length, text, static (lower, from) => Ascii.ToLower(from, lower, out _));

    /// <summary>Makes one rule of a selector that is spread over several words.</summary>
    /// <param name="words">The words of a user's rules.</param>
    /// <param name="open">The word that opens a selector which nothing closes; null when all are closed, else the result is empty.</param>
    public static List<string> Merge(IEnumerable<string> words, out string? open)
    {
        var rules = new List<string>();
        StringBuilder? selector = null;
        open = null;
        foreach (var word in words)
        {
            if (selector == null && word.StartsWith('(') && !word.EndsWith(')'))
            {
                selector = new StringBuilder(word);
                open = word;
            }
            else if (selector == null)
            {
                rules.Add(word);
            }
            else
            {
                selector.Append(' ').Append(word);
                if (!word.EndsWith(')'))
                    continue;
                rules.Add(selector.ToString());
                (selector, open) = (null, null);
            }
        }

        return open == null ? rules : [];
    }

    /// <summary>The rules within a selector's parentheses; none when their quotes do not balance.</summary>
    public static IEnumerable<string> SplitSelector(string selector)
    {
        var request = new RespRequest();
        return InlineArguments.TrySplit(BytesOf(selector[1..^1]), request) ? [.. Enumerable.Range(0, request.Length).Select(i => Of(request[i]))] : [];
    }
}
