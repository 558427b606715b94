using RespKv.Server.Scripting.Libraries;

namespace RespKv.Server.Scripting;

/// <summary><c>redis.register_function</c>, with a name and a function, or with a table of named arguments.</summary>
internal static class LuaRegistrations
{
    /// <summary>What may be among flags.</summary>
    public static readonly string[] FlagNames = ["no-writes", "allow-oom", "allow-stale", "no-cluster", "allow-cross-slot-keys"];

    public static int Register(LuaMachine machine, LuaState lua)
    {
        if (!machine.IsLoading)
            return LuaErrors.RaiseReply(lua, "redis.register_function can only be called on FUNCTION LOAD command");
        var problem = lua.Top switch
        {
            1 => RegisterNamed(machine, lua),
            2 => RegisterPlain(machine, lua),
            _ => "wrong number of arguments to redis.register_function",
        };
        return problem == null ? 0 : LuaErrors.RaiseReply(lua, problem);
    }

    private static string? RegisterPlain(LuaMachine machine, LuaState lua)
    {
        if (!lua.IsTextOrNumber(1))
            return "first argument to redis.register_function must be a string";
        return lua.TypeOf(2) != LuaType.Function
            ? "second argument to redis.register_function must be a function"
            : Add(machine, Text(lua, 1)!, null, [], lua.Keep());
    }

    private static string? RegisterNamed(LuaMachine machine, LuaState lua)
    {
        if (!lua.IsTable(1))
            return "calling redis.register_function with a single argument is only applicable to Lua table (representing named arguments).";
        string? name = null, description = null, problem = null;
        var flags = new List<string>();
        var callback = 0;
        lua.PushNil();
        while (problem == null && lua.Next(1))
        {
            problem = Text(lua, -2)?.ToLowerInvariant() switch
            {
                null => "named argument key given to redis.register_function is not a string",
                "function_name" => (name = Text(lua, -1)) == null ? "function_name argument given to redis.register_function must be a string" : null,
                "description" => (description = Text(lua, -1)) == null ? "description argument given to redis.register_function must be a string" : null,
                "callback" => (callback = KeepFunction(lua)) == 0 ? "callback argument given to redis.register_function must be a function" : null,
                "flags" => ReadFlags(lua, flags),
                _ => "unknown argument given to redis.register_function",
            };
            lua.Pop();
        }

        problem ??= name == null ? "redis.register_function must get a function name argument" : callback == 0 ? "redis.register_function must get a callback argument" : null;
        if (problem == null)
            return Add(machine, name!, description, [.. flags], callback);
        if (callback != 0)
            machine.Release(callback);
        return problem;
    }

    // Numbers pass for strings. A key must not be changed while its table is walked, so what it reads as is not asked of Lua.
    private static string? Text(LuaState lua, int index) => lua.TypeOf(index) == LuaType.Number ? LuaFormat.Number(lua.ToNumber(index)) : lua.Latin(index);

    private static int KeepFunction(LuaState lua)
    {
        if (lua.TypeOf(-1) != LuaType.Function)
            return 0;
        lua.PushValue(-1);
        return lua.Keep();
    }

    private static string? ReadFlags(LuaState lua, List<string> flags)
    {
        if (!lua.IsTable(-1))
            return "flags argument to redis.register_function must be a table representing function flags";
        for (var i = 1; ; i++)
        {
            var type = lua.GetAt(-1, i);
            var flag = lua.Latin(-1)?.ToLowerInvariant();
            lua.Pop();
            if (type == LuaType.Nil)
                return null;
            if (!FlagNames.Contains(flag))
                return "unknown flag given";
            flags.Add(flag!);
        }
    }

    private static string? Add(LuaMachine machine, string name, string? description, string[] flags, int callback)
    {
        var problem = !IsName(name) ? "Library names can only contain letters, numbers, or underscores(_) and must be at least one character long"
            : machine.Registrations.Any(r => r.Name == name) ? "Function already exists in the library"
            : null;
        if (problem == null)
            machine.Registrations.Add(new LuaRegistration(name, description, flags, callback));
        else
            machine.Release(callback);
        return problem;
    }

    /// <summary>Whether it may name a function or a library.</summary>
    public static bool IsName(string name) => name.Length > 0 && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');
}
