using System.Text;

namespace RespKv.Server.Commands;

/// <summary>Commands on whole databases.</summary>
internal static class DatabaseCommands
{
    public static readonly Command[] All =
    [
        new("dbsize", 1, CommandFlags.ReadOnly | CommandFlags.Fast, KeySpec.None, Size)
        {
            Since = "1.0.0", Group = "server", Complexity = "O(1)", Summary = "Tells how many keys the database has.", Categories = ["keyspace"],
        },
        new("flushall", -1, CommandFlags.Write | CommandFlags.Alone, KeySpec.None, FlushAll)
        {
            Since = "1.0.0", Group = "server", Complexity = "O(1)", Summary = "Empties all numbered databases.", Syntax = "[ASYNC | SYNC]", Categories = ["keyspace", "dangerous"],
            History = [("4.0.0", "ASYNC."), ("6.2.0", "SYNC.")],
        },
        new("flushdb", -1, CommandFlags.Write | CommandFlags.Alone, KeySpec.None, Flush)
        {
            Since = "1.0.0", Group = "server", Complexity = "O(1)", Summary = "Empties the database.", Syntax = "[ASYNC | SYNC]", Categories = ["keyspace", "dangerous"],
            History = [("4.0.0", "ASYNC."), ("6.2.0", "SYNC.")],
        },
        new("swapdb", 3, CommandFlags.Write | CommandFlags.Fast | CommandFlags.Alone, KeySpec.None, Swap)
        {
            Since = "4.0.0", Group = "server", Complexity = "O(1)", Summary = "Exchanges the keys of two databases.", Syntax = "index1 index2", Categories = ["keyspace", "dangerous"],
        },
    ];

    // DBSIZE
    private static void Size(CommandContext context) => context.Reply.Integer(context.Client.Namespace.Keys.Directory.Count);

    // FLUSHDB [ASYNC | SYNC]
    private static void Flush(CommandContext context)
    {
        if (!HasFlushMode(context))
            return;
        context.Server.Namespaces.Flush(context.Client.Namespace);
        context.Reply.Ok();
    }

    // FLUSHALL [ASYNC | SYNC]
    private static void FlushAll(CommandContext context)
    {
        if (!HasFlushMode(context))
            return;
        foreach (var database in context.Server.Namespaces.Databases)
            context.Server.Namespaces.Flush(database);
        context.Reply.Ok();
    }

    private static bool HasFlushMode(CommandContext context)
    {
        var request = context.Request;
        if (request.Length == 1 || (request.Length == 2 && (Ascii.EqualsIgnoreCase(request[1], "ASYNC"u8) || Ascii.EqualsIgnoreCase(request[1], "SYNC"u8))))
            return true;
        context.Error(ErrorReplies.Syntax);
        return false;
    }

    // SWAPDB index1 index2
    private static void Swap(CommandContext context)
    {
        var databases = context.Server.Namespaces.Databases;
        if (!context.Request.TryGetInt64(1, out var first) || first is < int.MinValue or > int.MaxValue)
            context.Error("ERR invalid first DB index");
        else if (!context.Request.TryGetInt64(2, out var second) || second is < int.MinValue or > int.MaxValue)
            context.Error("ERR invalid second DB index");
        else if (first < 0 || first >= databases.Count || second < 0 || second >= databases.Count)
            context.Error(ErrorReplies.InvalidDb);
        else
            SwapAndReply(context, (int)first, (int)second);
    }

    private static void SwapAndReply(CommandContext context, int first, int second)
    {
        var (a, b) = (context.Server.Namespaces.Databases[first], context.Server.Namespaces.Databases[second]);
        foreach (var client in context.Server.Clients.Values)
            client.Watched?.TouchExchanged(context, a, b);
        context.Server.Namespaces.Swap(a, b);
        context.Reply.Ok();
    }
}
