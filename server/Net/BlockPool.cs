namespace RespKv.Server.Net;

/// <summary>
/// Pinned arrays of five sizes for what connections receive and send: small ones for idle connections, large ones for those that move much. What is given
/// back is kept, first one of each size on the thread that gave it, then up to a bound for all; the rest is left to the collector.
/// </summary>
internal static class BlockPool
{
    public const int SmallBytes = 4 * 1024;
    public const int MediumBytes = 16 * 1024;
    public const int LargeBytes = 64 * 1024;
    public const int LargerBytes = 256 * 1024;
    public const int HugeBytes = 1024 * 1024;

    // Bytes kept of each size, over all threads.
    private const int BytesKept = 8 * 1024 * 1024;

    private static readonly int[] Sizes = [SmallBytes, MediumBytes, LargeBytes, LargerBytes, HugeBytes];
    private static readonly Shelf[] Shelves = [.. Sizes.Select(size => new Shelf(BytesKept / size))];

    [ThreadStatic]
    private static byte[]?[]? near;

    /// <summary>A block of at least that size: one of the five sizes, or just what was asked for when that is more.</summary>
    public static byte[] Rent(int bytes)
    {
        var size = SizeIndex(bytes);
        if (size < 0)
            return GC.AllocateUninitializedArray<byte>(bytes, pinned: true);
        near ??= new byte[]?[Sizes.Length];
        var block = near[size];
        near[size] = null;
        return block ?? Shelves[size].Take() ?? GC.AllocateUninitializedArray<byte>(Sizes[size], pinned: true);
    }

    public static void Return(byte[] block)
    {
        var size = SizeIndex(block.Length);
        if (size < 0 || Sizes[size] != block.Length)
            return;
        near ??= new byte[]?[Sizes.Length];
        if (near[size] == null)
            near[size] = block;
        else
            Shelves[size].Put(block);
    }

    private static int SizeIndex(int bytes) => bytes switch
    {
        <= SmallBytes => 0,
        <= MediumBytes => 1,
        <= LargeBytes => 2,
        <= LargerBytes => 3,
        <= HugeBytes => 4,
        _ => -1,
    };

    /// <summary>Blocks of one size that no thread has at hand.</summary>
    private sealed class Shelf(int capacity)
    {
        private readonly Lock door = new();
        private readonly byte[]?[] blocks = new byte[]?[capacity];
        private int count;

        public byte[]? Take()
        {
            lock (door)
            {
                if (count == 0)
                    return null;
                var block = blocks[--count];
                blocks[count] = null;
                return block;
            }
        }

        public void Put(byte[] block)
        {
            lock (door)
            {
                if (count < blocks.Length)
                    blocks[count++] = block;
            }
        }
    }
}
