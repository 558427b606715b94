namespace RespKv.Server.Scripting;

/// <summary>
/// Raises errors from functions that scripts call. Lua raises by a jump, which must not pass over managed frames; so the function returns the error, and
/// has Lua's own <c>lua_error</c> called when it has returned, as the hook of that return. The hook is set back by whoever catches the error:
/// <see cref="LuaMachine"/>, or the prelude's handler.
/// </summary>
internal static class LuaErrors
{
    private static readonly nint RaiseHook = LuaApi.AddressOf("lua_error");

    /// <summary>Raises the value on top; what the function is to return.</summary>
    public static int RaiseTop(LuaState lua)
    {
        LuaApi.SetHook(lua.Pointer, RaiseHook, LuaApi.MaskReturn, 0);
        return 1;
    }

    /// <summary>Raises a text with the place it was called from, as <c>luaL_error</c> does.</summary>
    public static int Raise(LuaState lua, string text, bool hasPlace = true)
    {
        lua.HasRoom(4);
        if (hasPlace)
            LuaApi.Where(lua.Pointer, 1);
        lua.Push(text);
        if (hasPlace)
            LuaApi.Concat(lua.Pointer, 2);
        return RaiseTop(lua);
    }

    /// <summary>Raises the error of an argument, as <c>luaL_argerror</c> does.</summary>
    public static int RaiseArgument(LuaState lua, int index, string function, string problem) =>
        Raise(lua, $"bad argument #{index} to '{function}' ({problem})");

    /// <summary>Raises the error of an argument of the wrong type.</summary>
    public static int RaiseType(LuaState lua, int index, string function, string expected) =>
        RaiseArgument(lua, index, function, $"{expected} expected, got {NameOf(lua.TypeOf(index))}");

    /// <summary>Raises an error of redis.*: a table with the text under <c>err</c>.</summary>
    public static int RaiseReply(LuaState lua, string text)
    {
        PushReply(lua, text);
        return RaiseTop(lua);
    }

    /// <summary>Pushes an error reply as scripts see it. Without a code the text gets <c>ERR</c>.</summary>
    public static void PushReply(LuaState lua, string text)
    {
        lua.NewTable(0, 2);
        lua.Push(WithCode(text));
        lua.SetField(-2, "err"u8);
    }

    /// <summary>From here on Lua raises errors at its next instruction, wherever it is, so that no <c>pcall</c> can hold the script.</summary>
    public static void RaiseAlways(LuaState lua) => LuaApi.SetHook(lua.Pointer, RaiseHook, LuaApi.MaskCount, 1);

    public static string NameOf(LuaType type) => type switch
    {
        LuaType.None => "no value",
        LuaType.Nil => "nil",
        LuaType.Boolean => "boolean",
        LuaType.LightUserData or LuaType.UserData => "userdata",
        LuaType.Number => "number",
        LuaType.Text => "string",
        LuaType.Table => "table",
        LuaType.Function => "function",
        _ => "thread",
    };

    // "-CODE text" has its code, anything else gets one.
    private static string WithCode(string text)
    {
        if (!text.StartsWith('-'))
            return "ERR " + text.Trim('\r', '\n');
        var blank = text.IndexOf(' ', StringComparison.Ordinal);
        return blank < 0 ? "ERR " + text[1..].Trim('\r', '\n') : text[1..blank] + " " + text[(blank + 1)..].Trim('\r', '\n');
    }
}
