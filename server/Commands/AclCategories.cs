namespace RespKv.Server.Commands;

/// <summary>The ACL categories of commands: from their flags, from their group, and what the row adds.</summary>
internal static class AclCategories
{
    /// <summary>All categories, in the order in which they are listed; the last one is ours.</summary>
    public static readonly string[] Names =
    [
        "keyspace", "read", "write", "set", "sortedset", "list", "hash", "string", "bitmap", "hyperloglog", "geo", "stream", "pubsub", "admin", "fast", "slow",
        "blocking", "dangerous", "connection", "transaction", "scripting", "kv",
    ];

    /// <summary>The categories of a command, without the @, in the order of <see cref="Names"/>.</summary>
    public static IEnumerable<string> Of(Command command) => Names.Where(name => IsIn(command, name));

    /// <summary>Whether a command is in a category. Containers are in none: their subcommands are.</summary>
    public static bool IsIn(Command command, string category)
    {
        if (command.Categories.Contains(category, StringComparer.Ordinal))
            return true;
        return category switch
        {
            "write" => command.Is(CommandFlags.Write),
            "read" => command.Is(CommandFlags.ReadOnly) && command.Group != "scripting",
            "admin" or "dangerous" => command.Is(CommandFlags.Admin),
            "pubsub" => command.Is(CommandFlags.PubSub),
            "fast" => command.Is(CommandFlags.Fast),
            "slow" => !command.Is(CommandFlags.Fast),
            "blocking" => command.Is(CommandFlags.Blocking),
            // Commands on keys of any type; the few others of the group name their own category.
            "keyspace" => command.Handler != null && command.Group == "generic" && command.Categories.Length == 0,
            _ => command.Handler != null && OfGroup(command.Group) == category,
        };
    }

    // Other groups, such as generic and server, say nothing about the category.
    private static string? OfGroup(string group) => group switch
    {
        "string" or "bitmap" or "list" or "set" or "hash" or "hyperloglog" or "geo" or "stream" or "connection" or "scripting" or "kv" => group,
        "sorted-set" => "sortedset",
        "transactions" => "transaction",
        _ => null,
    };
}
