using System.Buffers;

namespace RespKv.Server.Net;

/// <summary>
/// The blocks of one pipe of one connection, in a size that follows what it moves. Counts the bytes that are out, for the connection and for
/// all connections together, which is what the limits on unread replies go by.
/// </summary>
internal sealed class ConnectionBlocks(OutputBudget? budget) : MemoryPool<byte>
{
    private Block? spare;
    private long outstanding;

    public override int MaxBufferSize => Array.MaxLength;

    /// <summary>Bytes of blocks that the pipe holds.</summary>
    public long OutstandingBytes => Interlocked.Read(ref outstanding);

    /// <summary>Size of the next block, in bytes.</summary>
    public int NextBytes { get; set; } = BlockPool.SmallBytes;

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        var block = Interlocked.Exchange(ref spare, null) ?? new Block(this);
        block.Array = BlockPool.Rent(Math.Max(minBufferSize, SizeNow()));
        Interlocked.Add(ref outstanding, block.Array.Length);
        budget?.Add(block.Array.Length);
        return block;
    }

    protected override void Dispose(bool disposing)
    {
    }

    // A backlog is kept in fewer, larger blocks: a send takes them all at once, and the system limits how many.
    private int SizeNow() => OutstandingBytes switch
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
        Interlocked.Add(ref outstanding, -array.Length);
        budget?.Add(-array.Length);
        BlockPool.Return(array);
        spare = block;
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
