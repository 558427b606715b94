using RespKv.Server.Kv;

namespace RespKv.Server.Access;

/// <summary>
/// A set of commands together with the keys, channels and namespaces that they may be used on. Immutable; any thread may ask it. The first one of a user is what is
/// said of the user itself, the others are the rules in parentheses: what any one of them allows is allowed.
/// </summary>
internal sealed class Selector(SelectorDraft draft)
{
    private readonly ulong[] allowed = [.. draft.Allowed];
    private readonly Dictionary<int, byte[][]>? firstArguments = draft.FirstArgumentBytes();
    private readonly byte[][] channels = [.. draft.Channels.Select(RuleText.BytesOf)];
    private readonly byte[][] namespaces = [.. draft.Namespaces.Select(RuleText.BytesOf)];

    /// <summary>Whether it allows whatever command there is, by a mark that a single exception takes away.</summary>
    public bool AllCommands { get; } = draft.AllCommands;

    /// <summary>Whether it begins with all commands, so that exceptions follow.</summary>
    public bool StartsWithAllCommands { get; } = draft.StartsWithAllCommands;

    /// <summary>The rules on commands behind that beginning, in the order in which they count.</summary>
    public IReadOnlyList<string> CommandRules { get; } = [.. draft.CommandRules];

    /// <summary>First arguments with which a command is allowed that otherwise is not, by the command's index.</summary>
    public IReadOnlyDictionary<int, IReadOnlyList<string>> FirstArguments { get; } = draft.FirstArguments.ToDictionary(pair => pair.Key, pair => (IReadOnlyList<string>)[.. pair.Value]);

    public bool AllKeys { get; } = draft.AllKeys;

    public IReadOnlyList<KeyPattern> Keys => keys;

    public bool AllChannels { get; } = draft.AllChannels;

    public IReadOnlyList<string> Channels { get; } = [.. draft.Channels];

    public bool AllNamespaces { get; } = draft.AllNamespaces;

    public IReadOnlyList<string> Namespaces { get; } = [.. draft.Namespaces];

    /// <summary>Whether there is nothing that it does not allow.</summary>
    public bool IsUnrestricted => AllCommands && AllKeys && AllChannels && AllNamespaces;

    private readonly KeyPattern[] keys = [.. draft.Keys];

    /// <summary>The set of allowed commands, a bit for each index.</summary>
    public IReadOnlyList<ulong> Allowed => allowed;

    public bool AllowsCommand(int index) => AllCommands || (allowed[index >> 6] & (1UL << (index & 63))) != 0;

    /// <summary>Whether a command that is not allowed as such is allowed with this first argument.</summary>
    public bool AllowsFirstArgument(int index, ReadOnlySpan<byte> argument)
    {
        if (firstArguments == null || !firstArguments.TryGetValue(index, out var arguments))
            return false;
        foreach (var candidate in arguments)
        {
            if (System.Text.Ascii.EqualsIgnoreCase(candidate, argument) || argument.SequenceEqual(candidate))
                return true;
        }

        return false;
    }

    /// <summary>Whether that may be done to a key.</summary>
    public bool AllowsKey(ReadOnlySpan<byte> key, KeyAccess access)
    {
        if (AllKeys)
            return true;
        foreach (var pattern in keys)
        {
            if ((pattern.Access & access) == access && GlobPattern.IsMatch(pattern.Bytes, key))
                return true;
        }

        return false;
    }

    /// <summary>Whether that may be done to every key that begins so, as far as one pattern tells.</summary>
    public bool AllowsPrefix(ReadOnlySpan<byte> prefix, KeyAccess access)
    {
        if (AllKeys)
            return true;
        foreach (var pattern in keys)
        {
            if ((pattern.Access & access) == access && prefix.StartsWith(GlobPattern.LiteralPrefix(pattern.Bytes, out var isPrefixOnly)) && isPrefixOnly)
                return true;
        }

        return false;
    }

    /// <summary>Whether a channel may be used; what PSUBSCRIBE names has to be a pattern that was given word for word.</summary>
    public bool AllowsChannel(ReadOnlySpan<byte> channel, bool isPattern) => AllChannels || IsAmong(channels, channel, isPattern);

    /// <summary>Whether a namespace may be used.</summary>
    public bool AllowsNamespace(ReadOnlySpan<byte> name) => AllNamespaces || IsAmong(namespaces, name, isLiteral: false);

    private static bool IsAmong(byte[][] patterns, ReadOnlySpan<byte> name, bool isLiteral)
    {
        foreach (var pattern in patterns)
        {
            if (isLiteral ? name.SequenceEqual(pattern) : GlobPattern.IsMatch(pattern, name))
                return true;
        }

        return false;
    }
}
