using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace RespKv.Server.Scripting.Libraries;

/// <summary><c>cmsgpack.unpack</c> and its kin: push what is packed onto Lua's stack.</summary>
internal ref struct MessagePackReader
{
    private const string Missing = "Missing bytes in input.";
    private const string BadFormat = "Bad data format in input.";

    private readonly LuaState lua;
    private readonly ReadOnlySpan<byte> data;
    private int at;

    private MessagePackReader(LuaState lua, ReadOnlySpan<byte> data, int start)
    {
        this.lua = lua;
        this.data = data;
        at = start;
    }

    public static int Unpack(LuaState lua)
    {
        var reader = new MessagePackReader(lua, lua.Bytes(1, "unpack"), 0);
        var count = 0;
        for (; reader.at < reader.data.Length; count++)
            reader.Value();
        return count;
    }

    public static int UnpackOne(LuaState lua) => UnpackSome(lua, "unpack_one", 1, lua.IsNil(2) ? 0 : lua.Int64(2, "unpack_one"));

    public static int UnpackLimit(LuaState lua) =>
        UnpackSome(lua, "unpack_limit", lua.Int64(2, "unpack_limit"), lua.IsNil(3) ? 0 : lua.Int64(3, "unpack_limit"));

    // Where to go on comes first, or -1 at the end.
    private static int UnpackSome(LuaState lua, string name, long limit, long offset)
    {
        var data = lua.Bytes(1, name);
        if (offset < 0 || limit < 0)
            throw new LuaErrorException($"Invalid request to unpack with offset of {offset} and limit of {data.Length}.");
        if (offset > data.Length)
            throw new LuaErrorException($"Start offset {offset} greater than input length {data.Length}.");
        if (limit == 0 && offset == 0)
            return Unpack(lua);
        var first = lua.Top + 1;
        var reader = new MessagePackReader(lua, data, (int)offset);
        var count = 0;
        for (; reader.at < data.Length && count < limit; count++)
            reader.Value();
        lua.Push((double)(reader.at == data.Length ? -1 : reader.at));
        lua.Insert(first);
        return count + 1;
    }

    private ReadOnlySpan<byte> Take(long count)
    {
        if (count > data.Length - at)
            throw new LuaErrorException(Missing);
        var bytes = data.Slice(at, (int)count);
        at += (int)count;
        return bytes;
    }

    private ulong Unsigned(int bytes)
    {
        var value = 0UL;
        foreach (var b in Take(bytes))
            value = (value << 8) | b;
        return value;
    }

    private void Value()
    {
        if (!lua.HasRoom(4) || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw new LuaErrorException("too many return values at once; use unpack_one or unpack_limit instead.");
        var code = Take(1)[0];
        switch (code)
        {
            case < 0x80:
                lua.Push((double)code);
                break;
            case >= 0xE0:
                lua.Push((double)unchecked((sbyte)code));
                break;
            case < 0x90:
                Map(code & 0xF);
                break;
            case < 0xA0:
                Array(code & 0xF);
                break;
            case < 0xC0:
                lua.Push(Take(code & 0x1F));
                break;
            default:
                Coded(code);
                break;
        }
    }

    private void Coded(byte code)
    {
        switch (code)
        {
            case 0xC0:
                lua.PushNil();
                break;
            case 0xC2 or 0xC3:
                lua.Push(code == 0xC3);
                break;
            case 0xCA:
                lua.Push((double)BinaryPrimitives.ReadSingleBigEndian(Take(4)));
                break;
            case 0xCB:
                lua.Push(BinaryPrimitives.ReadDoubleBigEndian(Take(8)));
                break;
            case >= 0xCC and <= 0xCF:
                // The largest are taken for negative ones, as in Redis.
                lua.Push((double)unchecked((long)Unsigned(1 << (code - 0xCC))));
                break;
            case >= 0xD0 and <= 0xD3:
                var bits = 8 << (code - 0xD0);
                lua.Push((double)(unchecked((long)(Unsigned(bits / 8) << (64 - bits))) >> (64 - bits)));
                break;
            case >= 0xD9 and <= 0xDB:
                lua.Push(Take((long)Unsigned(1 << (code - 0xD9))));
                break;
            case 0xDC or 0xDD:
                Array((long)Unsigned(code == 0xDC ? 2 : 4));
                break;
            case 0xDE or 0xDF:
                Map((long)Unsigned(code == 0xDE ? 2 : 4));
                break;
            default:
                throw new LuaErrorException(BadFormat);
        }
    }

    private void Array(long count)
    {
        lua.NewTable((int)Math.Min(count, data.Length - at));
        for (var i = 1L; i <= count; i++)
        {
            Value();
            lua.SetAt(-2, i);
        }
    }

    private void Map(long count)
    {
        lua.NewTable(0, (int)Math.Min(count, (data.Length - at) / 2));
        for (var i = 0L; i < count; i++)
        {
            Value();
            Value();
            if (lua.IsNil(-2))
                throw new LuaErrorException("table index is nil") { HasPlace = false };
            if (lua.TypeOf(-2) == LuaType.Number && double.IsNaN(lua.ToNumber(-2)))
                throw new LuaErrorException("table index is NaN") { HasPlace = false };
            lua.Set(-3);
        }
    }
}
