namespace RespKv.Server.Commands;

/// <summary>A command as COMMAND DOCS describes it: a map.</summary>
internal static class CommandDocs
{
    public static void Write(CommandContext context, Command command)
    {
        var reply = context.Reply;
        var deprecation = CommandFacts.DeprecationOf(command);
        var arguments = CommandSyntax.Parse(command);
        reply.Map(4 + (deprecation == null ? 0 : 3) + (command.History.Length > 0 ? 1 : 0) + (arguments.Count > 0 ? 1 : 0) + (command.Subcommands.Length > 0 ? 1 : 0));
        Field(context, "summary", command.Summary);
        Field(context, "since", command.Since);
        Field(context, "group", command.Group);
        Field(context, "complexity", command.Complexity);
        if (deprecation is var (since, instead))
            WriteDeprecation(context, since, instead);
        if (command.History.Length > 0)
            WriteHistory(context, command.History);
        if (arguments.Count > 0)
        {
            reply.BulkString("arguments"u8);
            WriteArguments(context, arguments);
        }

        if (command.Subcommands.Length > 0)
            WriteSubcommands(context, command);
    }

    private static void Field(CommandContext context, string name, string value)
    {
        context.Reply.BulkString(name);
        context.Reply.BulkString(value);
    }

    private static void WriteDeprecation(CommandContext context, string since, string instead)
    {
        context.Reply.BulkString("doc_flags"u8);
        CommandInfoReply.WriteStatuses(context, ["deprecated"]);
        Field(context, "deprecated_since", since);
        Field(context, "replaced_by", instead);
    }

    private static void WriteHistory(CommandContext context, (string Version, string Change)[] history)
    {
        context.Reply.BulkString("history"u8);
        context.Reply.Set(history.Length);
        foreach (var (version, change) in history)
        {
            context.Reply.Array(2);
            context.Reply.BulkString(version);
            context.Reply.BulkString(change);
        }
    }

    private static void WriteArguments(CommandContext context, IReadOnlyList<CommandArgument> arguments)
    {
        context.Reply.Array(arguments.Count);
        foreach (var argument in arguments)
            WriteArgument(context, argument);
    }

    private static void WriteArgument(CommandContext context, CommandArgument argument)
    {
        var reply = context.Reply;
        var flags = FlagsOf(argument);
        var isKey = argument.Kind == ArgumentKind.Key;
        reply.Map(3 + (isKey ? 1 : 0) + (argument.Token == null ? 0 : 1) + (flags.Count > 0 ? 1 : 0));
        Field(context, "name", argument.Name);
        Field(context, "type", argument.KindName);
        if (!argument.HasParts)
            Field(context, "display_text", argument.Name);
        if (isKey)
        {
            reply.BulkString("key_spec_index"u8);
            reply.Integer(0);
        }

        if (argument.Token != null)
            Field(context, "token", argument.Token);
        if (flags.Count > 0)
        {
            reply.BulkString("flags"u8);
            CommandInfoReply.WriteStatuses(context, flags);
        }

        if (!argument.HasParts)
            return;
        reply.BulkString("arguments"u8);
        WriteArguments(context, argument.Parts);
    }

    private static List<string> FlagsOf(CommandArgument argument)
    {
        var flags = new List<string>();
        if (argument.IsOptional)
            flags.Add("optional");
        if (argument.IsMultiple)
            flags.Add("multiple");
        if (argument.IsMultipleToken)
            flags.Add("multiple_token");
        return flags;
    }

    private static void WriteSubcommands(CommandContext context, Command command)
    {
        context.Reply.BulkString("subcommands"u8);
        context.Reply.Map(command.Subcommands.Length);
        foreach (var subcommand in command.Subcommands)
        {
            context.Reply.BulkString(subcommand.FullName);
            Write(context, subcommand);
        }
    }
}
