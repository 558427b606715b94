using System.Text;
using RespKv.Server.Scripting.Libraries;

namespace RespKv.Server.Scripting;

/// <summary>Reads the arguments of a function as Lua's own functions do: numbers pass for strings, and strings that read as numbers for numbers.</summary>
internal static class LuaArguments
{
    public static double Number(this LuaState lua, int index, string function) =>
        lua.TryGetNumber(index, out var value) ? value : throw LuaErrorException.WrongType(lua, index, function, "number");

    /// <summary>A number cut to an integer, as C does it.</summary>
    public static int Int32(this LuaState lua, int index, string function) => unchecked((int)ToInt64(lua.Number(index, function)));

    public static long Int64(this LuaState lua, int index, string function) => ToInt64(lua.Number(index, function));

    /// <summary>The bytes of a string or number.</summary>
    public static ReadOnlySpan<byte> Bytes(this LuaState lua, int index, string function) => lua.TypeOf(index) switch
    {
        LuaType.Text => lua.Text(index),
        LuaType.Number => Encoding.ASCII.GetBytes(LuaFormat.Number(lua.ToNumber(index))),
        _ => throw LuaErrorException.WrongType(lua, index, function, "string"),
    };

    /// <summary>What a conversion in C gives on the processors that Redis runs on: the smallest number for what does not fit.</summary>
    public static long ToInt64(double value) => value is >= -9223372036854775808.0 and < 9223372036854775808.0 ? (long)value : long.MinValue;
}
