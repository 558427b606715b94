namespace RespKv.Server.Commands;

/// <summary>What a script says of itself in its first line, or a function where it is registered.</summary>
[Flags]
internal enum ScriptFlags
{
    None = 0,
    NoWrites = 1 << 0,
    AllowOom = 1 << 1,
    AllowStale = 1 << 2,
    NoCluster = 1 << 3,
    AllowCrossSlotKeys = 1 << 4,

    /// <summary>It says nothing, as scripts did before there were flags.</summary>
    Unsaid = 1 << 5,
}

/// <summary>A compiled script of EVAL, or a function.</summary>
/// <param name="name">Its SHA-1, or the function's name.</param>
/// <param name="flags">What it says of itself.</param>
/// <param name="reference">Where the machine keeps it.</param>
/// <param name="isFunction">Whether it is a function.</param>
internal sealed class Script(string name, ScriptFlags flags, int reference, bool isFunction)
{
    public string Name { get; } = name;

    public ScriptFlags Flags { get; } = flags;

    public int Reference { get; } = reference;

    public bool IsFunction { get; } = isFunction;

    /// <summary>The source, to know it again; null for a function.</summary>
    public byte[]? Source { get; init; }

    /// <summary>Its place among those that are forgotten when there are too many; null for one that SCRIPT LOAD has brought.</summary>
    public LinkedListNode<Script>? Place { get; set; }

    /// <summary>
    /// Whether it may have functions of Lua's library call its own, and a run cannot be paused within those. Told by words of the source, to be on the
    /// safe side.
    /// </summary>
    public bool MayCallBack { get; init; }

    /// <summary>Whether a source has a word of what calls back: <c>gsub</c>, <c>sort</c>, coroutines, metamethods.</summary>
    public static bool HasCallbacks(string source) => CallbackWords.Any(word => source.Contains(word, StringComparison.Ordinal));

    private static readonly string[] CallbackWords = ["gsub", "sort", "coroutine", "setmetatable"];

    /// <summary>Bytes that it takes beside what Lua has of it, about.</summary>
    public long Bytes => 200 + (Source?.Length ?? 0);
}
