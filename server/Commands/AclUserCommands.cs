using RespKv.Server.Access;

namespace RespKv.Server.Commands;

/// <summary>The subcommands of ACL that make, change, show and delete users.</summary>
internal static class AclUserCommands
{
    // ACL SETUSER username [rule [rule ...]]
    public static void Change(CommandContext context)
    {
        var request = context.Request;
        var name = RuleText.Of(request[2]);
        if (RuleText.HasSpaces(name))
        {
            context.Error("ERR Usernames can't contain spaces or null characters");
            return;
        }

        if (context.Server.Access.Change(context.Client, name, [.. Enumerable.Range(3, request.Length - 3).Select(i => RuleText.Of(request[i]))]) is { } fault)
            context.Error("ERR " + fault);
        else
            context.Reply.Ok();
    }

    // ACL DELUSER username [username ...]
    public static void Delete(CommandContext context)
    {
        var names = Enumerable.Range(2, context.Request.Length - 2).Select(i => RuleText.Of(context.Request[i])).ToList();
        if (names.Contains(Users.DefaultName))
            context.Error("ERR The 'default' user cannot be removed");
        else
            context.Reply.Integer(names.Count(name => context.Server.Access.Delete(context.Client, name)));
    }

    // ACL GETUSER username
    public static void Describe(CommandContext context)
    {
        if (context.Server.Access.Users.Find(RuleText.Of(context.Request[2]))?.Rules is not { } rules)
        {
            context.Reply.Null();
            return;
        }

        var reply = context.Reply;
        reply.Map(3 + FieldsOf(rules.Selectors[0]));
        reply.BulkString("flags"u8);
        var flags = rules.Flags.ToList();
        reply.Set(flags.Count);
        foreach (var flag in flags)
            reply.BulkString(flag);
        reply.BulkString("passwords"u8);
        reply.Array(rules.Passwords.Count);
        foreach (var hash in rules.Passwords)
            reply.BulkString(hash);
        WriteFields(context, rules.Selectors[0]);
        reply.BulkString("selectors"u8);
        reply.Array(rules.Selectors.Length - 1);
        foreach (var selector in rules.Selectors[1..])
        {
            reply.Map(FieldsOf(selector));
            WriteFields(context, selector);
        }
    }

    // ACL LIST
    public static void List(CommandContext context) => Write(context, user => user.ToString());

    // ACL USERS
    public static void ListNames(CommandContext context) => Write(context, user => user.Name);

    // ACL DRYRUN username command [arg [arg ...]]
    public static void TryCall(CommandContext context)
    {
        const int callAt = 3;
        var (server, request) = (context.Server, context.Request);
        if (server.Access.Users.Find(RuleText.Of(request[2])) is not { } user)
        {
            context.Error($"ERR User '{RequestEcho.Of(request[2], int.MaxValue)}' not found");
            return;
        }

        var command = server.Commands.Find(request[callAt]);
        if (command is { Subcommands.Length: > 0 } && request.Length > callAt + 1)
            command = command.FindSubcommand(request[callAt + 1]);
        if (command == null)
        {
            context.Error($"ERR Command '{RequestEcho.Of(request[callAt], int.MaxValue)}' not found");
            return;
        }

        if (!command.TakesLength(request.Length - callAt))
        {
            context.Error(ErrorReplies.WrongArity(command.FullName));
            return;
        }

        var denial = CommandPermission.Check(user.Rules, command, request, callAt, server, context.Client.Namespace);
        if (denial.Reason == DenialReason.None)
            context.Reply.Ok();
        else
            context.Reply.BulkString(RuleText.BytesOf(denial.FullText(user, command, request)));
    }

    private static void Write(CommandContext context, Func<User, string> text)
    {
        var all = context.Server.Access.Users.All.ToList();
        context.Reply.Array(all.Count);
        foreach (var user in all)
            context.Reply.BulkString(RuleText.BytesOf(text(user)));
    }

    // Namespaces are shown where they are not all, so that Redis's rules look as they do in Redis.
    private static int FieldsOf(Selector selector) => selector.AllNamespaces ? 3 : 4;

    private static void WriteFields(CommandContext context, Selector selector)
    {
        WriteField(context, "commands", SelectorText.Commands(selector));
        WriteField(context, "keys", SelectorText.Keys(selector));
        WriteField(context, "channels", SelectorText.Channels(selector));
        if (!selector.AllNamespaces)
            WriteField(context, "namespaces", SelectorText.Namespaces(selector));
    }

    private static void WriteField(CommandContext context, string name, string value)
    {
        context.Reply.BulkString(name);
        context.Reply.BulkString(RuleText.BytesOf(value));
    }
}
