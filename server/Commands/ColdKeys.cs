using RespKv.Protocol;
using RespKv.Server.Storage;

namespace RespKv.Server.Commands;

/// <summary>
/// Keys whose records are not in memory: before a command that needs them runs, they are fetched on threads that may wait for the disk, all of them together with those of the client's next requests, which wait in
/// order. A command that looks at keys it does not name runs on a worker then, where it may wait itself.
/// </summary>
internal static class ColdKeys
{
    [ThreadStatic]
    private static List<(Keyset Keys, byte[] Key)>? found;

    /// <summary>Whether the client has to wait and the command runs again after that.</summary>
    public static bool MustFetch(CommandContext context, Command command)
    {
        var store = context.Server.Store;
        if (store.SpillDevice == null || !store.Memory.HasCold)
            return false;
        if (context.Client.FetchedRequests > 0)
        {
            context.Client.FetchedRequests--;
            return false;
        }

        var cold = found ??= [];
        cold.Clear();
        if (TransactionCommands.IsExec(command))
        {
            foreach (var (queued, request) in context.Client.Transaction?.Queue ?? [])
                Add(context, queued, request, cold);
        }
        else if (context.Client.Transaction == null || command.Is(CommandFlags.NeverQueued))
        {
            Add(context, command, context.Request, cold);
        }

        return cold.Count > 0 ? Fetch(context, cold) : MayLookAround(command) && MoveToWorker(context);
    }

    private static bool Fetch(CommandContext context, List<(Keyset, byte[])> cold)
    {
        context.Client.FetchedRequests = 1;
        AddNext(context, cold);
        context.RetryAfter(context.Server.ColdReads!.Fetch(cold));
        return true;
    }

    // What the requests behind this one need, as far as they have come.
    private static void AddNext(CommandContext context, List<(Keyset, byte[])> cold)
    {
        foreach (var request in context.RequestsBehind)
        {
            if (request.Length == 0 || context.Client.Transaction != null || context.Server.Commands.Find(request[0]) is not { } command)
                return;
            Add(context, command, request, cold);
            context.Client.FetchedRequests++;
        }
    }

    private static bool MoveToWorker(CommandContext context)
    {
        if (Thread.CurrentThread.IsThreadPoolThread)
            return false;
        context.Client.FetchedRequests = 1;
        context.RetryAfter(Task.CompletedTask);
        return true;
    }

    private static bool MayLookAround(Command command) =>
        !command.Keys.HasKeys && command.KeySpecs.All(keys => !keys.HasKeys) && (command.Is(CommandFlags.ReadOnly) || command.Is(CommandFlags.Write)) && !TransactionCommands.IsExec(command);

    private static void Add(CommandContext context, Command command, RespRequest request, List<(Keyset, byte[])> cold)
    {
        var keys = command.Keys;
        if (command.KeySpecs.Length == 1 && keys is { First: 1, Last: 1 } && !keys.Use.HasFlag(KeyUse.VariableFlags))
        {
            if (request.Length > 1 && keys.HasKeys && !keys.Use.HasFlag(KeyUse.Overwrite))
                Add(context, command, request[1], cold);
            return;
        }

        foreach (var (position, use) in KeyPositions.Of(command, request, 0))
        {
            if (!use.HasFlag(KeyUse.Overwrite))
                Add(context, command, request[position], cold);
        }
    }

    private static void Add(CommandContext context, Command command, ReadOnlySpan<byte> key, List<(Keyset, byte[])> cold)
    {
        var keys = context.Keyspace.Namespace.Keys;
        if (context.Keyspace.Session.IsCold(keys, key) && (command.NeedsRecords || !context.Keyspace.Session.IsThereUnseen(keys, key)))
            cold.Add((keys, key.ToArray()));
    }
}
