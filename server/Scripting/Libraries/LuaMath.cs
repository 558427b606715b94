using System.Diagnostics;

namespace RespKv.Server.Scripting.Libraries;

/// <summary>Functions of <c>math</c> and <c>os</c> that Lua 5.4 has no more, or has otherwise.</summary>
internal static class LuaMath
{
    public static int Tanh(LuaState lua)
    {
        lua.Push(Math.Tanh(lua.Number(1, "tanh")));
        return 1;
    }

    public static int FrExp(LuaState lua)
    {
        var value = lua.Number(1, "frexp");
        if (value == 0 || !double.IsFinite(value))
        {
            lua.Push(value);
            lua.Push(0.0);
            return 2;
        }

        var exponent = Math.ILogB(value) + 1;
        lua.Push(Math.ScaleB(value, -exponent));
        lua.Push((double)exponent);
        return 2;
    }

    /// <summary>Processor time of the server, in seconds.</summary>
    public static int Clock(LuaState lua)
    {
        using var process = Process.GetCurrentProcess();
        lua.Push(process.TotalProcessorTime.TotalSeconds);
        return 1;
    }
}
