using System.Globalization;

namespace RespKv.Server.Scripting.Libraries;

/// <summary><c>cjson.encode</c>: a table is an array when all its keys are positive integers, and there is one; else an object.</summary>
internal sealed class JsonEncoder(JsonSettings settings, LuaState lua, ByteText text)
{
    // Numbers of up to so many digits are shown whole.
    private const double PlainMax = 1e14;

    public static int Encode(JsonSettings settings, LuaState lua)
    {
        if (lua.Top != 1)
            throw LuaErrorException.Argument(1, "encode", "expected 1 argument");
        using var text = new ByteText();
        new JsonEncoder(settings, lua, text).Append(0);
        lua.Push(text.Bytes);
        return 1;
    }

    private void Append(int depth)
    {
        switch (lua.TypeOf(-1))
        {
            case LuaType.Text:
                AppendText(lua.Text(-1));
                break;
            case LuaType.Number:
                AppendNumber(-1);
                break;
            case LuaType.Boolean:
                text.Append(lua.ToBoolean(-1) ? "true"u8 : "false"u8);
                break;
            case LuaType.Nil:
                text.Append("null"u8);
                break;
            case LuaType.LightUserData when LuaApi.ToPointer(lua.Pointer, -1) == 0:
                text.Append("null"u8);
                break;
            case LuaType.Table:
                AppendTable(depth + 1);
                break;
            default:
                throw CannotSerialise(-1, "type not supported");
        }
    }

    private void AppendTable(int depth)
    {
        if (depth > settings.EncodeDepthMax || !lua.HasRoom(6))
            throw new LuaErrorException($"Cannot serialise, excessive nesting ({depth})");
        var length = ArrayLength();
        if (length > 0)
            AppendArray(length, depth);
        else
            AppendObject(depth);
    }

    // The largest index; -1 when it is no array.
    private long ArrayLength()
    {
        double max = 0, items = 0;
        lua.PushNil();
        while (lua.Next(-2))
        {
            var isIndex = lua.TypeOf(-2) == LuaType.Number && lua.ToNumber(-2) is >= 1 and var key && Math.Floor(key) == key;
            if (!isIndex)
            {
                lua.Pop(2);
                return -1;
            }

            max = Math.Max(max, lua.ToNumber(-2));
            items++;
            lua.Pop();
        }

        if (settings.SparseRatio > 0 && max > items * settings.SparseRatio && max > settings.SparseSafe)
            return settings.ConvertsSparse ? -1 : throw CannotSerialise(-1, "excessively sparse array");
        return (long)max;
    }

    private void AppendArray(long length, int depth)
    {
        text.Append((byte)'[');
        for (var i = 1L; i <= length; i++)
        {
            if (i > 1)
                text.Append((byte)',');
            lua.GetAt(-1, i);
            Append(depth);
            lua.Pop();
        }

        text.Append((byte)']');
    }

    private void AppendObject(int depth)
    {
        text.Append((byte)'{');
        var isFirst = true;
        lua.PushNil();
        while (lua.Next(-2))
        {
            if (!isFirst)
                text.Append((byte)',');
            isFirst = false;
            AppendKey();
            text.Append((byte)':');
            Append(depth);
            lua.Pop();
        }

        text.Append((byte)'}');
    }

    private void AppendKey()
    {
        switch (lua.TypeOf(-2))
        {
            case LuaType.Number:
                text.Append((byte)'"');
                AppendNumber(-2);
                text.Append((byte)'"');
                break;
            case LuaType.Text:
                AppendText(lua.Text(-2));
                break;
            default:
                throw CannotSerialise(-2, "table key must be a number or string");
        }
    }

    private void AppendNumber(int index)
    {
        var value = lua.ToNumber(index);
        if (!double.IsFinite(value))
        {
            AppendInvalid(value, index);
        }
        else if (settings.Precision >= 14 && value is > -PlainMax and < PlainMax && Math.Floor(value) == value && (value != 0 || !double.IsNegative(value)))
        {
            Span<byte> digits = stackalloc byte[20];
            System.Buffers.Text.Utf8Formatter.TryFormat((long)value, digits, out var length);
            text.Append(digits[..length]);
        }
        else
        {
            text.Append(LuaFormat.General(value, settings.Precision, keepsZeros: false));
        }
    }

    private void AppendInvalid(double value, int index)
    {
        if (settings.InvalidNumbers == 0)
            throw CannotSerialise(index, "must not be NaN or Inf");
        if (settings.InvalidNumbers == 2)
            text.Append("null"u8);
        else
            text.Append(double.IsNaN(value) ? "nan"u8 : value < 0 ? "-inf"u8 : "inf"u8);
    }

    private void AppendText(ReadOnlySpan<byte> value)
    {
        text.Append((byte)'"');
        while (!value.IsEmpty)
        {
            var plain = value.IndexOfAny(Escaped);
            if (plain < 0)
                plain = value.Length;
            text.Append(value[..plain]);
            if (plain < value.Length)
                AppendEscape(value[plain++]);
            value = value[plain..];
        }

        text.Append((byte)'"');
    }

    private static readonly System.Buffers.SearchValues<byte> Escaped =
        System.Buffers.SearchValues.Create([.. Enumerable.Range(0, 32).Select(i => (byte)i), (byte)'"', (byte)'\\', (byte)'/', 127]);

    private void AppendEscape(byte value)
    {
        var letter = value switch
        {
            (byte)'\b' => 'b',
            (byte)'\t' => 't',
            (byte)'\n' => 'n',
            (byte)'\f' => 'f',
            (byte)'\r' => 'r',
            (byte)'"' or (byte)'\\' or (byte)'/' => (char)value,
            _ => '\0',
        };
        text.Append(letter != 0 ? "\\" + letter : "\\u" + value.ToString("x4", CultureInfo.InvariantCulture));
    }

    private LuaErrorException CannotSerialise(int index, string reason) =>
        new($"Cannot serialise {LuaErrors.NameOf(lua.TypeOf(index))}: {reason}");
}
