using RespKv.Server.Access;

namespace RespKv.Server.Commands;

/// <summary>The table of commands as rules of users see it.</summary>
internal sealed class CommandCatalog : ICommandCatalog
{
    private readonly Dictionary<string, RuleCommand> byName = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, IReadOnlyList<RuleCommand>> byCategory = new(StringComparer.OrdinalIgnoreCase);

    public CommandCatalog(CommandTable table)
    {
        Count = table.Count;
        Command[] all = [.. table.Commands.SelectMany(c => (Command[])[c, .. c.Subcommands])];
        foreach (var command in all)
            byName.Add(command.FullName, new RuleCommand(command.Index, command.FullName, command.Container != null, [.. command.Subcommands.Select(s => s.Index)]));
        foreach (var category in AclCategories.Names)
            byCategory.Add(category, [.. all.Where(command => AclCategories.IsIn(command, category)).Select(command => byName[command.FullName])]);
    }

    public int Count { get; }

    public RuleCommand? Find(string name) => byName.GetValueOrDefault(name);

    public IReadOnlyList<RuleCommand>? InCategory(string name) => byCategory.GetValueOrDefault(name);
}
