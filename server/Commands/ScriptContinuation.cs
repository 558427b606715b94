using RespKv.Server.Scripting;
using RespKv.Server.Telemetry;

namespace RespKv.Server.Commands;

/// <summary>Goes on with a paused script on a worker, under a lease of its own; the client waits, and takes the reply when it is there.</summary>
internal sealed class ScriptContinuation : IThreadPoolWorkItem
{
    private readonly ScriptRun run;
    private readonly ServerState server;
    private readonly CommandContext context;
    private readonly ScriptReplies result = new();
    private readonly TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ScriptContinuation(ScriptRun run, CommandContext from)
    {
        this.run = run;
        server = from.Server;
        context = server.Lease();
        context.Client = from.Client;
        context.Keyspace.Namespace = from.Keyspace.Namespace;
        context.Keyspace.Session.TakeOver(from.Keyspace.Session);
        (context.Command, context.Request) = (from.Command, from.Request.Copy());
        (context.StartTimestamp, context.EndTimestamp) = (from.StartTimestamp, from.EndTimestamp);
        result.Writer.ProtocolVersion = from.Client.ProtocolVersion;
        context.Reply = context.Output = result.Writer;
    }

    /// <summary>Has the script of a command go on; the command runs again when it has ended, and takes the reply then.</summary>
    public static void Begin(ScriptRun run, CommandContext from)
    {
        var chosen = from.Keyspace.Namespace;
        run.Leave();
        var continuation = new ScriptContinuation(run, from);
        continuation.Choose(chosen);
        run.Enter(continuation.context);
        from.RetryAfter(continuation.done.Task);
        ThreadPool.UnsafeQueueUserWorkItem(continuation, preferLocal: false);
    }

    void IThreadPoolWorkItem.Execute()
    {
        var client = context.Client;
        var hasFailed = true;
        context.Keyspace.Session.GoOn();
        try
        {
            LuaOutcome outcome;
            do
            {
                outcome = run.Machine.Run(0);
            }
            while (outcome == LuaOutcome.Paused);
            hasFailed = !run.Finish(outcome);
            if (context.ChangedKeys.Count > 0)
                server.Tracking.Broadcast(context);
        }
        catch (Exception fault)
        {
            Log.ConnectionFault(server.Logger, fault, client.Id);
            client.ClosesAfterReply = true;
        }
        finally
        {
            client.Result = new ScriptResult(result.Reply.ToArray(), run.StartTimestamp, hasFailed);
            context.Keyspace.Session.EndBatch();
            context.LetGo();
            server.Return(context);
            done.SetResult();
        }
    }

    // The namespace that the script has selected meanwhile.
    private void Choose(Kv.Namespace chosen)
    {
        context.Client.Namespace = chosen;
        context.Keyspace.Namespace = chosen;
    }
}
