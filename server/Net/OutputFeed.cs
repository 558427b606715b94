using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using RespKv.Protocol;

namespace RespKv.Server.Net;

/// <summary>
/// Replies that wait behind a large value. The value is fetched and sent in pieces, as the client takes them; what the connection writes meanwhile queues up behind it. The connection's loop adds, one batch after the
/// other, and leaves the transport alone until the feed has come to its end; it then begins anew with the next large value.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "The block pool holds no resource: what it lends comes back when it has been copied, or at the end.")]
internal sealed class OutputFeed
{
    // Bytes copied at a time, bytes sent at a time, and bytes that may be on their way.
    private const int PieceBytes = BlockPool.LargeBytes;
    private const int SendBytes = 4 * PieceBytes;
    private const int WindowBytes = 12 * PieceBytes;

    // Bytes after which others have their turn.
    private const int TurnBytes = 1024 * 1024;

    private readonly ConnectionOutput output;
    private readonly Action<Exception> failed;
    private readonly ConnectionBlocks blocks;
    private readonly Lock door = new();

    // What the present batch has written: the loop's own until it is published.
    private readonly List<Part> gathered = [];
    private IMemoryOwner<byte>? block;
    private int used;

    private readonly Queue<Part> parts = new();
    private Transport transport = null!;
    private Task running = Task.CompletedTask;
    private volatile bool isRunning;
    private volatile bool isOver;
    private long contentBytes;

    /// <param name="output">The output that it feeds.</param>
    /// <param name="budget">What all clients have unread.</param>
    /// <param name="failed">Told that a value cannot be read, so that the connection is to end.</param>
    public OutputFeed(ConnectionOutput output, OutputBudget budget, Action<Exception> failed)
    {
        this.output = output;
        this.failed = failed;
        blocks = new ConnectionBlocks(budget) { KeepsSize = true };
    }

    /// <summary>Bytes that are reply, or content that is still to be fetched.</summary>
    private readonly record struct Part(IMemoryOwner<byte>? Block, int Bytes, IReplyContent? Content);

    /// <summary>Whether replies have to queue up.</summary>
    public bool IsRunning => isRunning;

    /// <summary>Whether the client has gone, or cannot be sent what it was promised.</summary>
    public bool IsOver => isOver;

    /// <summary>Bytes of memory that the queue takes.</summary>
    public long HeldBytes => blocks.OutstandingBytes;

    /// <summary>Bytes that are to be sent.</summary>
    public long UnreadBytes => blocks.OutstandingBytes + Interlocked.Read(ref contentBytes);

    /// <summary>Room behind what has been added last.</summary>
    public Memory<byte> GetMemory(int sizeHint)
    {
        if (block != null && block.Memory.Length - used < Math.Max(sizeHint, 1))
        {
            // Who writes much gets larger ones; what comes between two large values is next to nothing.
            blocks.NextBytes = Math.Min(block.Memory.Length * 4, BlockPool.LargeBytes);
            EndBlock();
        }

        block ??= blocks.Rent(sizeHint);
        return block.Memory[used..];
    }

    public void Advance(int count) => used += count;

    public void Append(IReplyContent content)
    {
        EndBlock();
        blocks.NextBytes = BlockPool.SmallBytes;
        Interlocked.Add(ref contentBytes, content.Length);
        gathered.Add(new Part(null, content.Length, content));
    }

    /// <summary>Lets what the batch has written follow what is here already; what was sent to the transport before goes first.</summary>
    public void Publish(Transport connection)
    {
        EndBlock();
        blocks.NextBytes = BlockPool.SmallBytes;
        transport = connection;
        lock (door)
        {
            foreach (var part in gathered)
                parts.Enqueue(part);
            gathered.Clear();
            if (isRunning || parts.Count == 0)
                return;
            isRunning = true;
        }

        running = RunAsync();
    }

    /// <summary>The connection is over: nothing more is sent.</summary>
    public async Task EndAsync()
    {
        isOver = true;
        output.Blocks.StopWaiting();
        await running.ConfigureAwait(false);
        EndBlock();
        foreach (var part in gathered)
            Drop(part);
        gathered.Clear();
        while (parts.TryDequeue(out var part))
            Drop(part);
        blocks.End();
    }

    private void EndBlock()
    {
        if (block == null)
            return;
        gathered.Add(new Part(block, used, null));
        block = null;
        used = 0;
    }

    private void Drop(Part part)
    {
        part.Block?.Dispose();
        if (part.Content == null)
            return;
        Interlocked.Add(ref contentBytes, -part.Content.Length);
        part.Content.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            await FeedAsync().ConfigureAwait(false);
        }
        catch (Exception fault)
        {
            isOver = true;
            failed(fault);
        }
    }

    private async Task FeedAsync()
    {
        do
        {
            while (!isOver && TryTake(out var part))
            {
                if (part.Content != null)
                    await SendAsync(part.Content).ConfigureAwait(false);
                else
                    Send(part);
            }

            await FlushAsync().ConfigureAwait(false);
        }
        while (!TryEnd());
    }

    private bool TryTake(out Part part)
    {
        lock (door)
            return parts.TryDequeue(out part);
    }

    private bool TryEnd()
    {
        lock (door)
        {
            // A client that has gone leaves the rest to the end of its connection.
            if (parts.Count > 0 && !isOver)
                return false;
            isRunning = isOver;
            return true;
        }
    }

    private void Send(Part part)
    {
        using (part.Block)
            isOver |= !output.TryCopy(part.Block!.Memory.Span[..part.Bytes]);
    }

    private async Task SendAsync(IReplyContent content)
    {
        var left = content.Length;
        try
        {
            var isInMemory = transport.CanSendAtOnce && content.TryView(out _);
            // What was written before it goes first.
            if (isInMemory)
                await FlushAsync().ConfigureAwait(false);
            if (content.MayWait)
                await default(ThreadPoolHop);
            for (var (unsent, turn) = (0, 0); left > 0 && !isOver;)
            {
                var isAtOnce = isInMemory && output.Blocks.OutstandingBytes == 0;
                var count = isAtOnce ? SendFrom(content, content.Length - left) : Math.Min(left, PieceBytes);
                if (!isAtOnce)
                    isOver |= !output.TryCopy(content, content.Length - left, count);
                left -= count;
                Interlocked.Add(ref contentBytes, -count);
                unsent += count;
                turn += count;
                if (unsent < SendBytes && !isAtOnce)
                    continue;
                unsent = 0;
                if (output.Blocks.OutstandingBytes > 0)
                    await FlushAsync().ConfigureAwait(false);
                await output.Blocks.UntilAtMostAsync(isAtOnce ? 0 : WindowBytes).ConfigureAwait(false);
                if (turn < TurnBytes || left == 0)
                    continue;
                turn = 0;
                await default(ThreadPoolHop);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            // The length has been sent, so there is nothing else to say.
            isOver = true;
            failed(error);
        }
        finally
        {
            Interlocked.Add(ref contentBytes, -left);
            content.Dispose();
        }
    }

    /// <summary>
    /// Sends a part of what lies in memory past the pipe, in which there is nothing, from where it lies. When the system has no room for all of it, the next piece is left to the pipe, which tells when there is room again; how many bytes
    /// have gone either way.
    /// </summary>
    private int SendFrom(IReplyContent content, int offset)
    {
        content.TryView(out var bytes);
        var part = bytes[offset..];
        part = part[..Math.Min(part.Length, TurnBytes)];
        isOver |= !transport.TrySend(part, out var sent);
        if (isOver || sent == part.Length)
            return sent;
        var piece = part[sent..];
        piece = piece[..Math.Min(piece.Length, PieceBytes)];
        isOver |= !output.TryCopy(piece);
        return sent + piece.Length;
    }

    private async ValueTask FlushAsync()
    {
        try
        {
            isOver |= (await transport.Output.FlushAsync().ConfigureAwait(false)).IsCompleted;
        }
        catch (Exception error) when (error is IOException or System.Net.Sockets.SocketException or OperationCanceledException or InvalidOperationException)
        {
            // The transport has completed the pipe, with or without a reason.
            isOver = true;
        }
    }
}
