using System.Globalization;

namespace RespKv.Server.Configuration;

/// <summary>Sizes as Redis writes them: bytes, or a number with <c>k m g</c> (powers of 1000) or <c>kb mb gb</c> (of 1024), in either case.</summary>
internal static class SizeText
{
    /// <summary>Reads a size in bytes; false when it is none. As in Redis nothing is 0, and what is too large for 64 bits is the most that they hold.</summary>
    public static bool TryParse(string text, out ulong bytes)
    {
        bytes = 0;
        var digits = text.AsSpan().TrimEnd("bBkKmMgG");
        ulong unit = text[digits.Length..].ToLowerInvariant() switch
        {
            "" or "b" => 1,
            "k" => 1000,
            "kb" => 1 << 10,
            "m" => 1000 * 1000,
            "mb" => 1 << 20,
            "g" => 1000 * 1000 * 1000,
            "gb" => 1 << 30,
            _ => 0,
        };
        if (unit == 0 || digits.ContainsAnyExceptInRange('0', '9'))
            return false;
        if (digits.IsEmpty)
            return true;
        var isInRange = ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= ulong.MaxValue / unit;
        bytes = isInRange ? number * unit : ulong.MaxValue;
        return true;
    }
}
