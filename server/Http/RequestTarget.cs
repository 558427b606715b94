using System.Text;
using System.Text.Unicode;

namespace RespKv.Server.Http;

/// <summary>
/// A request's target as it was sent: the path, which is decoded at most once and never tidied, since any of it may belong to a key, and the query.
/// </summary>
internal sealed class RequestTarget
{
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    // What most requests of Workers have, and nothing else.
    private const string BindingQuery = "urlencoded=true";

    private readonly string query;

    /// <param name="raw">The target of the request line.</param>
    public RequestTarget(string raw)
    {
        var mark = raw.IndexOf('?', StringComparison.Ordinal);
        Path = mark < 0 ? raw : raw[..mark];
        query = mark < 0 ? "" : raw.AsSpan(mark + 1) is BindingQuery ? BindingQuery : raw[(mark + 1)..];
        // An absolute target, as proxies send it, has the path behind its host.
        if (!Path.StartsWith('/') && Path.IndexOf("://", StringComparison.Ordinal) is > 0 and var scheme)
            Path = Path.IndexOf('/', scheme + 3) is > 0 and var slash ? Path[slash..] : "/";
        IsUrlEncoded = ReferenceEquals(query, BindingQuery) || string.Equals(Query("urlencoded"), "true", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>The path with its first slash, as it was sent.</summary>
    public string Path { get; }

    /// <summary>Whether the path is a key that has been encoded, as Workers send it.</summary>
    public bool IsUrlEncoded { get; }

    /// <summary>The first value of a parameter, decoded; null when it is not there. Bytes that are not UTF-8 become U+FFFD, as in a browser.</summary>
    public string? Query(string name)
    {
        if (query.Length == 0)
            return null;
        foreach (var part in query.AsSpan().Split('&'))
        {
            var pair = query.AsSpan()[part];
            var equals = pair.IndexOf('=');
            if (IsForm(equals < 0 ? pair : pair[..equals], name))
                return equals < 0 ? "" : DecodeForm(pair[(equals + 1)..]);
        }

        return null;
    }

    /// <summary>The key that the path names.</summary>
    /// <exception cref="HttpFault">It cannot be decoded.</exception>
    public byte[] Key()
    {
        // What is not encoded is the key as it stands; a mark is what has become of its %00.
        if (!IsUrlEncoded)
            return Encoding.UTF8.GetBytes(Path[1..].Replace((char)RequestLineReader.NulMark, '0'));
        return DecodePart(Path.AsSpan(1)) ?? throw HttpFault.KeyNotDecodable();
    }

    /// <summary>A part of the path, decoded; null when it is not text.</summary>
    public static string? DecodeText(ReadOnlySpan<char> part) => DecodePart(part) is { } bytes ? StrictUtf8.GetString(bytes) : null;

    /// <summary>A part of the path, decoded, in bytes; null when it is not text.</summary>
    public static byte[]? DecodePart(ReadOnlySpan<char> part)
    {
        if (!part.Contains('%') && Ascii.IsValid(part))
        {
            var plain = new byte[part.Length];
            _ = Ascii.FromUtf16(part, plain, out _);
            return plain;
        }

        var bytes = new byte[StrictUtf8.GetMaxByteCount(part.Length)];
        var length = 0;
        for (var i = 0; i < part.Length; i++)
        {
            if (part[i] != '%')
            {
                length += StrictUtf8.GetBytes(part.Slice(i, 1), bytes.AsSpan(length));
                continue;
            }

            if (i + 2 >= part.Length || !TryHex(part[i + 1], part[i + 2], out bytes[length++]))
                return null;
            i += 2;
        }

        Array.Resize(ref bytes, length);
        return Utf8.IsValid(bytes) ? bytes : null;
    }

    private static bool IsForm(ReadOnlySpan<char> part, string name) => part.IndexOfAny('%', '+') < 0 ? part.SequenceEqual(name) : DecodeForm(part) == name;

    // As in a form: + is a space, and what is no encoding stands for itself.
    private static string DecodeForm(ReadOnlySpan<char> part)
    {
        if (part.IndexOfAny('%', '+') < 0)
            return part.ToString();
        var bytes = new byte[Encoding.UTF8.GetMaxByteCount(part.Length)];
        var length = 0;
        for (var i = 0; i < part.Length; i++)
        {
            if (part[i] == '+')
                bytes[length++] = (byte)' ';
            else if (part[i] == '%' && i + 2 < part.Length && TryHex(part[i + 1], part[i + 2], out bytes[length]))
                (length, i) = (length + 1, i + 2);
            else
                length += Encoding.UTF8.GetBytes(part.Slice(i, 1), bytes.AsSpan(length));
        }

        return Encoding.UTF8.GetString(bytes, 0, length);
    }

    private static bool TryHex(char high, char low, out byte value)
    {
        value = 0;
        if (high == '0' && low == (char)RequestLineReader.NulMark)
            return true;
        if (!char.IsAsciiHexDigit(high) || !char.IsAsciiHexDigit(low))
            return false;
        value = (byte)((Digit(high) << 4) | Digit(low));
        return true;
    }

    private static int Digit(char c) => char.IsAsciiDigit(c) ? c - '0' : (c | 0x20) - 'a' + 10;
}
