using System.Buffers;

namespace RespKv.Server.Net;

/// <summary>
/// The blocks of one pipe of one connection, in a size that follows what it moves. Counts the bytes that are out, for the connection and for
/// all connections together, which is what the limits on unread replies go by.
/// </summary>
internal sealed class ConnectionBlocks(OutputBudget? budget) : MemoryPool<byte>
{
    private readonly Lock door = new();
    private Block? spare;
    private long outstanding;
    private bool isOver;
    private bool isUnwaited;
    private TaskCompletionSource? drained;
    private long drainedAt;

    public override int MaxBufferSize => Array.MaxLength;

    /// <summary>Bytes of blocks that the pipe holds.</summary>
    public long OutstandingBytes => Interlocked.Read(ref outstanding);

    /// <summary>Size of the next block, in bytes.</summary>
    public int NextBytes { get; set; } = BlockPool.SmallBytes;

    /// <summary>Size of the last block that was taken, in bytes.</summary>
    public int LastBytes { get; set; }

    /// <summary>Whether blocks are of that size however much is out.</summary>
    public bool KeepsSize { get; init; }

    /// <summary>
    /// Whether blocks that come back are left to the collector. The pipe gives all blocks back when the transport has failed, also the one that a command is
    /// writing its reply to at that moment: in the pool it would become another connection's.
    /// </summary>
    public Func<bool>? AreLost { get; init; }

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        var array = BlockPool.Rent(Math.Max(minBufferSize, SizeNow()));
        LastBytes = array.Length;
        var block = Interlocked.Exchange(ref spare, null) ?? new Block(this);
        block.Array = array;
        Count(array.Length);
        return block;
    }

    /// <summary>The connection is over: what is still out no longer counts.</summary>
    public void End()
    {
        lock (door)
        {
            budget?.Add(-outstanding);
            outstanding = 0;
            isOver = true;
        }

        StopWaiting();
    }

    /// <summary>Ends when the pipe holds so many bytes at most, or the wait is given up. One waits at a time.</summary>
    public ValueTask UntilAtMostAsync(long bytes)
    {
        lock (door)
        {
            if (isOver || isUnwaited || outstanding <= bytes)
                return default;
            drained = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            drainedAt = bytes;
            return new ValueTask(drained.Task);
        }
    }

    /// <summary>Nobody is to wait any more.</summary>
    public void StopWaiting()
    {
        TaskCompletionSource? waiting;
        lock (door)
        {
            isUnwaited = true;
            waiting = drained;
            drained = null;
        }

        waiting?.SetResult();
    }

    protected override void Dispose(bool disposing)
    {
    }

    // A backlog is kept in fewer, larger blocks: a send takes them all at once, and the system limits how many.
    private int SizeNow() => KeepsSize ? NextBytes : OutstandingBytes switch
    {
        >= 4 * BlockPool.HugeBytes => BlockPool.HugeBytes,
        >= BlockPool.MediumBytes => BlockPool.LargeBytes,
        >= BlockPool.SmallBytes => Math.Max(NextBytes, BlockPool.MediumBytes),
        _ => NextBytes,
    };

    private void Return(Block block)
    {
        var array = block.Array;
        block.Array = [];
        Count(-array.Length);
        if (AreLost?.Invoke() != true)
            BlockPool.Return(array);
        spare = block;
    }

    private void Count(int bytes)
    {
        lock (door)
        {
            if (isOver)
                return;
            outstanding += bytes;
            budget?.Add(bytes);
            if (drained == null || outstanding > drainedAt)
                return;
            drained.SetResult();
            drained = null;
        }
    }

    private sealed class Block(ConnectionBlocks home) : IMemoryOwner<byte>
    {
        public byte[] Array { get; set; } = [];

        public Memory<byte> Memory => Array;

        public void Dispose()
        {
            if (Array.Length > 0)
                home.Return(this);
        }
    }
}
