using System.Security.Cryptography;
using RespKv.Server.Access;

namespace RespKv.Server.Commands;

/// <summary>ACL: users, what they may do, and what they were not allowed.</summary>
internal static class AclCommands
{
    private const int PasswordBits = 256;
    private const int PasswordBitsMax = 4096;
    private const CommandFlags Always = CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale;
    private const CommandFlags Operator = Always | CommandFlags.Admin;
    private const string AllUsers = "O(N), N being the number of users.";

    private static readonly Command[] Subcommands =
    [
        new("cat", -2, Always, KeySpec.None, ListCategories)
        {
            Since = "6.0.0", Group = "server", Complexity = "O(N), N being the number of commands.", Summary = "Lists the categories of commands, or the commands of one.", Syntax = "[category]",
        },
        new("deluser", -3, Operator, KeySpec.None, AclUserCommands.Delete)
        {
            Since = "6.0.0", Group = "server", Complexity = "O(N), N being the number of clients.", Summary = "Deletes users and closes their connections.", Syntax = "username [username ...]",
        },
        new("dryrun", -4, Operator, KeySpec.None, AclUserCommands.TryCall)
        {
            Since = "7.0.0", Group = "server", Complexity = "O(N), N being the rules of the user and the arguments of the call.", Summary = "Tells whether a user may run a call, which is not run.",
            Syntax = "username command [arg [arg ...]]",
        },
        new("genpass", -2, Always, KeySpec.None, MakePassword)
        {
            Since = "6.0.0", Group = "server", Complexity = "O(1)", Summary = "Returns a password that nobody can guess.", Syntax = "[bits]",
        },
        new("getuser", 3, Operator, KeySpec.None, AclUserCommands.Describe)
        {
            Since = "6.0.0", Group = "server", Complexity = "O(N), N being the rules of the user.", Summary = "Returns the rules of a user.", Syntax = "username",
            History = [("6.2.0", "Channel patterns."), ("7.0.0", "Selectors; patterns as rules.")],
        },
        new("help", 2, CommandFlags.Loading | CommandFlags.Stale, KeySpec.None, Help)
        {
            Since = "6.0.0", Group = "server", Complexity = "O(1)", Summary = "Lists the subcommands.",
        },
        new("list", 2, Operator, KeySpec.None, AclUserCommands.List)
        {
            Since = "6.0.0", Group = "server", Complexity = AllUsers, Summary = "Lists the users with their rules, as a file of users has them.",
        },
        new("load", 2, Operator, KeySpec.None, AclFileCommands.Load)
        {
            Since = "6.0.0", Group = "server", Complexity = AllUsers, Summary = "Puts the users of the file in the place of the present ones, all or none.",
        },
        new("log", -2, Operator, KeySpec.None, AclLogCommands.Show)
        {
            Since = "6.0.0", Group = "server", Complexity = "O(N), N being the entries shown.", Summary = "Shows what was not allowed lately.", Syntax = "[count | RESET]",
            History = [("7.2.0", "Ids and times of entries.")],
        },
        new("save", 2, Operator, KeySpec.None, AclFileCommands.Save)
        {
            Since = "6.0.0", Group = "server", Complexity = AllUsers, Summary = "Writes the users to the file.",
        },
        new("setuser", -3, Operator, KeySpec.None, AclUserCommands.Change)
        {
            Since = "6.0.0", Group = "server", Complexity = "O(N), N being the rules given.", Summary = "Makes or changes a user.", Syntax = "username [rule [rule ...]]",
            History = [("6.2.0", "Channel patterns."), ("7.0.0", "Selectors, and permissions to read or to write keys.")],
        },
        new("users", 2, Operator, KeySpec.None, AclUserCommands.ListNames)
        {
            Since = "6.0.0", Group = "server", Complexity = AllUsers, Summary = "Lists the names of the users.",
        },
        new("whoami", 2, Always, KeySpec.None, context => context.Reply.BulkString(RuleText.BytesOf(context.Client.User.Name)))
        {
            Since = "6.0.0", Group = "server", Complexity = "O(1)", Summary = "Tells the user of the connection.",
        },
    ];

    public static readonly Command[] All =
    [
        new("acl", -2, CommandFlags.None, KeySpec.None, null)
        {
            Since = "6.0.0", Group = "server", Complexity = "Depends on the subcommand.", Summary = "Users and what they may do.", Subcommands = Subcommands,
        },
    ];

    // ACL CAT [category]
    private static void ListCategories(CommandContext context)
    {
        var request = context.Request;
        if (request.Length > 3)
            ErrorReplies.SubcommandSyntax(context);
        else if (request.Length == 2)
            WriteNames(context, AclCategories.Names);
        else if (context.Server.Access.Users.Settings.Commands.InCategory(RuleText.Of(request[2])) is { } commands)
            WriteNames(context, [.. commands.Select(command => command.FullName)]);
        else
            context.Error($"ERR Unknown category '{RequestEcho.Of(request[2])}'");
    }

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

    // ACL HELP
    private static void Help(CommandContext context) => HelpReply.Write(context, "ACL",
    [
        "CAT [<category>]",
        "    List the categories of commands, or the commands of one.",
        "DELUSER <username> [<username> ...]",
        "    Delete users and close their connections.",
        "DRYRUN <username> <command> [<arg> ...]",
        "    Tell whether a user may run a call, which is not run.",
        "GENPASS [<bits>]",
        "    Return a password that nobody can guess, of 256 bits unless told otherwise.",
        "GETUSER <username>",
        "    Return the rules of a user.",
        "LIST",
        "    List the users with their rules, as a file of users has them.",
        "LOAD",
        "    Put the users of the file in the place of the present ones.",
        "LOG [<count> | RESET]",
        "    Show what was not allowed lately, or forget it.",
        "SAVE",
        "    Write the users to the file.",
        "SETUSER <username> <rule> [<rule> ...]",
        "    Make or change a user.",
        "USERS",
        "    List the names of the users.",
        "WHOAMI",
        "    Tell the user of the connection.",
    ]);
}
