using RespKv.Protocol;
using RespKv.Server.Storage;

namespace RespKv.Server.Commands;

/// <summary>
/// Keys whose records are not in memory: before a command that needs them runs, they are fetched on threads that may wait for the disk, all of them together, and the client's other requests wait in
/// order. A command that looks at keys it does not name runs on a worker then, where it may wait itself.
/// </summary>
internal static class ColdKeys
{
    /// <summary>Whether the client has to wait and the command runs again after that.</summary>
    public static bool MustFetch(CommandContext context, Command command)
    {
        var store = context.Server.Store;
        if (store.SpillDevice == null || !store.Memory.HasCold)
            return false;
        if (context.Client.HasFetched)
        {
            context.Client.HasFetched = false;
            return false;
        }

        var cold = new List<(Keyset, byte[])>();
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
        context.Client.HasFetched = true;
        context.RetryAfter(context.Server.ColdReads!.Fetch(cold));
        return true;
    }

    private static bool MoveToWorker(CommandContext context)
    {
        if (Thread.CurrentThread.IsThreadPoolThread)
            return false;
        context.Client.HasFetched = true;
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
                Add(context, request[1], cold);
            return;
        }

        foreach (var (position, use) in KeyPositions.Of(command, request, 0))
        {
            if (!use.HasFlag(KeyUse.Overwrite))
                Add(context, request[position], cold);
        }
    }

    private static void Add(CommandContext context, ReadOnlySpan<byte> key, List<(Keyset, byte[])> cold)
    {
        var keys = context.Keyspace.Namespace.Keys;
        if (context.Keyspace.Session.IsCold(keys, key))
            cold.Add((keys, key.ToArray()));
    }
}
