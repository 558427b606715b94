using System.Text;

namespace RespKv.Server.Commands;

/// <summary>ACL: there is one user, <c>default</c>; what commands can be told apart by is listed.</summary>
internal static class AclCommands
{
    private const CommandFlags Always = CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale;

    private static readonly Command[] Subcommands =
    [
        new("cat", -2, Always, KeySpec.None, ListCategories)
        {
            Since = "6.0.0", Group = "server", Complexity = "O(N), N being the number of commands.", Summary = "Lists the categories of commands, or the commands of one.", Syntax = "[category]",
        },
        new("help", 2, CommandFlags.Loading | CommandFlags.Stale, KeySpec.None, Help)
        {
            Since = "6.0.0", Group = "server", Complexity = "O(1)", Summary = "Lists the subcommands.",
        },
        new("whoami", 2, Always, KeySpec.None, context => context.Reply.BulkString("default"u8))
        {
            Since = "6.0.0", Group = "server", Complexity = "O(1)", Summary = "Tells the user of the connection.",
        },
    ];

    public static readonly Command[] All =
    [
        new("acl", -2, CommandFlags.None, KeySpec.None, null)
        {
            Since = "6.0.0", Group = "server", Complexity = "Depends on the subcommand.", Summary = "The user, and the categories of commands.", Subcommands = Subcommands,
        },
    ];

    // ACL CAT [category]
    private static void ListCategories(CommandContext context)
    {
        var request = context.Request;
        if (request.Length > 3)
        {
            context.Error("ERR unknown subcommand or wrong number of arguments for 'cat'. Try ACL HELP.");
            return;
        }

        if (request.Length == 2)
        {
            WriteNames(context, AclCategories.Names);
            return;
        }

        var category = Encoding.Latin1.GetString(request[2]).ToLowerInvariant();
        if (!AclCategories.Names.Contains(category, StringComparer.Ordinal))
            context.Error($"ERR Unknown category '{Encoding.Latin1.GetString(request[2])}'");
        else
            WriteNames(context, [.. CommandsIn(context.Server.Commands, category)]);
    }

    private static IEnumerable<string> CommandsIn(CommandTable table, string category) =>
        table.Commands.SelectMany(c => (Command[])[c, .. c.Subcommands]).Where(c => AclCategories.IsIn(c, category)).Select(c => c.FullName);

    private static void WriteNames(CommandContext context, string[] names)
    {
        context.Reply.Array(names.Length);
        foreach (var name in names)
            context.Reply.BulkString(name);
    }

    // ACL HELP
    private static void Help(CommandContext context) => HelpReply.Write(context, "ACL",
    [
        "CAT [<category>]",
        "    List the categories of commands, or the commands of one.",
        "WHOAMI",
        "    Tell the user of the connection.",
    ]);
}
