namespace RespKv.Server.Scripting.Syntax;

/// <summary>A script that is not Lua 5.1. The message is the one of Lua 5.1, with chunk and line.</summary>
internal sealed class LuaSyntaxException(string message) : Exception(message);
