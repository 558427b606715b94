using System.Diagnostics;
using System.Text;
using RespKv.Protocol;
using RespKv.Server.Storage;
using RespKv.Server.Storage.Durability;
using RespKv.Server.Storage.Faster;
using RespKv.Server.Telemetry;

namespace RespKv.Server.Commands;

/// <summary>Runs one request: finds the command, checks what every command must pass, calls its handler, counts.</summary>
internal static class CommandExecutor
{
    /// <summary>Runs the request that the context holds. Nothing is written when it is empty, or waits (<see cref="CommandContext.Wait"/>).</summary>
    public static void Execute(CommandContext context)
    {
        if (context.Request.Length == 0)
            return;
        if (context.Client.ReplyMode == ReplyMode.On)
            ExecuteChecked(context);
        else
            ExecuteSilently(context);
    }

    /// <summary>Runs a command that has been checked, and counts it.</summary>
    public static void Run(CommandContext context, Command command)
    {
        context.Command = command;
        ref var counter = ref context.Counters.Calls[command.Index];
        context.HasFailed = false;
        context.StartTimestamp = context.EndTimestamp;
        var tracking = context.Server.Tracking;
        var changesBefore = context.Keyspace.Session.Changes;
        if (tracking.Any)
            tracking.Remember(context, command);
        try
        {
            if (command.Is(CommandFlags.Alone) && WhyNotAlone(context, command) is { } refusal)
                context.Error(refusal);
            else
                command.Handler!(context);
            if (command.Is(CommandFlags.ReadOnly) && !command.Keys.HasKeys)
                context.Keyspace.Session.DependOnAll();
        }
        catch (KeyTooLongException error)
        {
            context.Error("ERR " + error.Message);
        }
        catch (DamagedPageException error)
        {
            context.Error("ERR " + error.Message);
        }
        catch (IOException error)
        {
            // A file of a large value could not be made or read.
            context.Error(ErrorReplies.LogFailed + error.Message);
        }

        // What it wrote while it was alone is replayed whole or not at all.
        if (!context.IsInExec)
            context.Keyspace.Session.EndUnit();
        if (context.Wait != null && context.RetriesAfterWait)
            return;
        if (tracking.Any)
            TellChanges(context, command, changesBefore);
        if (context.ChangedKeys.Count > 0 && !context.IsInExec)
            tracking.Broadcast(context);
        if (context.Server.Monitors.Any && !command.Is(CommandFlags.Admin | CommandFlags.SkipMonitor))
            context.Server.Monitors.Show(context, command);
        context.Counters.Commands++;
        context.EndTimestamp = Stopwatch.GetTimestamp();
        var elapsed = context.EndTimestamp - context.StartTimestamp;
        counter.Calls++;
        counter.Ticks += elapsed;
        CommandTiming.Note(context, command, elapsed);
        if (context.HasFailed)
            counter.Failed++;
        // What has run it, if anything has, goes on.
        context.HasFailed = false;
    }

    private static string? WhyNotAlone(CommandContext context, Command command)
    {
        if (!context.Keyspace.TryBeAlone())
            return ErrorReplies.Busy(context.Server.Scripts);
        var room = TransactionCommands.IsExec(command) ? TransactionCommands.RoomNeeded(context.Client)
            : IsOnDatabases(command) ? WriteLog.NamesRoomBytes + context.Request.ArgumentBytes
            : 0;
        if (room == 0)
            return null;
        // Whoever reads depends on what becomes of the databases: nobody is to wait until there is room on the disk for it.
        if (context.Server.Store.Log.RoomFault(room) is { } fault)
        {
            if (!TransactionCommands.IsExec(command))
                return ErrorReplies.LogFailed + fault;
            TransactionCommands.End(context.Client);
            return ErrorReplies.ExecAbortFor(ErrorReplies.LogFailed + fault);
        }

        if (IsOnDatabases(command))
            context.Keyspace.Session.BeginUnit();
        return null;
    }

    /// <summary>Whether a command changes whole databases or namespaces, or libraries of functions.</summary>
    public static bool IsOnDatabases(Command command) => command.Is(CommandFlags.Write) && command.Is(CommandFlags.Alone) && !command.Keys.HasKeys;

    /// <summary>Counts a command that has run elsewhere while its client waited.</summary>
    public static void CountWaited(CommandContext context, Command command, long startTimestamp, bool hasFailed)
    {
        ref var counter = ref context.Counters.Calls[command.Index];
        context.StartTimestamp = startTimestamp;
        context.EndTimestamp = Stopwatch.GetTimestamp();
        var elapsed = context.EndTimestamp - startTimestamp;
        context.Counters.Commands++;
        counter.Calls++;
        counter.Ticks += elapsed;
        CommandTiming.Note(context, command, elapsed);
        if (hasFailed)
            counter.Failed++;
    }

    private static void TellChanges(CommandContext context, Command command, long changesBefore)
    {
        // What empties or exchanges whole databases writes no record; libraries of functions are no data that anybody caches.
        if (command.Is(CommandFlags.Write) && (command.Keys.HasKeys ? context.Keyspace.Session.Changes != changesBefore : command.Group != FunctionCommands.Group))
            context.Server.Tracking.TellChanges(context, command);
        if (context.Client is { Tracking.IsCachingGiven: true, Transaction: null } && !ClientCommands.Has(command))
            context.Client.Tracking.IsCachingGiven = false;
    }

    private static void ExecuteChecked(CommandContext context)
    {
        var client = context.Client;
        if (client.Result is ScriptResult)
        {
            ScriptCommands.Finish(context, client.LastCommand!);
            return;
        }

        var command = Find(context);
        client.LastCommand = command;
        if (command == null || !MayRun(context, command))
        {
            client.Transaction?.Spoil();
            return;
        }

        if (MustWait(context, command) || ColdKeys.MustFetch(context, command))
            return;
        if (client.Transaction == null || command.Is(CommandFlags.NeverQueued))
            Run(context, command);
        else
            Queue(context, client.Transaction, command);
    }

    // CLIENT REPLY OFF and SKIP: the command runs, and what it replies is lost unless it ends the silence.
    private static void ExecuteSilently(CommandContext context)
    {
        var client = context.Client;
        if (client.ReplyMode == ReplyMode.SkipNext)
            client.ReplyMode = ReplyMode.Skip;
        context.Reply = context.Discarded;
        context.Discarded.ProtocolVersion = client.ProtocolVersion;
        try
        {
            ExecuteChecked(context);
        }
        finally
        {
            context.Reply = context.Output;
        }

        if (context.Wait != null && context.RetriesAfterWait)
            return;
        if (client.ReplyMode == ReplyMode.Skip)
            client.ReplyMode = ReplyMode.On;
    }

    private static void Queue(CommandContext context, Transaction transaction, Command command)
    {
        transaction.Add(command, context.Request);
        if (transaction.Bytes > context.Server.QueryBufferBytesMax)
        {
            Log.TransactionTooLarge(context.Server.Logger, context.Client.Id, transaction.Bytes);
            context.Client.ClosesAfterReply = true;
            return;
        }

        context.Reply.SimpleString("QUEUED"u8);
    }

    private static bool MustWait(CommandContext context, Command command)
    {
        context.Client.IsPaused = false;
        if (!context.Server.Pause.IsActive)
            return false;
        const CommandFlags changes = CommandFlags.Write | CommandFlags.MayReplicate;
        var isWrite = command.Is(changes) || (TransactionCommands.IsExec(command) && ((context.Client.Transaction?.Flags ?? 0) & changes) != 0);
        if (context.Server.Pause.WaitFor(isWrite) is not { } over)
            return false;
        context.Client.IsPaused = true;
        context.RetryAfter(over);
        return true;
    }

    /// <summary>The command or subcommand that the request names; null when there is none, and then the error has been written.</summary>
    private static Command? Find(CommandContext context)
    {
        var request = context.Request;
        var command = context.Server.Commands.Find(request[0]);
        if (command == null)
        {
            if (IsHttp(request[0]))
                CloseCrossProtocol(context);
            else
                context.Error(UnknownCommand(request));
            return null;
        }

        if (command.Subcommands.Length > 0 && request.Length > 1)
        {
            var subcommand = command.FindSubcommand(request[1]);
            if (subcommand == null)
            {
                context.Error($"ERR unknown subcommand '{RequestEcho.Of(request[1])}'. Try {command.Name.ToUpperInvariant()} HELP.");
                return null;
            }

            command = subcommand;
        }

        if ((command.Handler != null && command.TakesLength(request.Length)))
            return command;
        Reject(context, command, ErrorReplies.WrongArity(command.FullName));
        return null;
    }

    private static bool MayRun(CommandContext context, Command command)
    {
        var client = context.Client;
        if (!client.IsTrusted && context.Server.Access.Refusal(context, command) is { } forbidden)
            return Reject(context, command, forbidden);
        if (client.Transaction != null && command.Is(CommandFlags.NoMulti))
            return Reject(context, command, ErrorReplies.NotInMulti);
        if (context.Server.IsLoading && !command.Is(CommandFlags.Loading))
            return Reject(context, command, ErrorReplies.Loading);
        if (context.Server.Persistence?.WriteRefusal is { } refusal && IsWrite(client, command))
            return Reject(context, command, "MISCONF " + refusal);
        if (NeedsMemory(client, command) && !context.Keyspace.Session.IsOutside && context.Server.Store.RefusesWrites)
            return Reject(context, command, ErrorReplies.Oom);
        if (client.IsSubscribed && client.ProtocolVersion == 2 && !command.Is(CommandFlags.WhileSubscribed))
            return Reject(context, command, ErrorReplies.WhileSubscribed(command.FullName));
        if (context.Keyspace.Session.IsOutside && !command.Is(CommandFlags.AllowBusy))
            return Reject(context, command, ErrorReplies.Busy(context.Server.Scripts));
        return true;
    }

    private static bool IsWrite(Client client, Command command) =>
        command.Is(CommandFlags.Write) || command.Name == "ping" || (TransactionCommands.IsExec(command) && client.Transaction is { } transaction && (transaction.Flags & CommandFlags.Write) != 0);

    private static bool NeedsMemory(Client client, Command command) =>
        command.Is(CommandFlags.DenyOom) || (TransactionCommands.IsExec(command) && client.Transaction is { } transaction && (transaction.Flags & CommandFlags.DenyOom) != 0);

    // A browser that was made to post to this port, or anything else that speaks HTTP.
    private static bool IsHttp(ReadOnlySpan<byte> word) => Ascii.EqualsIgnoreCase(word, "POST"u8) || Ascii.EqualsIgnoreCase(word, "Host:"u8);

    private static void CloseCrossProtocol(CommandContext context)
    {
        Log.CrossProtocol(context.Server.Logger, context.Client.Id);
        context.Client.ClosesAfterReply = true;
    }

    private static bool Reject(CommandContext context, Command command, string error)
    {
        context.Counters.Calls[command.Index].Rejected++;
        if (TransactionCommands.IsExec(command))
        {
            TransactionCommands.End(context.Client);
            error = ErrorReplies.ExecAbortFor(error);
        }

        context.Error(error);
        return false;
    }

    private static string UnknownCommand(RespRequest request)
    {
        var text = new StringBuilder("ERR unknown command '").Append(RequestEcho.Of(request[0])).Append("', with args beginning with: ");
        var room = RequestEcho.BytesMax;
        for (var i = 1; i < request.Length && room > 0; i++)
        {
            var shown = RequestEcho.Of(request[i], room);
            text.Append('\'').Append(shown).Append("' ");
            room -= shown.Length + 3;
        }

        return text.ToString();
    }
}
