using System.Buffers;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Security.Authentication;
using RespKv.Protocol;
using RespKv.Server.Commands;
using RespKv.Server.Storage;
using RespKv.Server.Storage.Durability;
using RespKv.Server.Telemetry;

namespace RespKv.Server.Net;

/// <summary>
/// One connection: the loop that reads what came, runs every whole request, sends the replies once, and marks what was used. It runs on the
/// thread that received, unless the client floods or has to wait; nothing in it blocks. Only this loop writes to the client; others
/// <see cref="Post"/>.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "The block pools hold no resource: what they lend comes back through the pipes.")]
internal sealed partial class ClientConnection : IClientConnection, IThreadPoolWorkItem
{
    // A client that sends this much, or keeps the thread this long, goes on on a worker thread, so that its neighbours are served.
    private const int TurnBytes = 64 * 1024;
    private const int UploadPart = 8;
    private static readonly long TurnTicks = Stopwatch.Frequency / 2000;

    // The thread may have been held up by others; what little is left then is done in this time, rather than on a worker.
    private static readonly long GraceTicks = Stopwatch.Frequency / 10_000;

    // Bytes that come so soon behind the last ones belong to the same turn: the thread has not looked after its other connections between.
    private static readonly long TurnGapTicks = Stopwatch.Frequency / 40_000;

    // Operations between two looks at the gate and the clock.
    private const int OperationsPerLook = 64;

    // Replies written before they are sent although more requests are here, in bytes.
    private const long SendEveryBytes = 256 * 1024;

    // Received bytes that wait for the loop before no more are received; while the loop is on its way to a worker, this also frees the socket's thread.
    private const int InputBytesMax = BlockPool.LargeBytes;

    // Receives of little in a row after which a connection gets the tiny blocks of an idle one.
    private const int LittleReceives = 8;

    private const int PollMsMax = 50;

    // Blocks that are thrown away between two polls.
    private const int DiscardsAtOnce = 64;
    private static readonly TimeSpan LingerLimit = TimeSpan.FromSeconds(5);

    // A client that would take longer than this for what it has unread takes nothing worth speaking of, in looks of the keeper.
    private const int LooksToTakeAll = 600;

    private readonly ServerState server;
    private readonly OutputBudget budget;
    private readonly Transport transport;
    private readonly Delivery delivery;
    private readonly ConnectionBlocks inputBlocks = new(null) { NextBytes = BlockPool.TinyBytes };
    private readonly ConnectionOutput output;
    private readonly RespRequestReader reader = new();
    private readonly RespReplyWriter reply;
    private readonly RequestBytes bytes;
    private RespRequest request = new();
    private Mailbox? mailbox;
    private TaskCompletionSource? aborted;
    private int wakeQueued;
    private volatile bool isAborted;
    private volatile bool isFinishing;
    private RespRequest? waitingRequest;
    private int littleReceives;

    // The turn: the time that the client has had the thread for without a break.
    private long turnStart;
    private long turnBytes;
    private int turnReads;
    private long graceStart;
    private long batchEnd;

    // Kept by the keeper.
    private long takenBefore;
    private long progressMs;
    private long overSoftSince;

    // What the replies that are written and not yet sent depend on, as a position of the write log.
    private readonly WriteLog log;
    private LogWaiter? logWaiter;
    private ulong acknowledgePosition;

    // Bytes of the request that runs; read by others for what they show.
    private int runningBytes;

    /// <param name="server">What commands share.</param>
    /// <param name="budget">What all clients have unread.</param>
    /// <param name="socket">The client's socket.</param>
    /// <param name="newClient">Makes what commands know of the client.</param>
    /// <param name="threads">Who watches the socket.</param>
    /// <param name="tls">What its handshake goes by; null for a client without TLS.</param>
    /// <exception cref="SocketException">The socket cannot be watched.</exception>
    public ClientConnection(ServerState server, OutputBudget budget, Socket socket, Func<IClientConnection, Client> newClient, SocketThreads? threads, TlsContext? tls = null)
    {
        this.server = server;
        this.budget = budget;
        log = server.Store.Log;
        output = new ConnectionOutput(budget, NoteUnreadable);
        bytes = new RequestBytes { BeginUpload = BeginUpload };
        reply = new RespReplyWriter(output);
        Client = newClient(this);
        var input = new PipeOptions(inputBlocks, PipeScheduler.Inline, PipeScheduler.Inline, InputBytesMax, InputBytesMax / 2, BlockPool.TinyBytes, useSynchronizationContext: false);
        // No threshold: how much may be unread is decided here, by the blocks that are out.
        var unread = new PipeOptions(output.Blocks, PipeScheduler.Inline, PipeScheduler.Inline, 0, 0, BlockPool.SmallBytes, useSynchronizationContext: false);
        transport = new Transport(socket, unread, input, threads, tls);
        output.Attach(transport);
        delivery = new Delivery(transport);
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

    /// <summary>Why the client is not to be served, which it can be told only under TLS.</summary>
    public string? Refusal { get; init; }

    public long PendingOutputBytes => output.UnreadBytes + (mailbox?.Bytes ?? 0);

    public long PendingInputBytes => bytes.HeldBytes + runningBytes;

    /// <summary>How many looks in a row the client has had replies unread and has taken next to none.</summary>
    public int StalledLooks { get; private set; }

    /// <summary>Looks whether the client takes its replies; called by the keeper alone.</summary>
    public void NoteProgress()
    {
        var unread = PendingOutputBytes;
        // Asking the system is worth it where one send takes long.
        var taken = unread > BlockPool.LargeBytes ? delivery.TakenBytes : transport.BytesSent;
        var isStalled = unread > 0 && taken - takenBefore <= unread / LooksToTakeAll;
        StalledLooks = isStalled ? StalledLooks + 1 : 0;
        if (!isStalled && unread > 0)
            progressMs = server.Store.Clock.NowMs;
        takenBefore = taken;
    }

    /// <summary>Whether the client has neither sent nor taken anything for so many milliseconds, and is not meant to listen only.</summary>
    public bool IsIdleFor(long idleMs) => server.Store.Clock.NowMs - Math.Max(Client.LastActiveMs, progressMs) > idleMs && !Client.MayBeIdle;

    /// <summary>Closes a client that has more unread than <c>client-output-buffer-limit</c> lets it have; whether it did.</summary>
    public bool CloseIfOverLimit()
    {
        var unread = PendingOutputBytes;
        if (!IsOver(Client.IsSubscribed ? server.PubSubOutput : server.NormalOutput, unread))
            return false;
        if (!isAborted)
            server.Stats.CountOutputBufferDisconnection();
        Log.OutputOverLimit(server.Logger, Client.Id, unread);
        Abort();
        return true;
    }

    /// <summary>Lets the loop end when what has been received is answered.</summary>
    public void Finish()
    {
        isFinishing = true;
        if (transport.NeedsOpening)
            Abort();
        Wake();
    }

    public bool Post(Message message, Subscription? subscription)
    {
        if (isAborted)
            return false;
        var box = LazyInitializer.EnsureInitialized(ref mailbox, () => new Mailbox(budget));
        box.Add(message, subscription);
        if (isAborted)
            box.Close();
        else if (!CloseIfOverLimit())
            Wake();
        return true;
    }

    public bool IsEnding => isAborted;

    public void Abort()
    {
        isAborted = true;
        Interlocked.MemoryBarrier();
        aborted?.TrySetResult();
        transport.Socket.TryShutdown(SocketShutdown.Both);
        Wake();
    }

    /// <summary>Serves the client until it leaves; never throws.</summary>
    public async Task RunAsync()
    {
        try
        {
            if (!transport.NeedsOpening || await OpenAsync().ConfigureAwait(false))
                await ServeAsync().ConfigureAwait(false);
            await LingerAsync().ConfigureAwait(false);
        }
        catch (Exception fault)
        {
            Log.ConnectionFault(server.Logger, fault, Client.Id);
        }
        finally
        {
            await EndAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Runs on the thread pool, to interrupt the wait for input.</summary>
    void IThreadPoolWorkItem.Execute() => transport.Input.CancelPendingRead();

    private static bool IsPeerGone(Exception error) => error is IOException or SocketException or OperationCanceledException or ObjectDisposedException;

    private void Wake()
    {
        if (Interlocked.Exchange(ref wakeQueued, 1) == 0)
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    /// <summary>Goes through the handshake; false when the client is not to be served.</summary>
    private async Task<bool> OpenAsync()
    {
        try
        {
            await transport.OpenAsync().ConfigureAwait(false);
        }
        catch (Exception error) when (error is AuthenticationException || IsPeerGone(error))
        {
            if (!isAborted)
                Log.HandshakeFailed(server.Logger, error is OperationCanceledException ? "it took too long" : (error.InnerException ?? error).Message, Client.Address, Client.LocalAddress);
            isAborted = true;
            return false;
        }

        if (Refusal == null)
            return true;
        reply.Error(Refusal);
        reply.Commit();
        await SendAsync().ConfigureAwait(false);
        return false;
    }

    private async Task ServeAsync()
    {
        while (!isAborted)
        {
            ReadResult result;
            try
            {
                result = await transport.Input.ReadAsync().ConfigureAwait(false);
            }
            catch (Exception error) when (IsPeerGone(error))
            {
                isAborted = true;
                return;
            }

            // A full fence: who posts after this wakes the loop again, and what was posted before is seen below.
            Interlocked.Exchange(ref wakeQueued, 0);
            var buffer = result.Buffer;
            AdaptInputBlocks();
            var now = Stopwatch.GetTimestamp();
            if (now - batchEnd > TurnGapTicks)
                BeginTurn(now);
            turnReads++;
            Outcome outcome;
            do
            {
                // Data come faster than the disk takes them.
                while ((server.Store.Memory.IsBehind || IsLogBehind) && !isAborted)
                    await Task.Delay(PollMsMax / 10).ConfigureAwait(false);
                if (bytes.IsUploading && server.Store.LargeValues.IsSlow && !Thread.CurrentThread.IsThreadPoolThread)
                    await default(ThreadPoolHop);
                outcome = RunBatch(ref buffer, out var wait);
                if (outcome == Outcome.NeedsMore && output.MayBePostponed && EndOfEvents.IsToCome)
                {
                    await default(EndOfEvents);
                    // Others have had the thread meanwhile.
                    BeginTurn(Stopwatch.GetTimestamp());
                }

                if (!await SendAsync().ConfigureAwait(false))
                    return;
                batchEnd = Stopwatch.GetTimestamp();
                if ((outcome == Outcome.Send && IsTurnOver(batchEnd)) || (outcome == Outcome.NeedsMore && IsFlood(batchEnd)))
                    outcome = Outcome.Yield;
                if (outcome == Outcome.Yield)
                    await default(ThreadPoolHop);
                else if (outcome == Outcome.BackPressure)
                    await UntilReadAsync().ConfigureAwait(false);
                else if (outcome == Outcome.Wait)
                    await OrAborted(wait!).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
                if (outcome is Outcome.Yield or Outcome.BackPressure or Outcome.Wait)
                    BeginTurn(Stopwatch.GetTimestamp());
            }
            while (outcome is not (Outcome.NeedsMore or Outcome.Close) && !isAborted);

            // Only here, so that nothing is received on the socket's thread while the loop is on its way to a worker.
            transport.Input.AdvanceTo(buffer.Start, outcome == Outcome.NeedsMore ? buffer.End : buffer.Start);
            if (outcome == Outcome.Close || (buffer.IsEmpty && (result.IsCompleted || isFinishing)))
                return;
        }
    }

    private void BeginTurn(long now)
    {
        turnStart = now;
        turnBytes = 0;
        turnReads = 0;
        graceStart = 0;
    }

    private bool IsTurnOver(long now) => turnBytes >= TurnBytes || now - turnStart > TurnTicks;

    // Who has sent no more than was read at once has had a long turn because the work took long, or because the thread was held up: there is nothing to yield with.
    private bool IsFlood(long now) => turnBytes >= TurnBytes || (turnReads > 1 && IsTurnOver(now));

    /// <summary>Runs requests until there is a reason to stop; what was used is cut from the buffer.</summary>
    private Outcome RunBatch(ref ReadOnlySequence<byte> buffer, out Task? wait)
    {
        wait = null;
        output.BeginWriting();
        try
        {
            if (!buffer.IsEmpty || waitingRequest != null)
                return RunLeased(ref buffer, out wait);
            TakeMail();
            return Outcome.NeedsMore;
        }
        finally
        {
            reply.Commit();
            output.EndWriting();
        }
    }

    private Outcome RunLeased(ref ReadOnlySequence<byte> buffer, out Task? wait)
    {
        server.Store.Cleaner.Help();
        var context = server.Lease();
        context.Client = Client;
        context.EndTimestamp = Stopwatch.GetTimestamp();
        context.Reply = reply;
        context.Output = reply;
        context.Keyspace.Namespace = Client.Namespace;
        context.Keyspace.Session.TryBeginBatch();
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
            acknowledgePosition = Math.Max(acknowledgePosition, context.Keyspace.Session.AcknowledgePosition);
            // Of an incomplete request the beginning is in it.
            if (bytes.HeldBytes == 0)
                request.Release();
            context.LetGo();
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

    public void TakeMail() => mailbox?.WriteTo(reply);

    /// <summary>Sends what has been written; false when the connection is over.</summary>
    private ValueTask<bool> SendAsync()
    {
        if (acknowledgePosition != 0 && log.TryWrite(acknowledgePosition))
            acknowledgePosition = 0;
        if (acknowledgePosition != 0 || output.IsCut || !output.TrySendAtOnce(out var isDown))
            return SendByPipeAsync();
        return ValueTask.FromResult(GoesOn(isDown));
    }

    private async ValueTask<bool> SendByPipeAsync()
    {
        if (output.IsCut)
        {
            Log.ClientNotReading(server.Logger, Client.Id, PendingOutputBytes);
            Abort();
            return false;
        }

        if (acknowledgePosition != 0 && !await UntilLoggedAsync().ConfigureAwait(false))
            return false;
        if (output.TrySendAtOnce(out var isDown))
            return GoesOn(isDown);
        if (output.TryFeed())
            return GoesOn(output.IsOver);
        try
        {
            isDown = (await transport.Output.FlushAsync().ConfigureAwait(false)).IsCompleted;
        }
        catch (Exception error) when (IsPeerGone(error) || error is InvalidOperationException)
        {
            // The transport has completed the pipe, with or without a reason.
            isDown = true;
        }

        return GoesOn(isDown);
    }

    private bool GoesOn(bool isDown)
    {
        isAborted |= isDown;
        return !isAborted && !CloseIfOverLimit();
    }

    /// <summary>Nothing is told that could be lost again: what the replies depend on has to be in the log first. False when it cannot be any more.</summary>
    private async ValueTask<bool> UntilLoggedAsync()
    {
        var need = acknowledgePosition;
        acknowledgePosition = 0;
        try
        {
            await log.WaitAsync(logWaiter ??= new LogWaiter(), need).ConfigureAwait(false);
            return true;
        }
        catch (IOException)
        {
            Abort();
            return false;
        }
    }

    private bool IsOver(OutputLimit limit, long unread)
    {
        if (limit.HardBytes > 0 && unread > limit.HardBytes)
            return true;
        if (limit.SoftBytes == 0 || unread <= limit.SoftBytes)
        {
            if (overSoftSince != 0)
                Volatile.Write(ref overSoftSince, 0);
            return false;
        }

        var now = Environment.TickCount64;
        var since = Interlocked.CompareExchange(ref overSoftSince, now, 0);
        return since != 0 && now - since > limit.SoftSeconds * 1000L;
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
        for (var pollMs = 1; !isAborted && !budget.Allows(output.UnreadBytes); pollMs = Math.Min(pollMs * 2, PollMsMax))
            await Task.Delay(pollMs).ConfigureAwait(false);
    }

    // On the way out the client still gets the replies that it has earned, if it takes them; what it sends meanwhile is thrown away. A socket that is closed
    // while the system holds bytes either way would take back what is not delivered.
    private async Task LingerAsync()
    {
        if (isAborted)
            return;
        var since = Stopwatch.StartNew();
        var taken = delivery.TakenBytes;
        var isComplete = false;
        for (var pollMs = 1; !isAborted && since.Elapsed < LingerLimit; pollMs = Math.Min(pollMs * 2, PollMsMax))
        {
            if (!isComplete && !output.IsFeeding)
            {
                transport.CompleteOutput();
                isComplete = true;
            }

            if (isComplete && transport.IsEnded && output.Blocks.OutstandingBytes == 0 && !delivery.IsUnderWay)
                return;
            await Task.Delay(pollMs).ConfigureAwait(false);
            DiscardInput();
            if (delivery.TakenBytes is var now && now == taken)
                continue;
            taken = now;
            since.Restart();
        }
    }

    private void DiscardInput()
    {
        try
        {
            var isMore = true;
            for (var i = 0; i < DiscardsAtOnce && isMore && transport.Input.TryRead(out var result); i++)
            {
                isMore = !result.Buffer.IsEmpty;
                transport.Input.AdvanceTo(result.Buffer.End);
            }
        }
        catch (Exception error) when (IsPeerGone(error))
        {
            isAborted = true;
        }
    }

    private async Task EndAsync()
    {
        var isOrderly = !isAborted;
        isAborted = true;
        mailbox?.Close();
        bytes.Drop();
        await output.EndAsync().ConfigureAwait(false);
        transport.Complete();
        // A socket with a receive under way is closed by a reset; the receive ends by itself now.
        for (var pollMs = 1; isOrderly && inputBlocks.OutstandingBytes > 0 && pollMs < PollMsMax; pollMs *= 2)
            await Task.Delay(pollMs).ConfigureAwait(false);
        // Not the transport: it would let go of blocks that the system may still be filling.
        transport.Socket.Dispose();
        output.Blocks.End();
    }

    // The next receive gets a large block when the last one was filled. An idle connection keeps the block that it waits with, so it is not to be large.
    private void AdaptInputBlocks()
    {
        if (bytes.IsUploading)
        {
            inputBlocks.NextBytes = BlockPool.LargeBytes;
            return;
        }

        var received = transport.LastReceived;
        littleReceives = received > BlockPool.TinyBytes / 2 ? 0 : littleReceives + 1;
        if (received >= Math.Min(inputBlocks.LastBytes, BlockPool.MediumBytes))
            inputBlocks.NextBytes = BlockPool.LargeBytes;
        else if (littleReceives > LittleReceives)
            inputBlocks.NextBytes = BlockPool.TinyBytes;
        else if (received > BlockPool.TinyBytes / 2 || inputBlocks.NextBytes > BlockPool.MediumBytes)
            inputBlocks.NextBytes = BlockPool.MediumBytes;
    }

    // While nothing can be written at all, reads go on, and writes are refused.
    private bool IsLogBehind => log.IsCrowded && log.Failure == null && !log.TryWrite(log.Tail);

    // The value of a SET and its like goes where it is to be kept; a queued one has to wait with the others.
    private LargeUpload? BeginUpload(RespRequest begun, int length) =>
        begun.Length > 0 && Client.Transaction == null && !server.IsLoading && server.Commands.Find(begun[0])?.ValueAt == begun.Length ? server.Store.LargeValues.BeginUpload(length) : null;

    private void NoteUnreadable(Exception fault)
    {
        Log.ValueUnreadable(server.Logger, Client.Id, fault.Message);
        Abort();
    }
}
