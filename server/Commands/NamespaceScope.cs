namespace RespKv.Server.Commands;

/// <summary>The namespaces that a command is about, for users who may not use all of them.</summary>
internal enum NamespaceScope
{
    /// <summary>None: it tells nothing of keys, or looks after that itself.</summary>
    None,

    /// <summary>That of the connection.</summary>
    Current,

    /// <summary>The one that its first argument names.</summary>
    Named,

    /// <summary>The database whose number is its first argument.</summary>
    Numbered,

    /// <summary>Those whose numbers are its first two arguments.</summary>
    TwoNumbered,

    /// <summary>That of the connection and the one whose number follows the key.</summary>
    CurrentAndNumbered,

    /// <summary>That of the connection and, if there is an option DB, the one whose number that is.</summary>
    CurrentAndOption,

    /// <summary>All there are.</summary>
    All,
}

/// <summary>Which command is about which namespaces.</summary>
internal static class NamespaceScopes
{
    public static NamespaceScope Of(Command command) => command.FullName switch
    {
        "select" => NamespaceScope.Numbered,
        "kv.use" or "kv.drop" => NamespaceScope.Named,
        "swapdb" => NamespaceScope.TwoNumbered,
        "move" => NamespaceScope.CurrentAndNumbered,
        "copy" => NamespaceScope.CurrentAndOption,
        // What they show or change is not of one namespace.
        "flushall" or "debug" or "monitor" or "kv.backup" => NamespaceScope.All,
        // It lists those that the user may use.
        "kv.namespaces" or "lolwut" => NamespaceScope.None,
        _ => IsAboutKeys(command) ? NamespaceScope.Current : NamespaceScope.None,
    };

    // Functions are those of the whole server.
    private static bool IsAboutKeys(Command command) =>
        command.KeySpecs.Any(keys => keys.HasKeys) || (command.Is(CommandFlags.Write | CommandFlags.ReadOnly) && command.Group != "scripting");
}
