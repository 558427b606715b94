using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace RespKv.Server.Commands;

/// <summary>The SHA-1 that names a script, from its hexadecimal digits in either case.</summary>
internal readonly record struct ScriptHash(ulong First, ulong Second, uint Third)
{
    public const int Digits = 40;

    /// <summary>Reads the digits; false when it is no hash, and so names no script.</summary>
    public static bool TryParse(ReadOnlySpan<byte> digits, out ScriptHash hash)
    {
        hash = default;
        if (digits.Length != Digits
            || !ulong.TryParse(digits[..16], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var first)
            || !ulong.TryParse(digits[16..32], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var second)
            || !uint.TryParse(digits[32..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var third))
            return false;
        hash = new ScriptHash(first, second, third);
        return true;
    }

    /// <summary>The hash of digits that are known to be some.</summary>
    public static ScriptHash Parse(string digits) =>
        TryParse(System.Text.Encoding.ASCII.GetBytes(digits), out var hash) ? hash : throw new FormatException(digits);

    public override string ToString() => $"{First:x16}{Second:x16}{Third:x8}";

    [SuppressMessage("Performance", "CA1822", Justification = "An override cannot be static.")]
    public override int GetHashCode() => unchecked((int)First);
}
