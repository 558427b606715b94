namespace RespKv.Server.Kv;

/// <summary>
/// Redis's glob patterns over bytes: <c>*</c>, <c>?</c>, classes such as <c>[a-c]</c> and <c>[^x]</c>, and <c>\</c> before a byte that stands for itself.
/// Works in constant space; at worst the time is the product of the two lengths.
/// </summary>
internal static class GlobPattern
{
    // A pattern in which a text gets past more stars than this matches nothing, which is where Redis gives up.
    private const int StarsMax = 1000;

    /// <summary>Whether all of the text matches. As in Redis no text that is empty matches anything but the empty pattern.</summary>
    /// <param name="pattern">The pattern.</param>
    /// <param name="text">What is to match.</param>
    /// <param name="ignoreCase">Whether ASCII letters match in either case; not those behind a <c>\</c> within a class, which is how Redis has it.</param>
    public static bool IsMatch(ReadOnlySpan<byte> pattern, ReadOnlySpan<byte> text, bool ignoreCase = false)
    {
        if (text.IsEmpty)
            return pattern.IsEmpty;
        int p = 0, t = 0;
        // Where to try again with one more byte for the last star; earlier stars need no second try, since the last one takes any length too.
        int retryPattern = -1, retryText = 0, stars = 0;
        while (t < text.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                while (p < pattern.Length && pattern[p] == '*')
                    p++;
                if (p == pattern.Length)
                    return true;
                if (++stars > StarsMax)
                    return false;
                retryPattern = p;
                retryText = t;
                continue;
            }

            if (p < pattern.Length && MatchesOne(pattern, ref p, text[t], ignoreCase))
            {
                t++;
                continue;
            }

            if (retryPattern < 0)
                return false;
            p = retryPattern;
            t = ++retryText;
        }

        return pattern[p..].TrimStart((byte)'*').IsEmpty;
    }

    /// <summary>
    /// The bytes that every match begins with, as far as they can be had without unescaping: a slice of the pattern.
    /// </summary>
    /// <param name="pattern">The pattern.</param>
    /// <param name="isPrefixOnly">Whether a single <c>*</c> follows, so that whatever begins so matches.</param>
    public static ReadOnlySpan<byte> LiteralPrefix(ReadOnlySpan<byte> pattern, out bool isPrefixOnly)
    {
        var length = pattern.IndexOfAny("*?[\\"u8);
        isPrefixOnly = length >= 0 && length == pattern.Length - 1 && pattern[length] == '*';
        return length < 0 ? pattern : pattern[..length];
    }

    /// <summary>Whether one byte matches what stands at <paramref name="p"/>, which is moved behind it.</summary>
    private static bool MatchesOne(ReadOnlySpan<byte> pattern, ref int p, byte letter, bool ignoreCase)
    {
        switch (pattern[p])
        {
            case (byte)'?':
                p++;
                return true;
            case (byte)'[':
                p++;
                return MatchesClass(pattern, ref p, letter, ignoreCase);
            case (byte)'\\' when p + 1 < pattern.Length:
                p++;
                break;
        }

        return AreSame(pattern[p++], letter, ignoreCase);
    }

    // A class that is not closed ends with the pattern.
    private static bool MatchesClass(ReadOnlySpan<byte> pattern, ref int p, byte letter, bool ignoreCase)
    {
        var isNegated = p < pattern.Length && pattern[p] == '^';
        if (isNegated)
            p++;
        var isMatch = false;
        for (; p < pattern.Length && pattern[p] != ']'; p++)
        {
            if (pattern[p] == '\\' && p + 1 < pattern.Length)
            {
                isMatch |= pattern[++p] == letter;
            }
            else if (p + 2 < pattern.Length && pattern[p + 1] == '-')
            {
                isMatch |= IsWithin(pattern[p], pattern[p + 2], letter, ignoreCase);
                p += 2;
            }
            else
            {
                isMatch |= AreSame(pattern[p], letter, ignoreCase);
            }
        }

        p = Math.Min(p + 1, pattern.Length);
        return isMatch != isNegated;
    }

    // Redis compares signed bytes, so that those from 0x80 on come before the others.
    private static bool IsWithin(byte first, byte last, byte letter, bool ignoreCase)
    {
        sbyte low = (sbyte)Math.Min((sbyte)first, (sbyte)last), high = (sbyte)Math.Max((sbyte)first, (sbyte)last), value = (sbyte)letter;
        if (ignoreCase)
            (low, high, value) = ((sbyte)ToLower((byte)low), (sbyte)ToLower((byte)high), (sbyte)ToLower(letter));
        return value >= low && value <= high;
    }

    private static bool AreSame(byte a, byte b, bool ignoreCase) => a == b || (ignoreCase && ToLower(a) == ToLower(b));

    private static byte ToLower(byte letter) => letter is >= (byte)'A' and <= (byte)'Z' ? (byte)(letter | 0x20) : letter;
}
