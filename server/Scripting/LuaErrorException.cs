namespace RespKv.Server.Scripting;

/// <summary>An error of the script in a function that it called, raised where the function began.</summary>
internal sealed class LuaErrorException(string message) : Exception(message)
{
    /// <summary>Whether the place of the call comes before the message.</summary>
    public bool HasPlace { get; init; } = true;

    /// <summary>The error of an argument.</summary>
    public static LuaErrorException Argument(int index, string function, string problem) => new($"bad argument #{index} to '{function}' ({problem})");

    /// <summary>The error of an argument of the wrong type.</summary>
    public static LuaErrorException WrongType(LuaState lua, int index, string function, string expected) =>
        Argument(index, function, $"{expected} expected, got {LuaErrors.NameOf(lua.TypeOf(index))}");
}
