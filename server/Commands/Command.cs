using System.Text;

namespace RespKv.Server.Commands;

/// <summary>
/// Runs a command: reads <see cref="CommandContext.Request"/>, writes exactly one reply to <see cref="CommandContext.Reply"/> (or asks to wait, see
/// <see cref="CommandContext.RetryAfter"/>). Never blocks.
/// </summary>
internal delegate void CommandHandler(CommandContext context);

/// <summary>
/// One command, defined once: dispatch, arity errors, COMMAND and its subcommands, and docs/commands.md all come from this row.
/// </summary>
/// <param name="name">As Redis prints it: lower case; a subcommand's own word only.</param>
/// <param name="arity">Arguments, the name (and the container's) among them; negative for at least that many.</param>
/// <param name="flags">What it is like.</param>
/// <param name="keys">Where its keys are.</param>
/// <param name="handler">What runs it; null for a container, whose subcommands do.</param>
internal sealed class Command(string name, int arity, CommandFlags flags, KeySpec keys, CommandHandler? handler)
{
    private readonly Command[] subcommands = [];

    public string Name { get; } = name;

    /// <summary>The name in errors and statistics: <c>client|kill</c> for a subcommand.</summary>
    public string FullName => Container == null ? Name : Container.Name + "|" + Name;

    public int Arity { get; } = arity;

    public CommandFlags Flags { get; } = flags;

    public KeySpec Keys { get; } = keys;

    /// <summary>Where different keys have different things done to them: each with its use. Else the same as <see cref="Keys"/>, or none.</summary>
    public KeySpec[] KeySpecs { get; init; } = keys.First > 0 || keys.CountAt > 0 ? [keys] : [];

    public CommandHandler? Handler { get; } = handler;

    /// <summary>Redis's version that brought it, or ours.</summary>
    public required string Since { get; init; }

    /// <summary>Redis's group: string, generic, connection, server, transactions, pubsub, bitmap; ours: kv.</summary>
    public required string Group { get; init; }

    /// <summary>One sentence.</summary>
    public required string Summary { get; init; }

    /// <summary>For example <c>O(1)</c>, with what N is.</summary>
    public required string Complexity { get; init; }

    /// <summary>
    /// The arguments behind the name in the notation of Redis's documentation: words in lower case are values, in upper case are tokens,
    /// <c>[...]</c> is optional, <c>a | b</c> (in <c>&lt;...&gt;</c> or <c>[...]</c>) a choice, <c>x [x ...]</c> one or more.
    /// </summary>
    public string Syntax { get; init; } = "";

    /// <summary>Changes since, as (version, what).</summary>
    public (string Version, string Change)[] History { get; init; } = [];

    /// <summary>The argument that becomes the key's value as it is, if it is the only one of that kind; 0 when there is none.</summary>
    public int ValueAt { get; init; }

    /// <summary>Which arguments are channels.</summary>
    public ChannelUse Channels { get; init; }

    /// <summary>Where the prefix is that tells which keys a command without keys is about.</summary>
    public KeyPrefixAt KeyPrefix { get; init; }

    /// <summary>The namespaces that it is about.</summary>
    public NamespaceScope Namespaces { get; set; }

    /// <summary>ACL categories beyond those that flags and group give, without the @.</summary>
    public string[] Categories { get; init; } = [];

    public Command[] Subcommands
    {
        get => subcommands;
        init
        {
            subcommands = value;
            foreach (var subcommand in value)
                subcommand.Container = this;
        }
    }

    public Command? Container { get; private set; }

    /// <summary>Position in the table, subcommands included; indexes the counters of calls.</summary>
    public int Index { get; set; }

    public bool Is(CommandFlags flag) => (Flags & flag) != 0;

    public bool TakesLength(int length) => Arity >= 0 ? length == Arity : length >= -Arity;

    /// <summary>The subcommand of that name, in any case.</summary>
    public Command? FindSubcommand(ReadOnlySpan<byte> word)
    {
        foreach (var subcommand in subcommands)
        {
            if (Ascii.EqualsIgnoreCase(word, subcommand.Name))
                return subcommand;
        }

        return null;
    }
}
