using System.Text;
using RespKv.Server.Kv;

namespace RespKv.Server.Commands;

/// <summary>COMMAND: the commands, described from their rows.</summary>
internal static class CommandCommands
{
    private const CommandFlags Always = CommandFlags.Loading | CommandFlags.Stale;

    private static readonly Command[] Subcommands =
    [
        new("count", 2, Always, KeySpec.None, context => context.Reply.Integer(context.Server.Commands.Commands.Count))
        {
            Since = "2.8.13", Group = "server", Complexity = "O(1)", Summary = "Tells how many commands there are.", Categories = ["connection"],
        },
        new("docs", -2, Always, KeySpec.None, Docs)
        {
            Since = "7.0.0", Group = "server", Complexity = "O(N), N being the commands described.", Summary = "Describes commands for people.", Syntax = "[command-name [command-name ...]]",
            Categories = ["connection"],
        },
        new("getkeys", -3, Always, KeySpec.None, context => GetKeys(context, withFlags: false))
        {
            Since = "2.8.13", Group = "server", Complexity = "O(N), N being the arguments of the call.", Summary = "Returns the keys of a call.", Syntax = "command [arg [arg ...]]",
            Categories = ["connection"],
        },
        new("getkeysandflags", -3, Always, KeySpec.None, context => GetKeys(context, withFlags: true))
        {
            Since = "7.0.0", Group = "server", Complexity = "O(N), N being the arguments of the call.", Summary = "Returns the keys of a call, and what it does to them.",
            Syntax = "command [arg [arg ...]]", Categories = ["connection"],
        },
        new("help", 2, Always, KeySpec.None, Help)
        {
            Since = "5.0.0", Group = "server", Complexity = "O(1)", Summary = "Lists the subcommands.", Categories = ["connection"],
        },
        new("info", -2, Always, KeySpec.None, Info)
        {
            Since = "2.8.13", Group = "server", Complexity = "O(N), N being the commands described.", Summary = "Describes commands for clients.", Syntax = "[command-name [command-name ...]]",
            Categories = ["connection"], History = [("7.0.0", "Without names it describes all commands.")],
        },
        new("list", -2, Always, KeySpec.None, List)
        {
            Since = "7.0.0", Group = "server", Complexity = "O(N), N being the number of commands.", Summary = "Lists the names of the commands.",
            Syntax = "[FILTERBY <MODULE module-name | ACLCAT category | PATTERN pattern>]", Categories = ["connection"],
        },
    ];

    public static readonly Command[] All =
    [
        new("command", -1, Always, KeySpec.None, InfoOfAll)
        {
            Since = "2.8.13", Group = "server", Complexity = "O(N), N being the number of commands.", Summary = "Describes all commands for clients.", Categories = ["connection"],
            Subcommands = Subcommands,
        },
    ];

    // COMMAND
    private static void InfoOfAll(CommandContext context)
    {
        var all = context.Server.Commands.Commands;
        context.Reply.Array(all.Count);
        foreach (var command in all)
            CommandInfoReply.Write(context, command);
    }

    // COMMAND INFO [command-name [command-name ...]]
    private static void Info(CommandContext context)
    {
        var request = context.Request;
        if (request.Length == 2)
        {
            InfoOfAll(context);
            return;
        }

        context.Reply.Array(request.Length - 2);
        for (var i = 2; i < request.Length; i++)
        {
            if (CommandNames.Find(context.Server.Commands, request[i]) is { } command)
                CommandInfoReply.Write(context, command);
            else
                context.Reply.Null();
        }
    }

    // COMMAND DOCS [command-name [command-name ...]]
    private static void Docs(CommandContext context)
    {
        var table = context.Server.Commands;
        var request = context.Request;
        var commands = request.Length == 2
            ? table.Commands
            : [.. Enumerable.Range(2, request.Length - 2).Select(i => CommandNames.Find(table, request[i])).OfType<Command>().Distinct()];
        context.Reply.Map(commands.Count);
        foreach (var command in commands)
        {
            context.Reply.BulkString(command.FullName);
            CommandDocs.Write(context, command);
        }
    }

    // COMMAND LIST [FILTERBY <MODULE module-name | ACLCAT category | PATTERN pattern>]
    private static void List(CommandContext context)
    {
        var request = context.Request;
        var all = context.Server.Commands.Commands.SelectMany(c => (Command[])[c, .. c.Subcommands]);
        if (request.Length == 2)
            WriteNames(context, [.. all.Select(c => c.FullName)], isFiltered: false);
        else if (request.Length == 5 && Ascii.EqualsIgnoreCase(request[2], "FILTERBY"u8) && FilterOf(context) is { } filter)
            WriteNames(context, [.. all.Where(filter).Select(c => c.FullName)], isFiltered: true);
        else
            context.Error(ErrorReplies.Syntax);
    }

    private static Func<Command, bool>? FilterOf(CommandContext context)
    {
        var kind = context.Request[3];
        var wanted = context.Request[4].ToArray();
        if (Ascii.EqualsIgnoreCase(kind, "MODULE"u8))
            return _ => false;
        if (Ascii.EqualsIgnoreCase(kind, "ACLCAT"u8))
            return command => AclCategories.IsIn(command, Encoding.Latin1.GetString(wanted).ToLowerInvariant());
        if (Ascii.EqualsIgnoreCase(kind, "PATTERN"u8))
            return command => GlobPattern.IsMatch(wanted, Encoding.ASCII.GetBytes(command.FullName), ignoreCase: true);
        return null;
    }

    // Redis has a set here, but an array where there is a filter.
    private static void WriteNames(CommandContext context, List<string> names, bool isFiltered)
    {
        if (isFiltered)
            context.Reply.Array(names.Count);
        else
            context.Reply.Set(names.Count);
        foreach (var name in names)
            context.Reply.BulkString(name);
    }

    // COMMAND GETKEYS command [arg [arg ...]]; COMMAND GETKEYSANDFLAGS command [arg [arg ...]]
    private static void GetKeys(CommandContext context, bool withFlags)
    {
        var request = context.Request;
        var command = context.Server.Commands.Find(request[2]);
        if (command != null && command.Subcommands.Length > 0 && request.Length > 3)
            command = command.FindSubcommand(request[3]);
        if (command == null)
            context.Error("ERR Invalid command specified");
        else if (!command.KeySpecs.Any(keys => keys.HasKeys))
            context.Error("ERR The command has no key arguments");
        else if (!command.TakesLength(request.Length - 2))
            context.Error("ERR Invalid number of arguments specified for command");
        else if (KeyPositions.Of(command, request, 2).ToList() is var keys && (keys.Count > 0 || command.Is(CommandFlags.NoMandatoryKeys)))
            WriteKeys(context, keys, withFlags);
        else
            context.Error("ERR Invalid arguments specified for command");
    }

    private static void WriteKeys(CommandContext context, List<(int Position, KeyUse Use)> keys, bool withFlags)
    {
        context.Reply.Array(keys.Count);
        foreach (var (position, use) in keys)
        {
            if (withFlags)
                context.Reply.Array(2);
            context.Reply.BulkString(context.Request[position]);
            if (withFlags)
                CommandInfoReply.WriteStatuses(context, KeyPositions.FlagNames(use));
        }
    }

    // COMMAND HELP
    private static void Help(CommandContext context) => HelpReply.Write(context, "COMMAND",
    [
        "(no subcommand)",
        "    Describe all commands for clients.",
        "COUNT",
        "    Return the number of commands.",
        "DOCS [<command-name> ...]",
        "    Describe commands for people, all by default.",
        "GETKEYS <full-command>",
        "    Return the keys of a call.",
        "GETKEYSANDFLAGS <full-command>",
        "    Return the keys of a call, and what it does to them.",
        "INFO [<command-name> ...]",
        "    Describe commands for clients, all by default.",
        "LIST",
        "    List the names of the commands.",
    ]);
}
