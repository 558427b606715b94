using System.Globalization;
using System.Text;

namespace RespKv.Server.Scripting.Libraries;

/// <summary>One directive of <c>string.format</c>, such as <c>%-5.2f</c>.</summary>
internal readonly record struct FormatDirective(string Flags, int Width, int Precision, char Conversion, string Text)
{
    private const string FlagCharacters = "-+ #0";

    /// <summary>Reads the directive behind a percent sign; <paramref name="at"/> is its conversion then.</summary>
    public static FormatDirective Read(string format, ref int at)
    {
        var start = at;
        while (at < format.Length && FlagCharacters.Contains(format[at], StringComparison.Ordinal))
            at++;
        var flags = format[start..at];
        if (flags.Length > FlagCharacters.Length)
            throw new LuaErrorException("invalid format (repeated flags)");
        var width = Digits(format, ref at);
        var precision = -1;
        if (at < format.Length && format[at] == '.')
        {
            at++;
            precision = Math.Max(Digits(format, ref at), 0);
        }

        if (at < format.Length && char.IsAsciiDigit(format[at]))
            throw new LuaErrorException("invalid format (width or precision too long)");
        var conversion = at < format.Length ? format[at] : '\0';
        return new FormatDirective(flags, width, precision, conversion, format[start..Math.Min(at + 1, format.Length)]);
    }

    /// <summary>Appends an argument as the directive wants it.</summary>
    public void Append(StringBuilder text, LuaState lua, int argument)
    {
        switch (Conversion)
        {
            case 'c':
                Pad(text, ((char)(byte)lua.Int32(argument, "format")).ToString(), isNumber: false);
                break;
            case 'd' or 'i':
                AppendInteger(text, LuaArguments.ToInt64(lua.Number(argument, "format")));
                break;
            case 'u':
                AppendUnsigned(text, Unsigned(lua, argument).ToString(CultureInfo.InvariantCulture));
                break;
            case 'o':
                AppendUnsigned(text, Convert.ToString(unchecked((long)Unsigned(lua, argument)), 8));
                break;
            case 'x' or 'X':
                AppendHex(text, Unsigned(lua, argument));
                break;
            case 'e' or 'E' or 'f' or 'g' or 'G':
                AppendDouble(text, lua.Number(argument, "format"));
                break;
            case 'q':
                AppendQuoted(text, Encoding.Latin1.GetString(lua.Bytes(argument, "format")));
                break;
            case 's':
                var value = Encoding.Latin1.GetString(lua.Bytes(argument, "format"));
                Pad(text, Precision >= 0 && Precision < value.Length ? value[..Precision] : value, isNumber: false);
                break;
            default:
                throw new LuaErrorException($"invalid option '%{Conversion}' to 'format'");
        }
    }

    private static int Digits(string format, ref int at)
    {
        var value = -1;
        for (var count = 0; count < 2 && at < format.Length && char.IsAsciiDigit(format[at]); count++)
            value = (Math.Max(value, 0) * 10) + format[at++] - '0';
        return value;
    }

    // C converts through a signed number where the value fits one.
    private static ulong Unsigned(LuaState lua, int argument)
    {
        var value = lua.Number(argument, "format");
        return value is >= 9223372036854775808.0 and < 18446744073709551616.0 ? (ulong)value : unchecked((ulong)LuaArguments.ToInt64(value));
    }

    private static void AppendQuoted(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (var c in value)
        {
            text.Append(c switch
            {
                '"' or '\\' or '\n' => "\\" + c,
                '\r' => "\\r",
                '\0' => "\\000",
                _ => c.ToString(),
            });
        }

        text.Append('"');
    }

    private void AppendInteger(StringBuilder text, long value)
    {
        var digits = value.ToString(CultureInfo.InvariantCulture).TrimStart('-');
        Pad(text, Sign(value < 0) + LeadingZeros(digits, value == 0), isNumber: true);
    }

    private void AppendUnsigned(StringBuilder text, string digits)
    {
        var shown = LeadingZeros(digits, digits == "0");
        Pad(text, Has('#') && Conversion == 'o' && !shown.StartsWith('0') ? "0" + shown : shown, isNumber: true);
    }

    private void AppendHex(StringBuilder text, ulong value)
    {
        var digits = LeadingZeros(value.ToString(Conversion == 'x' ? "x" : "X", CultureInfo.InvariantCulture), value == 0);
        Pad(text, Has('#') && value != 0 ? "0" + Conversion + digits : digits, isNumber: true);
    }

    private void AppendDouble(StringBuilder text, double value)
    {
        var precision = Precision < 0 ? 6 : Precision;
        var digits = Conversion switch
        {
            'f' => LuaFormat.Fixed(value, precision),
            'e' or 'E' => LuaFormat.Scientific(value, precision),
            _ => LuaFormat.General(value, precision, Has('#')),
        };
        if (Conversion is 'E' or 'G')
            digits = digits.ToUpperInvariant();
        Pad(text, digits[0] == '-' ? digits : Sign(false) + digits, isNumber: double.IsFinite(value));
    }

    private string Sign(bool isNegative) => isNegative ? "-" : Has('+') ? "+" : Has(' ') ? " " : "";

    private string LeadingZeros(string digits, bool isZero) => Precision == 0 && isZero ? "" : Precision > digits.Length ? digits.PadLeft(Precision, '0') : digits;

    private bool Has(char flag) => Flags.Contains(flag, StringComparison.Ordinal);

    private void Pad(StringBuilder text, string value, bool isNumber)
    {
        if (Has('-'))
        {
            text.Append(value).Append(' ', Math.Max(Width - value.Length, 0));
            return;
        }

        // Zeros go behind the sign, and count only where no precision says how many digits there are.
        var hasZeros = isNumber && Has('0') && (Precision < 0 || "eEfgG".Contains(Conversion, StringComparison.Ordinal));
        if (!hasZeros)
        {
            text.Append(' ', Math.Max(Width - value.Length, 0)).Append(value);
            return;
        }

        var head = value.Length > 0 && value[0] is '-' or '+' or ' ' ? 1 : 0;
        if (value.Length > head + 1 && value[head] == '0' && value[head + 1] is 'x' or 'X')
            head += 2;
        text.Append(value, 0, head).Append('0', Math.Max(Width - value.Length, 0)).Append(value, head, value.Length - head);
    }
}
