using System.Buffers;
using RespKv.Protocol;

namespace RespKv.Server.Net;

/// <summary>
/// Where a connection's replies are written to. It never fails: when the client has gone, or may not have more, the rest goes nowhere, so that a command, or a
/// transaction, runs to its end all the same. Used by the connection's loop alone; while a large value is being sent, what it writes queues up behind that (<see cref="OutputFeed"/>).
/// </summary>
internal sealed class ConnectionOutput : IBufferWriter<byte>, IReplyContentOutput
{
    // Of most batches all replies fit such a block.
    private const int AtOnceBytes = 20 * 1024;

    // Replies of more are sent as soon as they are there: many of them would fill the processor's cache.
    private const int PostponedBytes = 4 * 1024;

    // Blocks for the batches that a thread runs, as many as it may put off. A connection whose replies have to wait for the log takes one along.
    [ThreadStatic]
    private static Stack<byte[]>? spare;

    private readonly OutputBudget budget;
    private readonly Action<Exception> failed;

    // Made for the first large value: most connections never send one.
    private OutputFeed? feed;
    private Transport? transport;
    private byte[]? nowhere;
    private volatile bool isWriting;
    private volatile bool isCopying;

    // Whether what the present batch writes has to wait.
    private bool isBehind;

    // Whether it is gathered in a block, to be sent past the pipe, in which there is nothing.
    private bool isAtOnce;
    private byte[]? atOnce;
    private int atOnceUsed;

    /// <param name="budget">What all clients have unread.</param>
    /// <param name="failed">Told that a large value cannot be read to its end, so that the connection is to end.</param>
    public ConnectionOutput(OutputBudget budget, Action<Exception> failed)
    {
        this.budget = budget;
        this.failed = failed;
        Blocks = new ConnectionBlocks(budget) { AreLost = () => (isWriting || isCopying) && IsDown };
    }

    public ConnectionBlocks Blocks { get; }

    /// <summary>Bytes that the client has not taken, large values that are still to be fetched among them.</summary>
    public long UnreadBytes => Blocks.OutstandingBytes + (feed?.UnreadBytes ?? 0);

    /// <summary>Whether large values, or what follows them, are being sent.</summary>
    public bool IsFeeding => feed is { IsRunning: true, IsOver: false };

    /// <summary>Whether nothing can be sent any more.</summary>
    public bool IsOver => feed is { IsOver: true };

    /// <summary>Whether the client was owed more than there was room for, so that its replies are cut off and it is to be closed.</summary>
    public bool IsCut { get; private set; }

    private bool IsDown => transport is { IsDown: true };

    /// <summary>Whether what has been written may be sent with what other connections have to send.</summary>
    public bool MayBePostponed => isAtOnce && atOnceUsed is > 0 and <= PostponedBytes;

    public void Attach(Transport connection) => transport = connection;

    /// <summary>From here to <see cref="EndWriting"/> a block may be written to.</summary>
    public void BeginWriting()
    {
        isWriting = true;
        isBehind = feed is { IsRunning: true };
        isAtOnce = !isBehind && transport!.CanSendAtOnce && Blocks.OutstandingBytes == 0;
    }

    public void EndWriting() => isWriting = false;

    /// <summary>Sends what the batch has written past the pipe; false when there is more that the transport is to be flushed for.</summary>
    /// <param name="isDown">Whether nothing can be sent any more.</param>
    public bool TrySendAtOnce(out bool isDown)
    {
        isDown = IsDown;
        if (!isAtOnce)
            return false;
        if (atOnceUsed == 0)
            return true;
        isDown = !transport!.TrySend(atOnce.AsSpan(0, atOnceUsed), out var sent);
        if (sent < atOnceUsed && !isDown)
        {
            LeaveToPipe(sent);
            return false;
        }

        EndAtOnce();
        return true;
    }

    /// <summary>Has the feed send what the batch has written, if that is its task; else the loop is to flush the transport.</summary>
    public bool TryFeed()
    {
        if (!isBehind)
            return false;
        feed!.Publish(transport!);
        return true;
    }

    /// <summary>The connection is over.</summary>
    public Task EndAsync() => feed?.EndAsync() ?? Task.CompletedTask;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        if (nowhere != null)
            return nowhere;
        if (budget.IsExceeded && Blocks.OutstandingBytes + (feed?.HeldBytes ?? 0) > OutputBudget.ClientBytesAlways)
        {
            IsCut = true;
            return Nowhere();
        }

        if (isBehind)
            return feed!.GetMemory(sizeHint);
        if (isAtOnce && HasRoomAtOnce(sizeHint))
            return atOnce.AsMemory(atOnceUsed);
        try
        {
            return transport!.Output.GetMemory(sizeHint);
        }
        catch (InvalidOperationException) when (IsDown)
        {
            return Nowhere();
        }
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public void Advance(int count)
    {
        if (nowhere != null)
            return;
        if (isBehind)
            feed!.Advance(count);
        else if (isAtOnce)
            atOnceUsed += count;
        else if (!TryAdvance(count))
            Nowhere();
    }

    public void Append(IReplyContent content)
    {
        if (nowhere != null || IsDown)
        {
            content.Dispose();
            return;
        }

        if (isAtOnce)
            LeaveToPipe(0);
        isBehind = true;
        feed ??= new OutputFeed(this, budget, failed);
        feed.Append(content);
    }

    /// <summary>Copies bytes to the transport; false when it has failed. For the feed, while it runs.</summary>
    public bool TryCopy(ReadOnlySpan<byte> bytes)
    {
        isCopying = true;
        try
        {
            while (!bytes.IsEmpty)
            {
                var span = transport!.Output.GetSpan();
                var count = Math.Min(span.Length, bytes.Length);
                bytes[..count].CopyTo(span);
                if (!TryAdvance(count))
                    return false;
                bytes = bytes[count..];
            }

            return true;
        }
        catch (InvalidOperationException) when (IsDown)
        {
            return false;
        }
        finally
        {
            isCopying = false;
        }
    }

    /// <summary>Copies a piece of a large value to the transport; false when it has failed. For the feed, while it runs.</summary>
    public bool TryCopy(IReplyContent content, int offset, int count)
    {
        isCopying = true;
        try
        {
            content.Read(offset, transport!.Output.GetSpan(count)[..count]);
            return TryAdvance(count);
        }
        catch (InvalidOperationException) when (IsDown)
        {
            return false;
        }
        finally
        {
            isCopying = false;
        }
    }

    private bool HasRoomAtOnce(int bytes)
    {
        atOnce ??= TakeSpare() ?? GC.AllocateUninitializedArray<byte>(AtOnceBytes, pinned: true);
        if (atOnce.Length - atOnceUsed >= Math.Max(bytes, 1))
            return true;
        LeaveToPipe(0);
        return false;
    }

    // What is in the block from there on, and what the batch writes behind it, goes the usual way.
    private void LeaveToPipe(int from)
    {
        isAtOnce = false;
        TryCopy(atOnce.AsSpan(from, atOnceUsed - from));
        EndAtOnce();
    }

    private static byte[]? TakeSpare() => spare != null && spare.TryPop(out var block) ? block : null;

    private void EndAtOnce()
    {
        if (atOnce != null && (spare ??= new()).Count < SocketThread.EventsMax)
            spare.Push(atOnce);
        atOnce = null;
        atOnceUsed = 0;
    }

    private bool TryAdvance(int count)
    {
        try
        {
            transport!.Output.Advance(count);
            return true;
        }
        catch (Exception error) when (IsDown && error is (InvalidOperationException or ArgumentOutOfRangeException))
        {
            // The transport has failed since the memory was given, and has taken it back.
            return false;
        }
    }

    private byte[] Nowhere() => nowhere ??= new byte[BlockPool.SmallBytes];
}
