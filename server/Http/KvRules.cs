using System.Globalization;
using System.Text;
using RespKv.Server.Kv;

namespace RespKv.Server.Http;

/// <summary>What Workers KV asks of keys and options, in the order in which it asks; each throws the <see cref="HttpFault"/> that says what is wrong.</summary>
internal static class KvRules
{
    public static void CheckKey(ReadOnlySpan<byte> key, KvLimits limits)
    {
        if (key.IsEmpty)
            throw HttpFault.EmptyKey();
        if (key.SequenceEqual("."u8) || key.SequenceEqual(".."u8))
            throw HttpFault.IllegalKey(Encoding.ASCII.GetString(key));
        CheckLength(key.Length, limits);
    }

    /// <summary>Checks a prefix, which may be as long as a key.</summary>
    public static byte[] Prefix(string? prefix, KvLimits limits)
    {
        var bytes = Encoding.UTF8.GetBytes(prefix ?? "");
        CheckLength(bytes.Length, limits);
        return bytes;
    }

    /// <summary>Checks how long an answer may be kept by an edge. There is none here, so nothing follows from it.</summary>
    /// <param name="given">As it was given; null for not at all.</param>
    /// <param name="limits">The limits.</param>
    public static void CheckCacheTtl(string? given, KvLimits limits)
    {
        if (given == null)
            return;
        var seconds = ParseInteger(given);
        if (seconds == null || seconds < limits.CacheTtlMin)
            throw HttpFault.CacheTtl(Shown(seconds), limits.CacheTtlMin);
    }

    /// <summary>When a key ends that is put now, Unix ms; 0 for never. A time to live goes before a time.</summary>
    public static long ExpiresAtMs(string? expirationTtl, string? expiration, long nowMs, KvLimits limits)
    {
        var now = nowMs / 1000;
        if (expirationTtl != null)
        {
            var ttl = ParseInteger(expirationTtl);
            if (ttl is null or <= 0)
                throw HttpFault.ExpirationTtlNotPositive(expirationTtl);
            if (ttl < limits.ExpirationTtlMin)
                throw HttpFault.ExpirationTtlTooShort(expirationTtl, limits.ExpirationTtlMin);
            return ToMs(now + ttl.Value);
        }

        if (expiration == null)
            return 0;
        var at = ParseInteger(expiration);
        if (at == null || at <= now)
            throw HttpFault.ExpirationPast(expiration);
        if (at < now + limits.ExpirationTtlMin)
            throw HttpFault.ExpirationTooSoon(expiration, limits.ExpirationTtlMin);
        return ToMs(at.Value);
    }

    /// <summary>Checks metadata as it came in a header, whose bytes are one character each; empty when there is none.</summary>
    public static byte[] Metadata(string? header, KvLimits limits)
    {
        if (header == null)
            return [];
        var json = Encoding.Latin1.GetBytes(header);
        CheckMetadata(json, limits);
        return json;
    }

    public static void CheckMetadata(ReadOnlySpan<byte> json, KvLimits limits)
    {
        if (json.Length > limits.MetadataBytesMax)
            throw HttpFault.MetadataTooLong(json.Length, limits.MetadataBytesMax);
        if (!MetadataJson.IsValid(json))
            throw HttpFault.MetadataNotJson();
    }

    /// <summary>Keys of one page of a listing.</summary>
    public static int ListLimit(string? given, KvLimits limits)
    {
        if (given == null)
            return limits.ListMax;
        var limit = ParseInteger(given);
        if (limit is null or < 1)
            throw HttpFault.ListLimitNotPositive(Shown(limit));
        if (limit > limits.ListMax)
            throw HttpFault.ListLimitTooLarge(Shown(limit), limits.ListMax);
        return (int)limit.Value;
    }

    /// <summary>The key that a page comes after; null for the first page.</summary>
    public static byte[]? Cursor(string? given)
    {
        if (string.IsNullOrEmpty(given))
            return null;
        return ListPage.TryParseCursor(Encoding.UTF8.GetBytes(given), out var lastKey) ? lastKey : throw HttpFault.InvalidCursor();
    }

    /// <summary>
    /// Reads a whole number as JavaScript's <c>parseInt</c> does: blanks and a sign before it, whatever it likes behind it. Null when it does not begin with one; what is
    /// out of range is the nearest that is not.
    /// </summary>
    public static long? ParseInteger(string text)
    {
        var rest = text.AsSpan().TrimStart();
        var isNegative = rest.StartsWith('-');
        if (isNegative || rest.StartsWith('+'))
            rest = rest[1..];
        var digits = rest.IndexOfAnyExceptInRange('0', '9') is >= 0 and var end ? rest[..end] : rest;
        if (digits.IsEmpty)
            return null;
        var size = long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : long.MaxValue / 2;
        return isNegative ? -size : size;
    }

    private static string Shown(long? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "NaN";

    // Far beyond what a calendar has, where a time in milliseconds would overflow.
    private static long ToMs(long seconds) => Math.Min(seconds, long.MaxValue / 1000 / 2) * 1000;

    private static void CheckLength(int bytes, KvLimits limits)
    {
        if (bytes > limits.KeyBytesMax)
            throw HttpFault.KeyTooLong(bytes, limits.KeyBytesMax);
    }
}
