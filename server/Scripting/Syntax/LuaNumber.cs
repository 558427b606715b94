using System.Globalization;

namespace RespKv.Server.Scripting.Syntax;

/// <summary>Numbers as Lua 5.1 reads them: by C's <c>strtod</c>, or hexadecimal integers. All are doubles.</summary>
internal static class LuaNumber
{
    private static readonly System.Buffers.SearchValues<char> Decimal = System.Buffers.SearchValues.Create("0123456789.eE+-");

    /// <summary>Reads a number with nothing but blanks around it.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out double value)
    {
        text = text.Trim(" \t\n\v\f\r");
        value = 0;
        if (text.IsEmpty)
            return false;
        var sign = text[0] == '-' ? -1.0 : 1.0;
        var digits = text[0] is '-' or '+' ? text[1..] : text;
        if (digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
            return TryParseHex(digits[2..], sign, out value);
        if (TryParseWord(digits, sign, out value))
            return true;
        // What the parser takes beyond C: blanks and signs have been dealt with, and nothing else is allowed here.
        return !digits.IsEmpty && digits[0] is not ('-' or '+')
            && double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out value)
            && !digits.ContainsAnyExcept(Decimal);
    }

    private static bool TryParseWord(ReadOnlySpan<char> digits, double sign, out double value)
    {
        value = digits.Equals("inf", StringComparison.OrdinalIgnoreCase) || digits.Equals("infinity", StringComparison.OrdinalIgnoreCase) ? sign * double.PositiveInfinity
            : digits.Equals("nan", StringComparison.OrdinalIgnoreCase) ? double.NaN : 0;
        return value != 0;
    }

    // strtod takes fractions and binary exponents too: 0x1.8p3.
    private static bool TryParseHex(ReadOnlySpan<char> digits, double sign, out double value)
    {
        value = 0;
        var exponent = 0;
        var p = digits.IndexOfAny('p', 'P');
        if (p >= 0)
        {
            if (!int.TryParse(digits[(p + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out exponent))
                return false;
            digits = digits[..p];
        }

        var point = digits.IndexOf('.');
        if (digits.Length - (point < 0 ? 0 : 1) == 0)
            return false;
        for (var i = 0; i < digits.Length; i++)
        {
            if (i == point)
                continue;
            if (!char.IsAsciiHexDigit(digits[i]))
                return false;
            value = (value * 16) + Convert.ToInt32(digits[i].ToString(), 16);
        }

        value = sign * Math.ScaleB(value, exponent - (point < 0 ? 0 : 4 * (digits.Length - point - 1)));
        return true;
    }
}
