using RespKv.Server.Storage.Durability;

namespace RespKv.Server.Commands;

/// <summary>
/// MULTI, EXEC and their kin. Commands are queued by the executor; EXEC runs them while no other batch runs, so that nothing comes between them, and
/// between them and the look at the watched keys.
/// </summary>
internal static class TransactionCommands
{
    // Commands between two moments when the store's own work gets on; other batches wait all the same.
    private const int OperationsPerLook = 64;

    private const CommandFlags Usual = CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale | CommandFlags.AllowBusy;

    public static readonly Command[] All =
    [
        new("discard", 1, Usual | CommandFlags.Fast | CommandFlags.NeverQueued, KeySpec.None, Discard)
        {
            Since = "2.0.0", Group = "transactions", Complexity = "O(N), N being the number of queued commands.", Summary = "Gives up a transaction.", Categories = ["transaction"],
        },
        new("exec", 1, CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale | CommandFlags.SkipSlowLog | CommandFlags.NeverQueued | CommandFlags.Alone, KeySpec.None, Exec)
        {
            Since = "1.2.0", Group = "transactions", Complexity = "That of the queued commands.", Summary = "Runs the queued commands, with nothing in between.", Categories = ["transaction"],
        },
        new("multi", 1, Usual | CommandFlags.Fast | CommandFlags.NeverQueued, KeySpec.None, Multi)
        {
            Since = "1.2.0", Group = "transactions", Complexity = "O(1)", Summary = "Begins a transaction: the commands that follow are queued until EXEC.", Categories = ["transaction"],
        },
        new("unwatch", 1, Usual | CommandFlags.Fast, KeySpec.None, Unwatch)
        {
            Since = "2.2.0", Group = "transactions", Complexity = "O(1)", Summary = "Forgets the watched keys.", Categories = ["transaction"],
        },
        new("watch", -2, Usual | CommandFlags.Fast | CommandFlags.NeverQueued, KeySpec.All(KeyUse.ReadOnly), Watch)
        {
            Since = "2.2.0", Group = "transactions", Complexity = "O(1) for every key.", Summary = "Makes the next EXEC run only if these keys have not changed by then.", Syntax = "key [key ...]",
            Categories = ["transaction"],
        },
    ];

    /// <summary>Whether a command is EXEC, whose refusal ends the transaction.</summary>
    public static bool IsExec(Command command) => command.Handler == Exec;

    /// <summary>Bytes of the log that EXEC has to be sure of before it begins; 0 where no other client depends on its end.</summary>
    public static long RoomNeeded(Client client) =>
        client.Transaction is { IsOnDatabases: true, IsSpoiled: false } transaction ? transaction.Bytes + WriteLog.NamesRoomBytes : 0;

    /// <summary>Ends a transaction, and the watching with it.</summary>
    public static void End(Client client)
    {
        client.Transaction = null;
        client.Unwatch();
    }

    // MULTI
    private static void Multi(CommandContext context)
    {
        if (context.Client.Transaction != null)
        {
            context.Error("ERR MULTI calls can not be nested");
            return;
        }

        context.Client.Transaction = new Transaction();
        context.Reply.Ok();
    }

    // DISCARD
    private static void Discard(CommandContext context)
    {
        if (context.Client.Transaction == null)
        {
            context.Error("ERR DISCARD without MULTI");
            return;
        }

        End(context.Client);
        context.Reply.Ok();
    }

    // WATCH key [key ...]
    private static void Watch(CommandContext context)
    {
        if (context.Client.Transaction != null)
        {
            context.Error("ERR WATCH inside MULTI is not allowed");
            return;
        }

        if (context.Keyspace.Session.IsOutside)
        {
            context.Error(ErrorReplies.Busy(context.Server.Scripts));
            return;
        }

        var watched = context.Client.Watched ??= new WatchedKeys(context.Server.MissingKeys);
        for (var i = 1; i < context.Request.Length; i++)
            watched.Add(context, context.Request[i]);
        context.Reply.Ok();
    }

    // UNWATCH
    private static void Unwatch(CommandContext context)
    {
        context.Client.Unwatch();
        context.Reply.Ok();
    }

    // EXEC
    private static void Exec(CommandContext context)
    {
        var client = context.Client;
        if (client.Transaction is not { } transaction)
        {
            context.Error("ERR EXEC without MULTI");
            return;
        }

        // A script may take long, and this thread may have others to serve.
        if (transaction.HasScripts && client.TakeResult() != ScriptCommands.OnWorker)
        {
            ScriptCommands.BeginOnWorker(context);
            return;
        }

        // A message must not come between the replies of the transaction.
        client.Connection.TakeMail();
        if (transaction.IsSpoiled)
            context.Error(ErrorReplies.ExecAbort);
        else if (client.Watched != null && client.Watched.HasChanged(context))
            context.Reply.NullArray();
        else
            RunAll(context, transaction);
        End(client);
    }

    private static void RunAll(CommandContext context, Transaction transaction)
    {
        var (command, request, began) = (context.Command, context.Request, context.StartTimestamp);
        context.Client.Unwatch();
        context.Reply.Array(transaction.Count);
        context.IsInExec = true;
        try
        {
            for (var i = 0; i < transaction.Count; i++)
            {
                if (i % OperationsPerLook == OperationsPerLook - 1)
                    context.Keyspace.Session.BetweenOperations();
                context.Request = transaction.Queue[i].Request;
                if (context.Client.IsTrusted || context.Server.Access.MayRunQueued(context, transaction.Queue[i].Command))
                    CommandExecutor.Run(context, transaction.Queue[i].Command);
            }
        }
        finally
        {
            context.IsInExec = false;
            (context.Command, context.Request, context.StartTimestamp) = (command, request, began);
        }
    }
}
