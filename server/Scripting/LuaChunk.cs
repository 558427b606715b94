namespace RespKv.Server.Scripting;

/// <summary>Names of chunks: as given, and as errors show them.</summary>
internal static class LuaChunk
{
    /// <summary>The prelude's name, which no script can have: its places are replaced by those of the script that called.</summary>
    public const string PreludeName = "\u0001";

    // What Lua 5.1 has room for.
    private const int ShownMax = 59;
    private const int QuotedMax = 43;

    /// <summary>As errors show it: <c>@x</c> and <c>=x</c> are x, anything else is source text, whose first line is quoted.</summary>
    public static string Shown(string name)
    {
        if (name.StartsWith('='))
            return name.Length - 1 > ShownMax ? name[1..(ShownMax + 1)] : name[1..];
        if (name.StartsWith('@'))
            return name.Length - 1 > ShownMax ? "..." + name[^(ShownMax - 3)..] : name[1..];
        var length = name.AsSpan().IndexOfAny('\n', '\r') is >= 0 and var end ? end : name.Length;
        length = Math.Min(length, QuotedMax);
        return length < name.Length ? $"[string \"{name[..length]}...\"]" : $"[string \"{name}\"]";
    }
}
