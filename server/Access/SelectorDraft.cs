namespace RespKv.Server.Access;

/// <summary>A selector that rules are being applied to. Not thread-safe.</summary>
internal sealed class SelectorDraft
{
    private readonly ICommandCatalog commands;

    /// <summary>A selector that allows nothing yet but, where that is the default, all channels; and in it all namespaces, so that Redis's rules mean what they mean in Redis.</summary>
    public SelectorDraft(RuleSettings settings)
    {
        commands = settings.Commands;
        Allowed = new ulong[(commands.Count + 63) / 64];
        AllChannels = settings.StartsWithAllChannels;
    }

    /// <summary>A selector to go on from.</summary>
    public SelectorDraft(RuleSettings settings, Selector selector)
    {
        commands = settings.Commands;
        Allowed = [.. selector.Allowed];
        (AllCommands, StartsWithAllCommands) = (selector.AllCommands, selector.StartsWithAllCommands);
        CommandRules.AddRange(selector.CommandRules);
        foreach (var (index, arguments) in selector.FirstArguments)
            FirstArguments[index] = [.. arguments];
        (AllKeys, AllChannels, AllNamespaces) = (selector.AllKeys, selector.AllChannels, selector.AllNamespaces);
        Keys.AddRange(selector.Keys);
        Channels.AddRange(selector.Channels);
        Namespaces.AddRange(selector.Namespaces);
    }

    public ulong[] Allowed { get; }

    public bool AllCommands { get; private set; }

    public bool StartsWithAllCommands { get; private set; }

    public List<string> CommandRules { get; } = [];

    public Dictionary<int, List<string>> FirstArguments { get; } = [];

    public bool AllKeys { get; private set; }

    public List<KeyPattern> Keys { get; } = [];

    public bool AllChannels { get; private set; }

    public List<string> Channels { get; } = [];

    public bool AllNamespaces { get; private set; } = true;

    public List<string> Namespaces { get; } = [];

    public Dictionary<int, byte[][]>? FirstArgumentBytes() =>
        FirstArguments.Count == 0 ? null : FirstArguments.ToDictionary(pair => pair.Key, pair => pair.Value.Select(RuleText.BytesOf).ToArray());

    /// <summary>Applies one rule.</summary>
    public RuleFault Apply(string rule)
    {
        // Words and names of commands end at a NUL, as they do in Redis.
        var end = rule.IndexOf('\0', StringComparison.Ordinal);
        var word = end < 0 ? rule : rule[..end];
        return RuleText.Lower(word) switch
        {
            "allkeys" or "~*" => SetKeys(true),
            "resetkeys" => SetKeys(false),
            "allchannels" or "&*" => SetChannels(true),
            "resetchannels" => SetChannels(false),
            "allcommands" or "+@all" => SetCommands(true),
            "nocommands" or "-@all" => SetCommands(false),
            "allnamespaces" or "ns=*" => SetNamespaces(true),
            "resetnamespaces" => SetNamespaces(false),
            ['n', 's', '=', _, ..] => AddNamespace(rule[3..]),
            ['~', ..] => AddKeys(rule[1..], KeyAccess.All),
            ['%', ..] => AddKeys(rule),
            ['&', ..] => AddChannel(rule[1..]),
            [('+' or '-') and var sign, '@', ..] => SetCategory(word[1..], sign == '+'),
            ['+', .. var name] => name.Contains('|', StringComparison.Ordinal) ? AllowPart(word[1..]) : SetCommand(name, true),
            ['-', .. var name] => SetCommand(name, false),
            _ => RuleFault.Syntax,
        };
    }

    private RuleFault SetKeys(bool all)
    {
        AllKeys = all;
        Keys.Clear();
        return RuleFault.None;
    }

    private RuleFault SetChannels(bool all)
    {
        AllChannels = all;
        Channels.Clear();
        return RuleFault.None;
    }

    private RuleFault SetNamespaces(bool all)
    {
        AllNamespaces = all;
        Namespaces.Clear();
        return RuleFault.None;
    }

    private RuleFault SetCommands(bool all)
    {
        Array.Fill(Allowed, all ? ulong.MaxValue : 0);
        AllCommands = StartsWithAllCommands = all;
        CommandRules.Clear();
        FirstArguments.Clear();
        return RuleFault.None;
    }

    // %R~pattern, %W~pattern, %RW~pattern
    private RuleFault AddKeys(string rule)
    {
        var access = KeyAccess.None;
        for (var i = 1; i < rule.Length; i++)
        {
            var one = char.ToUpperInvariant(rule[i]) switch { 'R' => KeyAccess.Read, 'W' => KeyAccess.Write, _ => KeyAccess.None };
            if (rule[i] == '~' && access != KeyAccess.None)
                return AddKeys(rule[(i + 1)..], access);
            if (one == KeyAccess.None || access.HasFlag(one))
                return AllKeys ? RuleFault.KeyAfterAllKeys : RuleFault.Syntax;
            access |= one;
        }

        // Without a ~ the pattern is the empty one, as Redis has it.
        return access != KeyAccess.None ? AddKeys("", access) : AllKeys ? RuleFault.KeyAfterAllKeys : RuleFault.Syntax;
    }

    private RuleFault AddKeys(string pattern, KeyAccess access)
    {
        if (AllKeys)
            return RuleFault.KeyAfterAllKeys;
        if (RuleText.HasSpaces(pattern))
            return RuleFault.Syntax;
        var at = Keys.FindIndex(known => known.Text == pattern);
        if (at < 0)
            Keys.Add(new KeyPattern(pattern, access));
        else
            Keys[at] = new KeyPattern(pattern, Keys[at].Access | access);
        return RuleFault.None;
    }

    private RuleFault AddChannel(string pattern)
    {
        if (AllChannels)
            return RuleFault.ChannelAfterAllChannels;
        if (RuleText.HasSpaces(pattern))
            return RuleFault.Syntax;
        if (!Channels.Contains(pattern))
            Channels.Add(pattern);
        return RuleFault.None;
    }

    // The first one takes the place of all namespaces. That of database 0 has two names.
    private RuleFault AddNamespace(string pattern)
    {
        if (RuleText.HasSpaces(pattern))
            return RuleFault.Syntax;
        AllNamespaces = false;
        var name = pattern == "0" ? "default" : pattern;
        if (!Namespaces.Contains(name))
            Namespaces.Add(name);
        return RuleFault.None;
    }

    private RuleFault SetCategory(string category, bool isAllowed)
    {
        if (commands.InCategory(category[1..]) is not { } found)
            return RuleFault.UnknownCommand;
        Note(category, isAllowed);
        foreach (var command in found)
            Set(command, isAllowed);
        return RuleFault.None;
    }

    private RuleFault SetCommand(string name, bool isAllowed)
    {
        if (commands.Find(name) is not { } command)
            return RuleFault.UnknownCommand;
        Set(command, isAllowed);
        Note(command.FullName, isAllowed);
        return RuleFault.None;
    }

    // +container|subcommand, or +command|first-argument of a command that has no subcommands.
    private RuleFault AllowPart(string rule)
    {
        var bar = rule.LastIndexOf('|');
        if (commands.Find(rule[..bar]) is not { } command)
            return RuleFault.UnknownCommand;
        if (command.IsSubcommand)
            return RuleFault.FirstArgumentOfSubcommand;
        if (bar == rule.Length - 1)
            return RuleFault.Syntax;
        if (command.Subcommands.Count > 0)
        {
            if (commands.Find(rule) is not { } subcommand)
                return RuleFault.UnknownCommand;
            Set(subcommand, true);
        }
        else
        {
            AllowFirstArgument(command.Index, rule[(bar + 1)..]);
        }

        Note(rule, true);
        return RuleFault.None;
    }

    private void AllowFirstArgument(int index, string argument)
    {
        if (!FirstArguments.TryGetValue(index, out var arguments))
            FirstArguments[index] = arguments = [];
        if (!arguments.Exists(known => RuleText.Is(known, argument)))
            arguments.Add(argument);
    }

    // A container's subcommands go with it.
    private void Set(RuleCommand command, bool isAllowed)
    {
        SetBit(command.Index, isAllowed);
        FirstArguments.Remove(command.Index);
        foreach (var subcommand in command.Subcommands)
            SetBit(subcommand, isAllowed);
    }

    private void SetBit(int index, bool isAllowed)
    {
        if (isAllowed)
        {
            Allowed[index >> 6] |= 1UL << (index & 63);
            return;
        }

        Allowed[index >> 6] &= ~(1UL << (index & 63));
        AllCommands = false;
    }

    // A rule replaces what was said before of the same command or category, and of a command's parts.
    private void Note(string name, bool isAllowed)
    {
        var lower = RuleText.Lower(name);
        CommandRules.RemoveAll(known => known.AsSpan(1).SequenceEqual(lower) || (known.Length > lower.Length + 1 && known[lower.Length + 1] == '|' && known.AsSpan(1).StartsWith(lower)));
        CommandRules.Add((isAllowed ? "+" : "-") + lower);
    }
}
