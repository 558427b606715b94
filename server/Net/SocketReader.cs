using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Threading.Tasks.Sources;

namespace RespKv.Server.Net;

/// <summary>
/// What comes from a socket that <see cref="SocketThreads"/> watch, received when it is asked for and there is something: one system call for what a client sends at once, and no block of memory for a client that
/// sends nothing. For one reader, who takes all that it is given before it waits for more.
/// </summary>
internal sealed class SocketReader : PipeReader, IValueTaskSource<ReadResult>
{
    // What the state is made of.
    private const int Waiting = 1;
    private const int Readable = 2;
    private const int Canceled = 4;

    // With Readable: nothing comes behind what can be received, which nobody tells of again.
    private const int Ending = 8;

    private readonly Socket socket;
    private readonly ConnectionBlocks blocks;
    private readonly SocketThreads threads;
    private readonly int index;
    private ManualResetValueTaskSourceCore<ReadResult> source;
    private int state;
    private byte[] block = [];
    private int start;
    private int end;
    private bool isAtEnd;

    /// <param name="socket">A socket that does not block.</param>
    /// <param name="blocks">Says how large a block is received into.</param>
    /// <param name="threads">Those who watch it, from now on.</param>
    public SocketReader(Socket socket, ConnectionBlocks blocks, SocketThreads threads)
    {
        this.socket = socket;
        this.blocks = blocks;
        this.threads = threads;
        index = threads.Add(this, (int)socket.Handle);
    }

    /// <summary>Bytes that came last.</summary>
    public int LastReceived { get; private set; }

    private ReadOnlySequence<byte> Unread => new(block, start, end - start);

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        source.Reset();
        if (!TryBegin(out var result, out var fault))
            return new ValueTask<ReadResult>(this, source.Version);
        return fault == null ? new ValueTask<ReadResult>(result) : ValueTask.FromException<ReadResult>(fault);
    }

    public override bool TryRead(out ReadResult result)
    {
        if (end == start && !isAtEnd)
            TryReceive(out _);
        result = new ReadResult(Unread, isCanceled: false, isAtEnd);
        return end > start || isAtEnd;
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    /// <inheritdoc/>
    /// <remarks>What has been examined and not consumed is given again, without more behind it.</remarks>
    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        var unread = Unread;
        start += (int)unread.Slice(unread.Start, consumed).Length;
        if (start == end)
            Drop();
    }

    public override void CancelPendingRead() => Wake(Canceled);

    public override void Complete(Exception? exception = null)
    {
        threads.Remove(index);
        Drop();
    }

    /// <summary>There is something to receive. Whoever waits for it goes on on this thread.</summary>
    /// <param name="isEnd">Whether nothing comes behind what has come.</param>
    public void OnReadable(bool isEnd) => Wake(isEnd ? Readable | Ending : Readable);

    ReadResult IValueTaskSource<ReadResult>.GetResult(short token) => source.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<ReadResult>.GetStatus(short token) => source.GetStatus(token);

    void IValueTaskSource<ReadResult>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        source.OnCompleted(continuation, state, token, flags);

    private void Wake(int reason)
    {
        var before = Interlocked.Or(ref state, reason);
        // Whoever takes the mark that somebody waits is the one to wake him.
        if ((before & Waiting) == 0 || (Interlocked.And(ref state, ~Waiting) & Waiting) == 0)
            return;
        if (!TryBegin(out var result, out var fault))
            return;
        if (fault == null)
            source.SetResult(result);
        else
            source.SetException(fault);
    }

    // Something to give at once; or else the mark that it is waited for.
    private bool TryBegin(out ReadResult result, out Exception? fault)
    {
        fault = null;
        while (true)
        {
            var now = Volatile.Read(ref state);
            if ((now & Canceled) != 0)
            {
                Interlocked.And(ref state, ~Canceled);
                result = new ReadResult(Unread, isCanceled: true, isAtEnd);
                return true;
            }

            if (end > start || isAtEnd || ((now & Readable) != 0 && TryReceive(out fault)))
            {
                result = new ReadResult(Unread, isCanceled: false, isAtEnd);
                return true;
            }

            result = default;
            if (fault != null)
                return true;
            if (Interlocked.CompareExchange(ref state, Waiting, 0) == 0)
                return false;
        }
    }

    // False when there is nothing, or when it failed.
    private bool TryReceive(out Exception? fault)
    {
        fault = null;
        // Before it is received: what is told of meanwhile is looked for once more.
        var isEnding = (Interlocked.And(ref state, ~(Readable | Ending)) & Ending) != 0;
        block = BlockPool.Rent(blocks.NextBytes);
        blocks.LastBytes = block.Length;
        try
        {
            var received = socket.Receive(block, SocketFlags.None, out var error);
            if (error == SocketError.Success)
            {
                Keep(received, isEnding);
                return true;
            }

            if (error != SocketError.WouldBlock)
                fault = new SocketException((int)error);
        }
        catch (ObjectDisposedException error)
        {
            fault = error;
        }

        Drop();
        return false;
    }

    private void Keep(int received, bool isEnding)
    {
        LastReceived = received;
        (start, end) = (0, received);
        if (received == 0)
        {
            isAtEnd = true;
            Drop();
        }
        else if (received == block.Length || isEnding)
        {
            // There may be more, which nobody will tell of again.
            Interlocked.Or(ref state, isEnding ? Readable | Ending : Readable);
        }
    }

    private void Drop()
    {
        if (block.Length > 0)
            BlockPool.Return(block);
        block = [];
        start = end = 0;
    }
}
