namespace RespKv.Server.Access;

/// <summary>The commands and their categories, as far as rules speak of them.</summary>
internal interface ICommandCatalog
{
    /// <summary>Commands and subcommands; their indexes are below it.</summary>
    int Count { get; }

    /// <summary>The command of a name such as <c>get</c> or <c>config|get</c>, in either case; null when there is none.</summary>
    RuleCommand? Find(string name);

    /// <summary>The commands and subcommands of a category, by its name without the @ in either case; null when there is no such category.</summary>
    IReadOnlyList<RuleCommand>? InCategory(string name);
}

/// <summary>A command as rules know it.</summary>
/// <param name="Index">Its place in the table of commands, subcommands included.</param>
/// <param name="FullName">Its name, in lower case.</param>
/// <param name="IsSubcommand">Whether it belongs to a container.</param>
/// <param name="Subcommands">The indexes of what it contains.</param>
internal sealed record RuleCommand(int Index, string FullName, bool IsSubcommand, IReadOnlyList<int> Subcommands);
