using System.Buffers.Binary;

namespace RespKv.Server.Scripting.Libraries;

/// <summary><c>cmsgpack.pack</c>: each argument in turn.</summary>
internal readonly struct MessagePackWriter(LuaState lua, ByteText text)
{
    // Tables in tables beyond this are nil, so that a table in itself has an end.
    private const int DepthMax = 16;

    public static int Pack(LuaState lua)
    {
        var count = lua.Top;
        if (count == 0)
            throw LuaErrorException.Argument(0, "pack", "MessagePack pack needs input.");
        using var text = new ByteText();
        var writer = new MessagePackWriter(lua, text);
        for (var i = 1; i <= count; i++)
        {
            lua.HasRoom(8);
            lua.PushValue(i);
            writer.Append(0);
        }

        lua.Push(text.Bytes);
        return 1;
    }

    // Takes the value from the top.
    private void Append(int depth)
    {
        switch (lua.TypeOf(-1))
        {
            case LuaType.Text:
                AppendText(lua.Text(-1));
                break;
            case LuaType.Boolean:
                text.Append(lua.ToBoolean(-1) ? (byte)0xC3 : (byte)0xC2);
                break;
            case LuaType.Number:
                AppendNumber(lua.ToNumber(-1));
                break;
            case LuaType.Table when depth < DepthMax:
                AppendTable(depth);
                break;
            default:
                text.Append(0xC0);
                break;
        }

        lua.Pop();
    }

    private void AppendText(ReadOnlySpan<byte> value)
    {
        if (value.Length < 32)
            text.Append((byte)(0xA0 | value.Length));
        else if (value.Length <= byte.MaxValue)
            Sized(0xD9, 1, (ulong)value.Length);
        else
            Counted(0xDA, value.Length);
        text.Append(value);
    }

    // A length or count of 16 bits, or of 32 under the next code.
    private void Counted(byte code, long count)
    {
        if (count <= ushort.MaxValue)
            Sized(code, 2, (ulong)count);
        else
            Sized((byte)(code + 1), 4, (ulong)count);
    }

    private void Sized(byte code, int bytes, ulong value)
    {
        var target = text.Grow(bytes + 1);
        target[0] = code;
        for (var i = bytes; i > 0; i--, value >>= 8)
            target[i] = (byte)value;
    }

    private void AppendNumber(double value)
    {
        if (value is >= -9223372036854775808.0 and < 9223372036854775808.0 && Math.Floor(value) == value)
            AppendInteger((long)value);
        else if (!double.IsNaN(value) && (double)(float)value == value)
            BinaryPrimitives.WriteSingleBigEndian(Coded(0xCA, 4), (float)value);
        else
            BinaryPrimitives.WriteDoubleBigEndian(Coded(0xCB, 8), value);
    }

    private Span<byte> Coded(byte code, int bytes)
    {
        var target = text.Grow(bytes + 1);
        target[0] = code;
        return target[1..];
    }

    private void AppendInteger(long value)
    {
        if (value is >= -32 and <= 127)
            text.Append(unchecked((byte)value));
        else if (value >= 0)
            Sized(value <= byte.MaxValue ? (byte)0xCC : value <= ushort.MaxValue ? (byte)0xCD : value <= uint.MaxValue ? (byte)0xCE : (byte)0xCF,
                value <= byte.MaxValue ? 1 : value <= ushort.MaxValue ? 2 : value <= uint.MaxValue ? 4 : 8, (ulong)value);
        else
            Sized(value >= sbyte.MinValue ? (byte)0xD0 : value >= short.MinValue ? (byte)0xD1 : value >= int.MinValue ? (byte)0xD2 : (byte)0xD3,
                value >= sbyte.MinValue ? 1 : value >= short.MinValue ? 2 : value >= int.MinValue ? 4 : 8, unchecked((ulong)value));
    }

    private void AppendTable(int depth)
    {
        lua.HasRoom(8);
        if (IsArray(out var count))
            AppendArray(count, depth);
        else
            AppendMap(count, depth);
    }

    // An array has the keys from 1 to their number; an empty table is one.
    private bool IsArray(out long count)
    {
        count = 0;
        double max = 0;
        var isArray = true;
        lua.PushNil();
        while (lua.Next(-2))
        {
            lua.Pop();
            var key = lua.TypeOf(-1) == LuaType.Number ? lua.ToNumber(-1) : 0;
            isArray &= key >= 1 && Math.Floor(key) == key && key <= int.MaxValue;
            max = Math.Max(max, key);
            count++;
        }

        return isArray && max == count;
    }

    private void AppendArray(long count, int depth)
    {
        if (count < 16)
            text.Append((byte)(0x90 | count));
        else
            Counted(0xDC, count);
        for (var i = 1L; i <= count; i++)
        {
            lua.GetAt(-1, i);
            Append(depth + 1);
        }
    }

    private void AppendMap(long count, int depth)
    {
        if (count < 16)
            text.Append((byte)(0x80 | count));
        else
            Counted(0xDE, count);
        lua.PushNil();
        while (lua.Next(-2))
        {
            lua.PushValue(-2);
            Append(depth + 1);
            Append(depth + 1);
        }
    }
}
