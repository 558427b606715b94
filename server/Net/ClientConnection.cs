using System.Buffers;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Pipelines.Sockets.Unofficial;
using RespKv.Protocol;
using RespKv.Server.Commands;
using RespKv.Server.Telemetry;

namespace RespKv.Server.Net;

/// <summary>
/// One connection: the loop that reads what came, runs every whole request, sends the replies once, and marks what was used. It runs on the
/// thread that received, unless the client floods or has to wait; nothing in it blocks. Only this loop writes to the client; others
/// <see cref="Post"/>.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "The block pools hold no resource: what they lend comes back through the pipes.")]
internal sealed class ClientConnection : IClientConnection, IThreadPoolWorkItem
{
    // A client that sends this much, or keeps the thread this long, goes on on a worker thread, so that its neighbours are served.
    private const int TurnBytes = 64 * 1024;
    private static readonly long TurnTicks = Stopwatch.Frequency / 2000;

    // Operations between two looks at the gate and the clock.
    private const int OperationsPerLook = 64;

    // Replies written before they are sent although more requests are here, in bytes.
    private const long SendEveryBytes = 256 * 1024;

    private static readonly TimeSpan BackPressurePoll = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan LingerLimit = TimeSpan.FromSeconds(5);

    private readonly ServerState server;
    private readonly OutputBudget budget;
    private readonly SocketConnection transport;
    private readonly ConnectionBlocks inputBlocks;
    private readonly ConnectionBlocks outputBlocks;
    private readonly RespRequestReader reader = new();
    private readonly RespRequest request = new();
    private readonly RespReplyWriter reply;
    private readonly RequestBytes bytes = new();
    private Mailbox? mailbox;
    private TaskCompletionSource? aborted;
    private int wakeQueued;
    private volatile bool isAborted;
    private volatile bool isFinishing;
    private RespRequest? waitingRequest;
    private long sentBefore;

    // Bytes of the request that runs; read by others for what they show.
    private int runningBytes;

    public ClientConnection(ServerState server, OutputBudget budget, Socket socket, Func<IClientConnection, Client> newClient)
    {
        this.server = server;
        this.budget = budget;
        inputBlocks = new ConnectionBlocks(null);
        outputBlocks = new ConnectionBlocks(budget);
        Client = newClient(this);
        var input = new PipeOptions(inputBlocks, PipeScheduler.Inline, PipeScheduler.Inline, 1 << 20, 1 << 19, BlockPool.SmallBytes, useSynchronizationContext: false);
        // No threshold: how much may be unread is decided here, by the blocks that are out.
        var output = new PipeOptions(outputBlocks, PipeScheduler.Inline, PipeScheduler.Inline, 0, 0, BlockPool.SmallBytes, useSynchronizationContext: false);
        transport = SocketConnection.Create(socket, output, input);
        reply = new RespReplyWriter(transport.Output);
    }

    private enum Outcome
    {
        /// <summary>All that came has been used.</summary>
        NeedsMore,

        /// <summary>Replies are to be sent before going on.</summary>
        Send,

        /// <summary>The client has had its turn.</summary>
        Yield,

        /// <summary>The client must read replies first.</summary>
        BackPressure,

        /// <summary>A command waits.</summary>
        Wait,

        /// <summary>The connection is to end.</summary>
        Close,
    }

    public Client Client { get; }

    public long PendingOutputBytes => outputBlocks.OutstandingBytes + (mailbox?.Bytes ?? 0);

    public long PendingInputBytes => bytes.HeldBytes + runningBytes;

    /// <summary>How many looks in a row the client has had replies unread and has taken none.</summary>
    public int StalledLooks { get; private set; }

    /// <summary>Looks whether the client takes its replies; called by the keeper alone.</summary>
    public void NoteProgress(bool hasUnread)
    {
        var sent = transport.BytesSent;
        StalledLooks = hasUnread && sent == sentBefore ? StalledLooks + 1 : 0;
        sentBefore = sent;
    }

    /// <summary>Whether the client has sent nothing for so many milliseconds, and is not meant to listen only.</summary>
    public bool IsIdleFor(long idleMs) => server.Store.Clock.NowMs - Client.LastActiveMs > idleMs && !Client.MayBeIdle;

    /// <summary>Lets the loop end when what has been received is answered.</summary>
    public void Finish()
    {
        isFinishing = true;
        Wake();
    }

    public void Post(Message message, Subscription? subscription)
    {
        if (isAborted)
            return;
        var box = LazyInitializer.EnsureInitialized(ref mailbox);
        box.Add(message, subscription);
        if (box.IsOver(server.PubSubOutput, PendingOutputBytes))
        {
            Log.SubscriberTooSlow(server.Logger, Client.Id, PendingOutputBytes);
            Abort();
            return;
        }

        Wake();
    }

    public void Abort()
    {
        isAborted = true;
        Interlocked.MemoryBarrier();
        aborted?.TrySetResult();
        try
        {
            transport.Socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // Gone already.
        }

        Wake();
    }

    /// <summary>Serves the client until it leaves; never throws.</summary>
    public async Task RunAsync()
    {
        try
        {
            await ServeAsync().ConfigureAwait(false);
            await LingerAsync().ConfigureAwait(false);
        }
        catch (Exception error) when (IsPeerGone(error))
        {
            // There is nobody to tell.
        }
        catch (Exception fault)
        {
            Log.ConnectionFault(server.Logger, fault, Client.Id);
        }
        finally
        {
            isAborted = true;
            bytes.Drop();
            transport.Output.Complete();
            transport.Input.Complete();
            transport.Dispose();
        }
    }

    /// <summary>Runs on the thread pool, to interrupt the wait for input.</summary>
    void IThreadPoolWorkItem.Execute() => transport.Input.CancelPendingRead();

    // Writing to a pipe whose socket has failed is an invalid operation: the transport has completed it.
    private bool IsPeerGone(Exception error) =>
        error is IOException or SocketException or OperationCanceledException or ObjectDisposedException
        || (error is InvalidOperationException && (isAborted || transport.ShutdownKind != PipeShutdownKind.None));

    private void Wake()
    {
        if (Interlocked.Exchange(ref wakeQueued, 1) == 0)
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    private async Task ServeAsync()
    {
        while (!isAborted)
        {
            var result = await transport.Input.ReadAsync().ConfigureAwait(false);
            Volatile.Write(ref wakeQueued, 0);
            var buffer = result.Buffer;
            AdaptInputBlocks(buffer.Length);
            var outcome = Outcome.Send;
            while (outcome is not (Outcome.NeedsMore or Outcome.Close or Outcome.Yield) && !isAborted)
            {
                outcome = RunBatch(ref buffer, out var wait);
                if (!await SendAsync().ConfigureAwait(false))
                    return;
                if (outcome == Outcome.BackPressure)
                    await UntilReadAsync().ConfigureAwait(false);
                else if (outcome == Outcome.Wait)
                    await OrAborted(wait!).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
            }

            transport.Input.AdvanceTo(buffer.Start, outcome == Outcome.NeedsMore ? buffer.End : buffer.Start);
            if (outcome == Outcome.Close || (buffer.IsEmpty && (result.IsCompleted || isFinishing)))
                return;
            if (outcome == Outcome.Yield)
                await default(ThreadPoolHop);
        }
    }

    /// <summary>Runs requests until there is a reason to stop; what was used is cut from the buffer.</summary>
    private Outcome RunBatch(ref ReadOnlySequence<byte> buffer, out Task? wait)
    {
        wait = null;
        if (buffer.IsEmpty && waitingRequest == null)
        {
            TakeMail();
            reply.Commit();
            return Outcome.NeedsMore;
        }

        if (server.Store.Cleaner.IsBehind)
            HelpClean();
        var context = server.Lease();
        context.Client = Client;
        context.Reply = reply;
        context.Output = reply;
        context.Keyspace.Namespace = Client.Namespace;
        context.Keyspace.Session.BeginBatch();
        context.Keyspace.Session.TouchesKeys = !Client.IsNoTouch;
        Client.LastActiveMs = context.NowMs;
        try
        {
            // What others caused before they had their replies comes before what the client asks after that, as in a server of one thread.
            TakeMail();
            var outcome = RunWaiting(context);
            if (outcome == Outcome.NeedsMore)
                outcome = RunRequests(context, ref buffer);
            TakeMail();
            wait = context.TakeWait();
            return outcome;
        }
        finally
        {
            context.Keyspace.Session.EndBatch();
            reply.Commit();
            server.Return(context);
        }
    }

    /// <summary>Runs the request whose wait is over, if there is one.</summary>
    private Outcome RunWaiting(CommandContext context)
    {
        if (waitingRequest is not { } waiting)
            return Outcome.NeedsMore;
        waitingRequest = null;
        context.Request = waiting;
        return Execute(context);
    }

    private Outcome RunRequests(CommandContext context, ref ReadOnlySequence<byte> buffer)
    {
        var turnStart = Stopwatch.GetTimestamp();
        var turnBytes = 0L;
        var writtenAtStart = reply.BytesWritten;
        var operations = 0;
        reader.BulkBytesMax = server.BulkBytesMax;
        foreach (var memory in buffer)
        {
            MemoryMarshal.TryGetArray(memory, out var segment);
            int start = segment.Offset, end = segment.Offset + segment.Count;
            while (true)
            {
                var before = start;
                reader.IsUnauthenticated = !Client.IsAuthenticated;
                var status = bytes.Read(reader, request, segment.Array!, ref start, end);
                turnBytes += start - before;
                if (status == RespReadStatus.NeedMoreData)
                    break;
                var outcome = status == RespReadStatus.Done ? ExecuteRequest(context) : RefuseProtocol(context);
                if (outcome == Outcome.NeedsMore && ++operations % OperationsPerLook == 0)
                {
                    context.Keyspace.Session.BetweenOperations();
                    if (Stopwatch.GetTimestamp() - turnStart > TurnTicks)
                        outcome = Outcome.Yield;
                }

                if (outcome == Outcome.NeedsMore)
                    outcome = After(turnBytes, reply.BytesWritten - writtenAtStart);
                if (outcome == Outcome.NeedsMore)
                    continue;
                buffer = buffer.Slice(buffer.GetPosition(turnBytes));
                CountBytes(context, turnBytes, reply.BytesWritten - writtenAtStart);
                return outcome;
            }
        }

        buffer = buffer.Slice(buffer.End);
        CountBytes(context, turnBytes, reply.BytesWritten - writtenAtStart);
        if (bytes.HeldBytes <= server.QueryBufferBytesMax)
            return Outcome.NeedsMore;
        Log.RequestTooLarge(server.Logger, Client.Id, bytes.HeldBytes);
        return Outcome.Close;
    }

    private static void CountBytes(CommandContext context, long received, long written)
    {
        context.Counters.InputBytes += received;
        context.Counters.OutputBytes += written;
    }

    private Outcome After(long turnBytes, long written)
    {
        if (written >= SendEveryBytes)
            return budget.Allows(outputBlocks.OutstandingBytes) ? Outcome.Send : Outcome.BackPressure;
        return turnBytes > TurnBytes ? Outcome.Yield : Outcome.NeedsMore;
    }

    private Outcome ExecuteRequest(CommandContext context)
    {
        context.Request = request;
        runningBytes = reader.Consumed;
        var outcome = Execute(context);
        runningBytes = 0;
        bytes.Release();
        return outcome;
    }

    private Outcome Execute(CommandContext context)
    {
        if (!budget.Allows(outputBlocks.OutstandingBytes))
        {
            waitingRequest = context.Request.Copy();
            return Outcome.BackPressure;
        }

        CommandExecutor.Execute(context);
        if (context.HasOwnMail)
        {
            context.HasOwnMail = false;
            TakeMail();
        }

        if (context.Wait != null)
        {
            if (context.RetriesAfterWait)
                waitingRequest = context.Request.Copy();
            return Outcome.Wait;
        }

        return Client.ClosesAfterReply ? Outcome.Close : Outcome.NeedsMore;
    }

    private Outcome RefuseProtocol(CommandContext context)
    {
        context.Error(ErrorReplies.Protocol + reader.Error);
        return Outcome.Close;
    }

    public void TakeMail() => mailbox?.WriteTo(reply);

    /// <summary>Sends what has been written; false when the connection is over.</summary>
    private async ValueTask<bool> SendAsync()
    {
        var flushed = await transport.Output.FlushAsync().ConfigureAwait(false);
        return !flushed.IsCompleted;
    }

    // A client that CLIENT PAUSE holds up can be closed all the same.
    private Task OrAborted(Task wait)
    {
        if (!Client.IsPaused)
            return wait;
        var signal = LazyInitializer.EnsureInitialized(ref aborted, () => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        Interlocked.MemoryBarrier();
        return isAborted ? Task.CompletedTask : Task.WhenAny(wait, signal.Task);
    }

    private async Task UntilReadAsync()
    {
        while (!isAborted && !budget.Allows(outputBlocks.OutstandingBytes))
            await Task.Delay(BackPressurePoll).ConfigureAwait(false);
    }

    // On the way out the client still gets the replies that it has earned, if it takes them.
    private async Task LingerAsync()
    {
        if (isAborted)
            return;
        transport.Output.Complete();
        var since = Stopwatch.StartNew();
        var sent = transport.BytesSent;
        while (!isAborted && outputBlocks.OutstandingBytes > 0 && since.Elapsed < LingerLimit)
        {
            await Task.Delay(1).ConfigureAwait(false);
            if (transport.BytesSent == sent)
                continue;
            sent = transport.BytesSent;
            since.Restart();
        }
    }

    private void AdaptInputBlocks(long received) => inputBlocks.NextBytes = received switch
    {
        <= BlockPool.SmallBytes / 2 => BlockPool.SmallBytes,
        < BlockPool.MediumBytes => BlockPool.MediumBytes,
        _ => BlockPool.LargeBytes,
    };

    private void HelpClean()
    {
        for (var i = 0; i < 8 && server.Store.Cleaner.IsBehind && server.Store.Cleaner.CleanSlice(); i++)
        {
        }
    }
}
