using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;

namespace RespKv.Server.Scripting.Libraries;

/// <summary>The library <c>bit</c>: operations on 32 bits, whose results are signed.</summary>
internal static class BitLibrary
{
    public static int ToBit(LuaState lua) => Result(lua, Bits(lua, 1, "tobit"));

    public static int Not(LuaState lua) => Result(lua, ~Bits(lua, 1, "bnot"));

    public static int And(LuaState lua) => Fold(lua, "band", static (a, b) => a & b);

    public static int Or(LuaState lua) => Fold(lua, "bor", static (a, b) => a | b);

    public static int Xor(LuaState lua) => Fold(lua, "bxor", static (a, b) => a ^ b);

    public static int ShiftLeft(LuaState lua) => Shift(lua, "lshift", static (value, count) => value << count);

    public static int ShiftRight(LuaState lua) => Shift(lua, "rshift", static (value, count) => value >> count);

    public static int ShiftSigned(LuaState lua) => Shift(lua, "arshift", static (value, count) => unchecked((uint)((int)value >> count)));

    public static int RotateLeft(LuaState lua) => Shift(lua, "rol", BitOperations.RotateLeft);

    public static int RotateRight(LuaState lua) => Shift(lua, "ror", BitOperations.RotateRight);

    public static int Swap(LuaState lua) => Result(lua, BinaryPrimitives.ReverseEndianness(Bits(lua, 1, "bswap")));

    /// <summary>bit.tohex(x, digits): negative digits are in upper case.</summary>
    public static int ToHex(LuaState lua)
    {
        var value = Bits(lua, 1, "tohex");
        var digits = lua.TypeOf(2) == LuaType.None ? 8 : unchecked((int)Bits(lua, 2, "tohex"));
        var length = Math.Min(Math.Abs((long)digits), 8);
        var text = value.ToString(digits < 0 ? "X8" : "x8", CultureInfo.InvariantCulture);
        lua.Push(text[(int)(8 - length)..]);
        return 1;
    }

    private static int Fold(LuaState lua, string name, Func<uint, uint, uint> combine)
    {
        var result = Bits(lua, 1, name);
        for (var i = 2; i <= lua.Top; i++)
            result = combine(result, Bits(lua, i, name));
        return Result(lua, result);
    }

    private static int Shift(LuaState lua, string name, Func<uint, int, uint> shift) =>
        Result(lua, shift(Bits(lua, 1, name), (int)(Bits(lua, 2, name) & 31)));

    // The low 32 bits of the nearest integer.
    private static uint Bits(LuaState lua, int index, string name)
    {
        var value = lua.Number(index, name);
        if (!double.IsFinite(value))
            return 0;
        var rounded = Math.Round(value, MidpointRounding.ToEven);
        return unchecked((uint)(long)Math.IEEERemainder(rounded, 4294967296.0));
    }

    private static int Result(LuaState lua, uint bits)
    {
        lua.Push((double)unchecked((int)bits));
        return 1;
    }
}
