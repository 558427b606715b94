using System.Buffers.Binary;
using System.Text;

namespace RespKv.Server.Scripting.Libraries;

/// <summary>The library <c>struct</c>: numbers and strings in the layouts of C.</summary>
internal static class StructLibrary
{
    /// <summary>struct.pack(format, ...)</summary>
    public static int Pack(LuaState lua)
    {
        var format = new StructFormat(Encoding.Latin1.GetString(lua.Bytes(1, "pack")));
        using var text = new ByteText();
        // Arguments that are not there are nil.
        lua.PushNil();
        var argument = 2;
        while (format.Next("pack", text.Length))
        {
            text.Grow(format.Padding).Clear();
            switch (format.Option)
            {
                case 'x':
                    text.Append(0);
                    break;
                case 'f':
                    PutSingle(text.Grow(4), (float)lua.Number(argument++, "pack"), format.IsBigEndian);
                    break;
                case 'd':
                    PutDouble(text.Grow(8), lua.Number(argument++, "pack"), format.IsBigEndian);
                    break;
                case 'c' or 's':
                    PutText(text, lua.Bytes(argument++, "pack"), format, argument);
                    break;
                default:
                    if (format.IsInteger)
                        PutInteger(text.Grow(format.Size), lua.Number(argument++, "pack"), format.IsBigEndian);
                    break;
            }
        }

        lua.Push(text.Bytes);
        return 1;
    }

    /// <summary>struct.unpack(format, data, position)</summary>
    public static int Unpack(LuaState lua)
    {
        var format = new StructFormat(Encoding.Latin1.GetString(lua.Bytes(1, "unpack")));
        var data = lua.Bytes(2, "unpack");
        var start = lua.IsNil(3) ? 1 : lua.Int64(3, "unpack");
        if (start == 0)
            throw LuaErrorException.Argument(3, "unpack", "offset must be 1 or greater");
        var at = start - 1;
        var results = 0;
        while (format.Next("unpack", at))
        {
            at += format.Padding;
            CheckRoom(data, at, format.Size);
            if (!lua.HasRoom(4))
                throw new LuaErrorException("stack overflow (too many results)");
            var size = (long)format.Size;
            switch (format.Option)
            {
                case 'x':
                    break;
                case 'f':
                    lua.Push((double)(format.IsBigEndian ? BinaryPrimitives.ReadSingleBigEndian(data[(int)at..]) : BinaryPrimitives.ReadSingleLittleEndian(data[(int)at..])));
                    results++;
                    break;
                case 'd':
                    lua.Push(format.IsBigEndian ? BinaryPrimitives.ReadDoubleBigEndian(data[(int)at..]) : BinaryPrimitives.ReadDoubleLittleEndian(data[(int)at..]));
                    results++;
                    break;
                case 'c':
                    size = size == 0 ? TakeSize(lua, data, at, ref results) : size;
                    lua.Push(data.Slice((int)at, (int)size));
                    results++;
                    break;
                case 's':
                    var length = data[(int)at..].IndexOf((byte)0);
                    if (length < 0)
                        throw new LuaErrorException("unfinished string in data");
                    lua.Push(data.Slice((int)at, length));
                    size = length + 1;
                    results++;
                    break;
                default:
                    if (!format.IsInteger)
                        break;
                    lua.Push(GetInteger(data.Slice((int)at, format.Size), format.IsBigEndian, char.IsAsciiLetterLower(format.Option)));
                    results++;
                    break;
            }

            at += size;
        }

        lua.Push((double)(at + 1));
        return results + 1;
    }

    /// <summary>struct.size(format)</summary>
    public static int Size(LuaState lua)
    {
        var format = new StructFormat(Encoding.Latin1.GetString(lua.Bytes(1, "size")));
        var size = 0L;
        while (format.Next("size", size))
        {
            if (format.Option == 's')
                throw LuaErrorException.Argument(1, "size", "option 's' has no fixed size");
            if (format is { Option: 'c', Size: 0 })
                throw LuaErrorException.Argument(1, "size", "option 'c0' has no fixed size");
            size += format.Padding + format.Size;
        }

        lua.Push((double)size);
        return 1;
    }

    private static void CheckRoom(ReadOnlySpan<byte> data, long at, long size)
    {
        if (at < 0 || size > data.Length || at > data.Length - size)
            throw LuaErrorException.Argument(2, "unpack", "data string too short");
    }

    // The length of a string was read just before it.
    private static long TakeSize(LuaState lua, ReadOnlySpan<byte> data, long at, ref int results)
    {
        if (results == 0 || !lua.TryGetNumber(-1, out var size))
            throw new LuaErrorException("format 'c0' needs a previous size");
        lua.Pop();
        results--;
        if (size < 0)
            throw LuaErrorException.Argument(2, "unpack", "data string too short");
        CheckRoom(data, at, (long)Math.Min(size, long.MaxValue / 2));
        return (long)size;
    }

    private static void PutText(ByteText text, ReadOnlySpan<byte> value, StructFormat format, int argument)
    {
        var size = format.Option == 's' || format.Size == 0 ? value.Length : format.Size;
        if (value.Length < size)
            throw LuaErrorException.Argument(argument, "pack", "string too short");
        text.Append(value[..size]);
        if (format.Option == 's')
            text.Append(0);
    }

    private static void PutInteger(Span<byte> target, double number, bool isBigEndian)
    {
        var value = number < 0 ? unchecked((ulong)LuaArguments.ToInt64(number)) : number < 18446744073709551616.0 ? (ulong)number : 0;
        for (var i = 0; i < target.Length; i++)
        {
            target[isBigEndian ? target.Length - 1 - i : i] = (byte)value;
            value = i < 7 ? value >> 8 : 0;
        }
    }

    private static double GetInteger(ReadOnlySpan<byte> bytes, bool isBigEndian, bool isSigned)
    {
        var value = 0UL;
        for (var i = 0; i < bytes.Length; i++)
            value = (value << 8) | bytes[isBigEndian ? i : bytes.Length - 1 - i];
        if (!isSigned)
            return value;
        var shift = Math.Max(64 - (bytes.Length * 8), 0);
        return unchecked((long)(value << shift)) >> shift;
    }

    private static void PutSingle(Span<byte> target, float value, bool isBigEndian)
    {
        if (isBigEndian)
            BinaryPrimitives.WriteSingleBigEndian(target, value);
        else
            BinaryPrimitives.WriteSingleLittleEndian(target, value);
    }

    private static void PutDouble(Span<byte> target, double value, bool isBigEndian)
    {
        if (isBigEndian)
            BinaryPrimitives.WriteDoubleBigEndian(target, value);
        else
            BinaryPrimitives.WriteDoubleLittleEndian(target, value);
    }
}
