using System.Text;
using RespKv.Protocol;

namespace RespKv.Server.Commands;

/// <summary>The first line of a script or library: <c>#!lua flags=no-writes,allow-oom</c>, <c>#!lua name=library</c>.</summary>
internal static class ScriptShebang
{
    public static readonly (string Name, ScriptFlags Flag)[] Flags =
    [
        ("no-writes", ScriptFlags.NoWrites), ("allow-oom", ScriptFlags.AllowOom), ("allow-stale", ScriptFlags.AllowStale), ("no-cluster", ScriptFlags.NoCluster),
        ("allow-cross-slot-keys", ScriptFlags.AllowCrossSlotKeys),
    ];

    /// <summary>Takes the first line off a script, but for its end, so that lines keep their numbers.</summary>
    /// <exception cref="ScriptFaultException">The line is not as it should be.</exception>
    public static ScriptFlags Take(ref string source)
    {
        if (!source.StartsWith("#!", StringComparison.Ordinal))
            return ScriptFlags.Unsaid;
        var (words, rest) = Split(source) ?? throw new ScriptFaultException("Invalid script shebang");
        if (words.Length == 0)
            throw new ScriptFaultException("Invalid engine in script shebang");
        if (words[0] != "#!lua")
            throw new ScriptFaultException("Unexpected engine in script shebang: " + words[0]);
        var flags = ScriptFlags.None;
        foreach (var word in words.Skip(1))
        {
            if (!word.StartsWith("flags=", StringComparison.Ordinal))
                throw new ScriptFaultException("Unknown lua shebang option: " + word);
            foreach (var name in word[6..].Split(',', StringSplitOptions.None).Where(n => word.Length > 6))
                flags |= FlagOf(name) ?? throw new ScriptFaultException("Unexpected flag in script shebang: " + name);
        }

        source = rest;
        return flags;
    }

    /// <summary>Takes the first line off a library; the result is its name.</summary>
    /// <exception cref="ScriptFaultException">The line is not as it should be, or not for Lua.</exception>
    public static string TakeLibrary(ref string source)
    {
        if (!source.StartsWith("#!", StringComparison.Ordinal))
            throw new ScriptFaultException("Missing library metadata");
        var (words, rest) = Split(source) ?? throw new ScriptFaultException("Invalid library metadata");
        if (words.Length == 0)
            throw new ScriptFaultException("Invalid library metadata");
        string? name = null;
        foreach (var word in words.Skip(1))
        {
            if (!word.StartsWith("name=", StringComparison.OrdinalIgnoreCase))
                throw new ScriptFaultException("Invalid metadata value given: " + word);
            if (name != null)
                throw new ScriptFaultException("Invalid metadata value, name argument was given multiple times");
            name = word[5..];
        }

        if (name == null)
            throw new ScriptFaultException("Library name was not given");
        if (!Scripting.LuaRegistrations.IsName(name))
            throw new ScriptFaultException("Library names can only contain letters, numbers, or underscores(_) and must be at least one character long");
        var engine = words[0][2..];
        if (!engine.Equals("lua", StringComparison.OrdinalIgnoreCase))
            throw new ScriptFaultException($"Engine '{engine}' not found");
        source = rest;
        return name;
    }

    public static ScriptFlags? FlagOf(string name)
    {
        foreach (var (known, flag) in Flags)
        {
            if (known == name)
                return flag;
        }

        return null;
    }

    // Words may be quoted as in an inline request; where quotes do not balance there are none.
    private static (string[] Words, string Below)? Split(string source)
    {
        var end = source.IndexOf('\n', StringComparison.Ordinal);
        if (end < 0)
            return null;
        var words = new RespRequest();
        return (InlineArguments.TrySplit(Encoding.Latin1.GetBytes(source[..end]), words) ? [.. Enumerable.Range(0, words.Length).Select(i => Encoding.Latin1.GetString(words[i]))] : [], source[end..]);
    }
}
