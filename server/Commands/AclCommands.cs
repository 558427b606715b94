using System.Security.Cryptography;
using System.Text;

namespace RespKv.Server.Commands;

/// <summary>ACL: there is one user, <c>default</c>; what commands can be told apart by is listed.</summary>
internal static class AclCommands
{
    private const int PasswordBits = 256;
    private const int PasswordBitsMax = 4096;
    private const CommandFlags Always = CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale;

    private static readonly Command[] Subcommands =
    [
        new("cat", -2, Always, KeySpec.None, ListCategories)
        {
            Since = "6.0.0", Group = "server", Complexity = "O(N), N being the number of commands.", Summary = "Lists the categories of commands, or the commands of one.", Syntax = "[category]",
        },
        new("genpass", -2, Always, KeySpec.None, MakePassword)
        {
            Since = "6.0.0", Group = "server", Complexity = "O(1)", Summary = "Returns a password that nobody can guess.", Syntax = "[bits]",
        },
        new("help", 2, CommandFlags.Loading | CommandFlags.Stale, KeySpec.None, Help)
        {
            Since = "6.0.0", Group = "server", Complexity = "O(1)", Summary = "Lists the subcommands.",
        },
        new("users", 2, CommandFlags.Admin | Always, KeySpec.None, ListUsers)
        {
            Since = "6.0.0", Group = "server", Complexity = "O(1)", Summary = "Lists the users, of which there is one.",
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
            ErrorReplies.SubcommandSyntax(context);
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

    // ACL GENPASS [bits]
    private static void MakePassword(CommandContext context)
    {
        var bits = (long)PasswordBits;
        if (context.Request.Length > 3)
            ErrorReplies.SubcommandSyntax(context);
        else if (context.Request.Length == 3 && !context.Request.TryGetInt64(2, out bits))
            context.Error(ErrorReplies.NotAnInteger);
        else if (bits is <= 0 or > PasswordBitsMax)
            context.Error($"ERR ACL GENPASS argument must be the number of bits for the output password, a positive number up to {PasswordBitsMax}");
        else
            context.Reply.BulkString(RandomNumberGenerator.GetHexString((int)(bits + 3) / 4, lowercase: true));
    }

    // ACL USERS
    private static void ListUsers(CommandContext context) => WriteNames(context, ["default"]);

    // ACL HELP
    private static void Help(CommandContext context) => HelpReply.Write(context, "ACL",
    [
        "CAT [<category>]",
        "    List the categories of commands, or the commands of one.",
        "GENPASS [<bits>]",
        "    Return a password that nobody can guess.",
        "USERS",
        "    List the users.",
        "WHOAMI",
        "    Tell the user of the connection.",
    ]);
}
