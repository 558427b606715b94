namespace RespKv.Server.Commands;

/// <summary>A command as COMMAND and COMMAND INFO describe it: an array of ten elements.</summary>
internal static class CommandInfoReply
{
    private static readonly (CommandFlags Flag, string Name)[] FlagNames =
    [
        (CommandFlags.Write, "write"),
        (CommandFlags.ReadOnly, "readonly"),
        (CommandFlags.DenyOom, "denyoom"),
        (CommandFlags.Admin, "admin"),
        (CommandFlags.PubSub, "pubsub"),
        (CommandFlags.NoScript, "noscript"),
        (CommandFlags.Blocking, "blocking"),
        (CommandFlags.Loading, "loading"),
        (CommandFlags.Stale, "stale"),
        (CommandFlags.SkipMonitor, "skip_monitor"),
        (CommandFlags.SkipSlowLog, "skip_slowlog"),
        (CommandFlags.Fast, "fast"),
        (CommandFlags.NoAuth, "no_auth"),
        (CommandFlags.NoAsyncLoading, "no_async_loading"),
        (CommandFlags.NoMulti, "no_multi"),
        (CommandFlags.NoMandatoryKeys, "no_mandatory_keys"),
        (CommandFlags.MovableKeys, "movablekeys"),
        (CommandFlags.AllowBusy, "allow_busy"),
    ];

    public static void Write(CommandContext context, Command command)
    {
        var (reply, keys) = (context.Reply, command.Keys);
        reply.Array(10);
        reply.BulkString(command.FullName);
        reply.Integer(command.Arity);
        WriteStatuses(context, FlagNamesOf(command));
        reply.Integer(keys.First);
        reply.Integer(keys.Last);
        reply.Integer(keys.Step);
        WriteStatuses(context, [.. AclCategories.Of(command).Select(name => "@" + name)]);
        WriteBulks(context, CommandFacts.TipsOf(command));
        WriteKeySpecifications(context, command.KeySpecs);
        WriteSubcommands(context, command);
    }

    public static IReadOnlyList<string> FlagNamesOf(Command command) => [.. FlagNames.Where(f => command.Is(f.Flag)).Select(f => f.Name)];

    public static void WriteStatuses(CommandContext context, IReadOnlyList<string> names)
    {
        context.Reply.Set(names.Count);
        foreach (var name in names)
            context.Reply.SimpleString(System.Text.Encoding.ASCII.GetBytes(name));
    }

    private static void WriteBulks(CommandContext context, string[] texts)
    {
        context.Reply.Set(texts.Length);
        foreach (var text in texts)
            context.Reply.BulkString(text);
    }

    private static void WriteKeySpecifications(CommandContext context, KeySpec[] specifications)
    {
        context.Reply.Set(specifications.Length);
        foreach (var keys in specifications)
            WriteKeySpecification(context, keys);
    }

    // Keys begin at an index and go on to an index, which is counted from the first key unless it counts from the end.
    private static void WriteKeySpecification(CommandContext context, KeySpec keys)
    {
        var reply = context.Reply;
        reply.Map(keys.Note == null ? 3 : 4);
        if (keys.Note != null)
        {
            reply.BulkString("notes"u8);
            reply.BulkString(keys.Note);
        }

        reply.BulkString("flags"u8);
        WriteStatuses(context, KeyPositions.FlagNames(keys.Use));
        reply.BulkString("begin_search"u8);
        if (keys.Word != null && keys.First == 0)
        {
            WriteSearchForWord(context, keys.Word);
            return;
        }

        WriteSpecification(context, "index", [("index", keys.CountAt > 0 ? keys.CountAt : keys.First)]);
        reply.BulkString("find_keys"u8);
        if (keys.CountAt > 0)
        {
            WriteSpecification(context, "keynum", [("keynumidx", 0), ("firstkey", 1), ("keystep", 1)]);
            return;
        }

        WriteSpecification(context, "range", [("lastkey", keys.Last < 0 ? keys.Last : keys.Last - keys.First), ("keystep", keys.Step), ("limit", 0)]);
    }

    // The word is looked for from the last argument but one on, towards the first; all behind it are keys.
    private static void WriteSearchForWord(CommandContext context, string word)
    {
        var reply = context.Reply;
        reply.Map(2);
        reply.BulkString("type"u8);
        reply.BulkString("keyword"u8);
        reply.BulkString("spec"u8);
        reply.Map(2);
        reply.BulkString("keyword"u8);
        reply.BulkString(word);
        reply.BulkString("startfrom"u8);
        reply.Integer(-2);
        reply.BulkString("find_keys"u8);
        WriteSpecification(context, "range", [("lastkey", -1), ("keystep", 1), ("limit", 0)]);
    }

    private static void WriteSpecification(CommandContext context, string type, ReadOnlySpan<(string Name, int Value)> fields)
    {
        var reply = context.Reply;
        reply.Map(2);
        reply.BulkString("type"u8);
        reply.BulkString(type);
        reply.BulkString("spec"u8);
        reply.Map(fields.Length);
        foreach (var (name, value) in fields)
        {
            reply.BulkString(name);
            reply.Integer(value);
        }
    }

    private static void WriteSubcommands(CommandContext context, Command command)
    {
        if (command.Subcommands.Length == 0)
        {
            context.Reply.Set(0);
            return;
        }

        context.Reply.Array(command.Subcommands.Length);
        foreach (var subcommand in command.Subcommands)
            Write(context, subcommand);
    }
}
