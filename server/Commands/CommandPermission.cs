using RespKv.Protocol;
using RespKv.Server.Access;
using RespKv.Server.Kv;

namespace RespKv.Server.Commands;

/// <summary>Whether a user may run a call: the command, on the namespaces, keys and channels that it names. Allocates nothing where it may.</summary>
internal static class CommandPermission
{
    /// <summary>Why a call may not be run; its reason is None when it may.</summary>
    /// <param name="rules">What is said of the user.</param>
    /// <param name="command">What is called.</param>
    /// <param name="request">What holds the call.</param>
    /// <param name="start">The place of the command's name there.</param>
    /// <param name="server">Knows the databases.</param>
    /// <param name="ns">The namespace of the connection.</param>
    public static CommandDenial Check(UserRules rules, Command command, RespRequest request, int start, ServerState server, Namespace ns)
    {
        // What no selector allows at all is told as such; else it is the last argument that was in the way.
        var told = new CommandDenial(DenialReason.Command, start, null);
        foreach (var selector in rules.Selectors)
        {
            var denial = Check(selector, command, request, start, server, ns);
            if (denial.Reason == DenialReason.None)
                return denial;
            if (denial.Reason > told.Reason || (denial.Reason == told.Reason && denial.Argument > told.Argument))
                told = denial;
        }

        return told;
    }

    private static CommandDenial Check(Selector selector, Command command, RespRequest request, int start, ServerState server, Namespace ns)
    {
        if (!AllowsCommand(selector, command, request, start))
            return new CommandDenial(DenialReason.Command, start, null);
        if (!selector.AllNamespaces && command.Namespaces != NamespaceScope.None && ForbiddenNamespace(selector, command, request, start, server, ns) is { } forbidden)
            return new CommandDenial(DenialReason.Namespace, start, forbidden);
        if (!selector.AllKeys && ForbiddenKey(selector, command, request, start) is var key and > 0)
            return new CommandDenial(DenialReason.Key, key, null);
        if (!selector.AllChannels && command.Channels != ChannelUse.None && ForbiddenChannel(selector, command, request, start) is var channel and > 0)
            return new CommandDenial(DenialReason.Channel, channel, null);
        return default;
    }

    private static bool AllowsCommand(Selector selector, Command command, RespRequest request, int start) =>
        selector.AllowsCommand(command.Index)
        || command.Is(CommandFlags.NoAuth)
        || (request.Length > start + 1 && selector.AllowsFirstArgument(command.Index, request[start + 1]));

    private static int ForbiddenKey(Selector selector, Command command, RespRequest request, int start)
    {
        if (command.KeyPrefix != KeyPrefixAt.Nowhere)
            return ForbiddenPrefix(selector, command, request, start);
        var keys = new KeyEnumerator(command, request, start);
        while (keys.MoveNext())
        {
            if (!selector.AllowsKey(request[keys.Position], AccessOf(keys.Use)))
                return keys.Position;
        }

        return 0;
    }

    private static int ForbiddenPrefix(Selector selector, Command command, RespRequest request, int start)
    {
        var access = command.Is(CommandFlags.Write) ? KeyAccess.Write : KeyAccess.Read;
        if (command.KeyPrefix == KeyPrefixAt.First)
            return selector.AllowsPrefix(request[start + 1], access) ? 0 : start + 1;
        // Of an option that is given twice each is looked at.
        var isGiven = false;
        for (var i = start + 1; i + 1 < request.Length; i++)
        {
            if (!System.Text.Ascii.EqualsIgnoreCase(request[i], "PREFIX"u8))
                continue;
            isGiven = true;
            if (!selector.AllowsPrefix(request[++i], access))
                return i;
        }

        return isGiven || selector.AllowsPrefix([], access) ? 0 : request.Length;
    }

    /// <summary>What has to be allowed for that use of a key.</summary>
    public static KeyAccess AccessOf(KeyUse use) =>
        ((use & KeyUse.Access) != 0 ? KeyAccess.Read : KeyAccess.None) | ((use & (KeyUse.Insert | KeyUse.Delete | KeyUse.Update)) != 0 ? KeyAccess.Write : KeyAccess.None);

    private static int ForbiddenChannel(Selector selector, Command command, RespRequest request, int start)
    {
        var end = command.Channels == ChannelUse.First ? Math.Min(start + 2, request.Length) : request.Length;
        for (var i = start + 1; i < end; i++)
        {
            if (!selector.AllowsChannel(request[i], command.Channels == ChannelUse.Patterns))
                return i;
        }

        return 0;
    }

    // The name of the first namespace that is not allowed; an argument that names none is left to the command.
    private static string? ForbiddenNamespace(Selector selector, Command command, RespRequest request, int start, ServerState server, Namespace ns)
    {
        switch (command.Namespaces)
        {
            case NamespaceScope.Current:
                return Forbidden(selector, ns);
            case NamespaceScope.Named:
                return ForbiddenName(selector, request[start + 1]);
            case NamespaceScope.Numbered:
                return Forbidden(selector, DatabaseAt(server, request, start + 1));
            case NamespaceScope.TwoNumbered:
                return Forbidden(selector, DatabaseAt(server, request, start + 1)) ?? Forbidden(selector, DatabaseAt(server, request, start + 2));
            case NamespaceScope.CurrentAndNumbered:
                return Forbidden(selector, ns) ?? Forbidden(selector, DatabaseAt(server, request, start + 2));
            case NamespaceScope.CurrentAndOption:
                return Forbidden(selector, ns) ?? ForbiddenOption(selector, request, start + 3, server);
            default:
                return "*";
        }
    }

    private static string? Forbidden(Selector selector, Namespace? ns) => ns == null || selector.AllowsNamespace(ns.NameBytes) ? null : ns.Name;

    private static string? ForbiddenName(Selector selector, ReadOnlySpan<byte> name)
    {
        if (name.SequenceEqual("0"u8))
            name = "default"u8;
        return selector.AllowsNamespace(name) ? null : RuleText.Of(name);
    }

    private static string? ForbiddenOption(Selector selector, RespRequest request, int from, ServerState server)
    {
        for (var i = from; i + 1 < request.Length; i++)
        {
            if (System.Text.Ascii.EqualsIgnoreCase(request[i], "DB"u8) && Forbidden(selector, DatabaseAt(server, request, i + 1)) is { } name)
                return name;
        }

        return null;
    }

    private static Namespace? DatabaseAt(ServerState server, RespRequest request, int argument) =>
        request.TryGetInt64(argument, out var number) && number >= 0 && number < server.Namespaces.Databases.Count ? server.Namespaces.Databases[(int)number] : null;
}

/// <summary>Why a call may not be run.</summary>
/// <param name="Reason">None when it may.</param>
/// <param name="Argument">The argument that is in the way; for a command its name, for a listing without a prefix the one behind the last.</param>
/// <param name="NamespaceName">The namespace that is.</param>
internal readonly record struct CommandDenial(DenialReason Reason, int Argument, string? NamespaceName)
{
    /// <summary>What was refused, as the log of denials names it.</summary>
    public string ObjectOf(Command command, RespRequest request) => Reason switch
    {
        DenialReason.Command => command.FullName,
        DenialReason.Namespace => NamespaceName!,
        _ => Argument < request.Length ? RuleText.Of(request[Argument]) : "",
    };

    /// <summary>The refusal in Redis's words, without what was refused where that is the client's own.</summary>
    public string Text(User user, Command command) => Reason switch
    {
        DenialReason.Command => $"User {user.Name} has no permissions to run the '{command.FullName}' command",
        DenialReason.Namespace => "No permissions to access a namespace",
        DenialReason.Key => "No permissions to access a key",
        _ => "No permissions to access a channel",
    };

    /// <summary>The refusal with all that it is about.</summary>
    public string FullText(User user, Command command, RespRequest request) => Reason == DenialReason.Command
        ? Text(user, command)
        : $"User {user.Name} has no permissions to access the '{ObjectOf(command, request)}' {Reason.ToString().ToLowerInvariant()}";

    /// <summary>Why a queued command may not be run any more.</summary>
    public string TextInTransaction => "NOPERM ACLs rules changed between the moment the transaction was accumulated and the EXEC call. This command is no longer allowed for the following reason: " + Reason switch
    {
        DenialReason.Command => "no permission to execute the command or subcommand",
        DenialReason.Namespace => "no permission to access one of the namespaces",
        DenialReason.Key => "no permission to touch the specified keys",
        _ => "no permission to access one of the channels used as arguments",
    };
}
