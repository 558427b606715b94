namespace RespKv.Server.Commands;

/// <summary>What kind of argument it is, in the words of COMMAND DOCS.</summary>
internal enum ArgumentKind
{
    String,
    Integer,
    Double,
    Key,
    Pattern,
    UnixTime,

    /// <summary>A word that stands for itself.</summary>
    PureToken,

    /// <summary>One of its parts.</summary>
    OneOf,

    /// <summary>All of its parts.</summary>
    Block,
}

/// <summary>An argument, or a group of them, of a command; read from its syntax by <see cref="CommandSyntax"/>.</summary>
internal sealed record CommandArgument(string Name, ArgumentKind Kind)
{
    /// <summary>The word that comes before the value; null when there is none.</summary>
    public string? Token { get; init; }

    public bool IsOptional { get; init; }

    /// <summary>Whether it may be repeated.</summary>
    public bool IsMultiple { get; init; }

    /// <summary>Whether the token is repeated as well.</summary>
    public bool IsMultipleToken { get; init; }

    /// <summary>The parts of a choice or block.</summary>
    public IReadOnlyList<CommandArgument> Parts { get; init; } = [];

    public string KindName => Kind switch
    {
        ArgumentKind.UnixTime => "unix-time",
        ArgumentKind.PureToken => "pure-token",
        _ => Kind.ToString().ToLowerInvariant(),
    };

    public bool HasParts => Kind is ArgumentKind.OneOf or ArgumentKind.Block;
}
