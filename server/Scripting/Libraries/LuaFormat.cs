using System.Globalization;
using System.Text;

namespace RespKv.Server.Scripting.Libraries;

/// <summary><c>string.format</c> and <c>table.concat</c> of Lua 5.1, and C's ways of writing numbers.</summary>
internal static class LuaFormat
{
    private const int DigitsMax = 14;

    /// <summary>A number as Lua 5.1 shows it: <c>%.14g</c>.</summary>
    public static string Number(double value)
    {
        // Whole numbers of so many digits at most, which most are, need no rounding.
        if (value is > -1e14 and < 1e14 && Math.Floor(value) == value && (value != 0 || !double.IsNegative(value)))
            return ((long)value).ToString(CultureInfo.InvariantCulture);
        return General(value, DigitsMax, keepsZeros: false);
    }

    /// <summary>C's <c>%.{precision}g</c>.</summary>
    public static string General(double value, int precision, bool keepsZeros)
    {
        if (!double.IsFinite(value))
            return Special(value);
        precision = Math.Max(precision, 1);
        var scientific = value.ToString("E" + (precision - 1), CultureInfo.InvariantCulture);
        var at = scientific.LastIndexOf('E');
        var exponent = int.Parse(scientific.AsSpan(at + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        if (exponent < -4 || exponent >= precision)
            return TrimZeros(scientific[..at], keepsZeros) + ExponentOf(exponent);
        return TrimZeros(Signed(value, value.ToString("F" + (precision - 1 - exponent), CultureInfo.InvariantCulture)), keepsZeros);
    }

    /// <summary>C's <c>%.{precision}e</c>.</summary>
    public static string Scientific(double value, int precision)
    {
        if (!double.IsFinite(value))
            return Special(value);
        var text = value.ToString("E" + precision, CultureInfo.InvariantCulture);
        var at = text.LastIndexOf('E');
        return text[..at] + ExponentOf(int.Parse(text.AsSpan(at + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture));
    }

    /// <summary>C's <c>%.{precision}f</c>.</summary>
    public static string Fixed(double value, int precision) =>
        double.IsFinite(value) ? Signed(value, value.ToString("F" + precision, CultureInfo.InvariantCulture)) : Special(value);

    /// <summary>string.format(format, ...)</summary>
    public static int Format(LuaState lua)
    {
        var format = Encoding.Latin1.GetString(lua.Bytes(1, "format"));
        var text = new StringBuilder();
        var argument = 1;
        for (var i = 0; i < format.Length; i++)
        {
            if (format[i] != '%')
            {
                text.Append(format[i]);
                continue;
            }

            if (++i < format.Length && format[i] == '%')
            {
                text.Append('%');
                continue;
            }

            var directive = FormatDirective.Read(format, ref i);
            if (++argument > lua.Top)
                throw LuaErrorException.Argument(argument, "format", "no value");
            directive.Append(text, lua, argument);
        }

        lua.Push(text.ToString());
        return 1;
    }

    /// <summary>table.concat(list, separator, from, to)</summary>
    public static int Concat(LuaState lua)
    {
        if (!lua.IsTable(1))
            throw LuaErrorException.WrongType(lua, 1, "concat", "table");
        var separator = lua.IsNil(2) ? [] : lua.Bytes(2, "concat").ToArray();
        var from = lua.IsNil(3) ? 1 : lua.Int32(3, "concat");
        var to = lua.IsNil(4) ? (int)LuaApi.RawLength(lua.Pointer, 1) : lua.Int32(4, "concat");
        using var text = new ByteText();
        for (long i = from; i <= to; i++)
        {
            var type = lua.GetAt(1, i);
            if (type == LuaType.Text)
                text.Append(lua.Text(-1));
            else if (type == LuaType.Number)
                text.Append(Number(lua.ToNumber(-1)));
            else
                throw new LuaErrorException($"invalid value ({LuaErrors.NameOf(type)}) at index {i} in table for 'concat'");
            if (i < to)
                text.Append(separator);
            lua.Pop();
        }

        lua.Push(text.Bytes);
        return 1;
    }

    private static string Special(double value) => double.IsNaN(value) ? (double.IsNegative(value) ? "-nan" : "nan") : value < 0 ? "-inf" : "inf";

    private static string ExponentOf(int exponent) =>
        (exponent < 0 ? "e-" : "e+") + Math.Abs(exponent).ToString("00", CultureInfo.InvariantCulture);

    // A value that is rounded to nothing keeps its sign, as in C.
    private static string Signed(double value, string text) => double.IsNegative(value) && text[0] != '-' ? "-" + text : text;

    private static string TrimZeros(string text, bool keepsZeros) =>
        keepsZeros || !text.Contains('.', StringComparison.Ordinal) ? text : text.TrimEnd('0').TrimEnd('.');
}
