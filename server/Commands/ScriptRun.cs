using System.Diagnostics;
using RespKv.Protocol;
using RespKv.Server.Access;
using RespKv.Server.Kv;
using RespKv.Server.Scripting;
using RespKv.Server.Storage.Faster;
using RespKv.Server.Telemetry;

namespace RespKv.Server.Commands;

/// <summary>
/// One run of a script, alone with the data. It begins on the thread of its client's connection; where that is one that receives for others too, a run
/// that takes longer is paused and goes on on a worker (<see cref="ScriptContinuation"/>).
/// </summary>
internal sealed class ScriptRun : IScriptHost
{
    // Commands between two moments when the store's own work gets on; other batches wait all the same.
    private const int CallsPerRefresh = 64;

    // What a command may write besides its arguments, and so much more that not every command has to ask for room.
    private const long RoomStepBytes = 8 * FasterStore.InlineValueBytesMax;

    // As long as a client may keep a thread of sockets.
    private static readonly long TurnTicks = Stopwatch.Frequency / 2000;

    private readonly Scripts scripts;
    private readonly bool isReadOnly;
    private readonly bool allowsOom;
    private readonly bool wasOom;
    private bool canMove;
    private readonly Namespace clientNamespace;
    private CommandContext context;
    private Kept kept;
    private int calls;

    // Where the log is known to have room up to, once that matters.
    private ulong? roomUntil;
    private int protocol = 2;
    private long startMicroseconds;
    private volatile bool isDirty;
    private volatile bool isKilled;

    public ScriptRun(Scripts scripts, CommandContext context, Script script, bool isReadOnly, bool canMove)
    {
        this.scripts = scripts;
        this.context = context;
        Script = script;
        Machine = scripts.MachineOf(script);
        this.isReadOnly = isReadOnly || script.Flags.HasFlag(ScriptFlags.NoWrites);
        allowsOom = script.Flags.HasFlag(ScriptFlags.AllowOom);
        wasOom = context.Server.Store.RefusesWrites;
        this.canMove = canMove;
        clientNamespace = context.Client.Namespace;
        StartTimestamp = context.StartTimestamp;
        Enter(context);
        Machine.Host = this;
        Machine.LimitBytes = scripts.MemoryLimitBytes;
        scripts.Running = this;
    }

    public Script Script { get; }

    public LuaMachine Machine { get; }

    public bool IsFunction => Script.IsFunction;

    public long StartTimestamp { get; }

    /// <summary>When it began, in Unix microseconds; looked up when it is first asked for.</summary>
    public long StartMicroseconds
    {
        get
        {
            if (startMicroseconds == 0)
                startMicroseconds = (DateTimeOffset.UtcNow - DateTimeOffset.UnixEpoch - Stopwatch.GetElapsedTime(StartTimestamp)).Ticks / TimeSpan.TicksPerMicrosecond;
            return startMicroseconds;
        }
    }

    public long ElapsedMs => (long)Stopwatch.GetElapsedTime(StartTimestamp).TotalMilliseconds;

    /// <summary>Whether it has written, and so cannot be killed any more.</summary>
    public bool IsDirty => isDirty;

    /// <summary>The call that runs it, once it takes too long; for others to show.</summary>
    public RespRequest? Call { get; private set; }

    /// <summary>The protocol that the script chose.</summary>
    public int Protocol => protocol;

    /// <summary>Ends it at its next look.</summary>
    public void Kill() => isKilled = true;

    /// <summary>What the context holds is kept, and it serves the script.</summary>
    public void Enter(CommandContext own)
    {
        context = own;
        kept = new Kept(own.Command, own.Request, own.Reply, own.StartTimestamp, own.IsInExec);
        // Nothing that a script calls may wait.
        own.IsInExec = own.IsInScript = true;
    }

    /// <summary>The context serves its own command again.</summary>
    public void Leave()
    {
        (context.Command, context.Request, context.Reply, context.StartTimestamp, context.IsInExec) = (kept.Command, kept.Request, kept.Reply, kept.StartTimestamp, kept.IsInExec);
        context.IsInScript = false;
        if (context.Client.Namespace == clientNamespace)
            return;
        context.Client.Namespace = clientNamespace;
        context.Keyspace.Namespace = clientNamespace;
    }

    /// <summary>Writes what the script came to as the reply of its command; the context is left. False when that is an error.</summary>
    public bool Finish(LuaOutcome outcome)
    {
        Leave();
        context.HasFailed = false;
        scripts.Replies.Clear();
        try
        {
            if (outcome == LuaOutcome.Done)
                new LuaReplyWriter(Machine.Thread, context.Reply, protocol, this).Write();
            else
                WriteFailure(Machine.TakeFailure());
        }
        finally
        {
            Machine.EndRun(outcome);
            scripts.Running = null;
            scripts.Used(Script);
        }

        return !context.HasFailed;
    }

    string? IScriptHost.Call(RespRequest request, out ReadOnlySpan<byte> reply)
    {
        reply = default;
        var command = Find(request);
        if ((command == null ? "Unknown Redis command called from script" : Refusal(command, request)) is { } refusal)
        {
            // Counted here, and not again when it ends the script.
            context.Counters.CountError(refusal[0] == '-' ? refusal[1..] : "ERR " + refusal);
            if (command != null)
                context.Counters.Calls[command.Index].Rejected++;
            return refusal;
        }

        if (command!.Is(CommandFlags.Write))
        {
            if (RoomFault(command, request) is { } noRoom)
                return "-" + ErrorReplies.LogFailed + noRoom;
            isDirty = true;
        }

        if (++calls % CallsPerRefresh == 0)
            context.Keyspace.Session.Refresh();
        var replies = scripts.Replies;
        replies.Clear();
        replies.Writer.ProtocolVersion = protocol;
        context.Request = request;
        context.Reply = replies.Writer;
        CommandExecutor.Run(context, command);
        reply = replies.Reply;
        if (!reply.IsEmpty)
            return null;
        context.TakeWait();
        return "This Redis command is not allowed from script";
    }

    bool? IScriptHost.MayCall(RespRequest request) =>
        Find(request) is { } command ? context.Client.IsTrusted || context.Server.Access.Check(context.Client, command, request).Reason == DenialReason.None : null;

    void IScriptHost.SetProtocol(int version) => protocol = version;

    void IScriptHost.NoteError(string text, bool isCounted)
    {
        context.HasFailed = true;
        if (!isCounted)
            context.Counters.CountError(text);
    }

    void IScriptHost.Log(int level, string text) => Log.Script(scripts.Server.Logger, level, text);

    ScriptInterrupt IScriptHost.Interrupt(bool canPause)
    {
        if (isKilled)
            return ScriptInterrupt.Kill;
        context.Keyspace.Session.Refresh();
        var elapsed = Stopwatch.GetTimestamp() - StartTimestamp;
        if (scripts.BusyThresholdMs > 0 && elapsed > scripts.BusyThresholdMs * (Stopwatch.Frequency / 1000))
            TellBusy();
        if (!canPause || !canMove || elapsed <= TurnTicks)
            return ScriptInterrupt.GoOn;
        canMove = false;
        return ScriptInterrupt.Pause;
    }

    private void TellBusy()
    {
        if (Call != null)
            return;
        Call = kept.Request.Copy();
        Log.SlowScript(scripts.Server.Logger, Script.Name, ElapsedMs);
        scripts.Server.Store.Gate.IsHeldLong = true;
    }

    // Once it has emptied or exchanged databases all replies depend on the whole of it: what the log has no room for is not to be begun then.
    private string? RoomFault(Command command, RespRequest request)
    {
        var log = scripts.Server.Store.Log;
        if (CommandExecutor.IsOnDatabases(command))
            roomUntil ??= 0;
        else if (roomUntil is { } until && log.Tail + (ulong)(request.ArgumentBytes + (RoomStepBytes / 2)) > until)
        {
            var bytes = request.ArgumentBytes + RoomStepBytes;
            if (log.RoomFault(bytes) is { } fault)
                return fault;
            roomUntil = log.Tail + (ulong)bytes;
        }

        return null;
    }

    private Command? Find(RespRequest request)
    {
        var command = scripts.Server.Commands.Find(request[0]);
        return command is { Subcommands.Length: > 0 } && request.Length > 1 ? command.FindSubcommand(request[1]) : command;
    }

    private string? Refusal(Command command, RespRequest request)
    {
        if (!command.TakesLength(request.Length) || command.Handler == null)
            return "Wrong number of args calling Redis command from script";
        if (command.Is(CommandFlags.NoScript) && (!scripts.AllowsDenied || IsNeverCalled(command)))
            return "This Redis command is not allowed from script";
        if (!context.Client.IsTrusted && context.Server.Access.RefusalInScript(context, command, request) is { } forbidden)
            return "ACL failure in script: " + forbidden;
        if (isReadOnly && command.Is(CommandFlags.Write | CommandFlags.MayReplicate))
            return "Write commands are not allowed from read-only scripts.";
        return command.Is(CommandFlags.DenyOom) && wasOom && !allowsOom && !isDirty ? "-" + ErrorReplies.Oom : null;
    }

    // A script within a script, or a transaction, would leave this one in no state to go on.
    private static bool IsNeverCalled(Command command) => command.Group is FunctionCommands.Group or "transactions";

    private void WriteFailure(LuaFailure failure)
    {
        var text = failure.Source == null ? failure.Text : $"{failure.Text} script: {Script.Name}, on {failure.Source}:{failure.Line}.";
        context.HasFailed = true;
        if (failure.IsCounted)
            context.Reply.Error(text);
        else
            context.Error(text);
    }

    private readonly record struct Kept(Command Command, RespRequest Request, RespReplyWriter Reply, long StartTimestamp, bool IsInExec);
}
