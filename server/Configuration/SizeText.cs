using System.Globalization;

namespace RespKv.Server.Configuration;

/// <summary>Sizes as Redis writes them: bytes, or a number with <c>k m g</c> (powers of 1000) or <c>kb mb gb</c> (of 1024), in either case.</summary>
internal static class SizeText
{
    /// <summary>Reads a size in bytes; false when it is none, or too large for 64 bits.</summary>
    public static bool TryParse(string text, out long bytes)
    {
        bytes = 0;
        var digits = text.AsSpan().TrimEnd("bBkKmMgG");
        var unit = text[digits.Length..].ToLowerInvariant() switch
        {
            "" or "b" => 1L,
            "k" => 1000,
            "kb" => 1L << 10,
            "m" => 1000 * 1000,
            "mb" => 1L << 20,
            "g" => 1000 * 1000 * 1000,
            "gb" => 1L << 30,
            _ => 0,
        };
        if (unit == 0 || !long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number > long.MaxValue / unit)
            return false;
        bytes = number * unit;
        return true;
    }
}
