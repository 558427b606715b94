using System.Text;
using RespKv.Server.Commands;

namespace RespKv.Tests.Commands;

/// <summary>Renders docs/commands.md from the commands' rows.</summary>
internal static class CommandReference
{
    private static readonly (string Group, string Heading)[] Groups =
    [
        ("string", "Strings"),
        ("hash", "Hashes"),
        ("generic", "Keys"),
        ("kv", "KV"),
        ("bitmap", "Bits"),
        ("transactions", "Transactions"),
        ("pubsub", "Messages"),
        ("connection", "Connections"),
        ("server", "Server"),
        ("scripting", "Functions"),
        ("cluster", "Cluster"),
    ];

    public static string Render(CommandTable table)
    {
        var text = new StringBuilder();
        text.Append("# Commands\n\n");
        text.Append("Generated from the rows of the commands in `server/Commands`; a test fails when it is out of date, and `RESPKV_WRITE_DOCS=1 dotnet test tests` writes it anew. ");
        text.Append("*Since* is the version of Redis that brought a command, or ours for `KV.*`.\n");
        foreach (var (group, heading) in Groups)
            RenderGroup(text, heading, [.. table.Commands.Where(c => c.Group == group).OrderBy(c => c.Name, StringComparer.Ordinal)]);
        return text.ToString();
    }

    /// <summary>Groups that would be left out.</summary>
    public static IEnumerable<string> UnknownGroups(CommandTable table) =>
        table.Commands.Select(c => c.Group).Distinct().Except(Groups.Select(g => g.Group));

    private static void RenderGroup(StringBuilder text, string heading, List<Command> commands)
    {
        if (commands.Count == 0)
            return;
        text.Append("\n## ").Append(heading).Append("\n\n| Command | What it does | Complexity | Since |\n|---|---|---|---|\n");
        foreach (var command in commands.SelectMany(c => c.Subcommands.Length > 0 && c.Handler == null ? c.Subcommands : (Command[])[c, .. c.Subcommands]))
            RenderRow(text, command);
    }

    private static void RenderRow(StringBuilder text, Command command)
    {
        var name = command.FullName.Replace('|', ' ').ToUpperInvariant();
        var call = command.Syntax.Length == 0 ? name : name + " " + command.Syntax;
        text.Append("| `").Append(Escape(call)).Append("` | ").Append(Escape(command.Summary));
        foreach (var (version, change) in command.History)
            text.Append(" *").Append(version).Append(":* ").Append(Escape(change));
        text.Append(" | ").Append(Escape(command.Complexity)).Append(" | ").Append(command.Since).Append(" |\n");
    }

    // A bar would end the table's cell, even in code.
    private static string Escape(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);
}
