namespace RespKv.Server.Net;

/// <summary>
/// Arrays of six sizes for what connections receive and send: tiny ones for idle connections, large ones for those that move much. What is given back is kept,
/// first one of each size on the thread that gave it, then on a shelf for all, so that a backlog does not leave garbage of its size behind; what a second has not
/// needed goes to the collector.
/// </summary>
internal static class BlockPool
{
    public const int TinyBytes = 2 * 1024;
    public const int SmallBytes = 4 * 1024;
    public const int MediumBytes = 20 * 1024;
    public const int LargeBytes = 64 * 1024;
    public const int LargerBytes = 256 * 1024;
    public const int HugeBytes = 1024 * 1024;

    // Bytes kept of each size however long they are not needed, and of all sizes at any time.
    private const int BytesAlwaysKept = 8 * 1024 * 1024;
    private const long BytesKept = OutputBudget.AllBytesMax / 2;

    private static readonly int[] Sizes = [TinyBytes, SmallBytes, MediumBytes, LargeBytes, LargerBytes, HugeBytes];
    private static readonly Shelf[] Shelves = [.. Sizes.Select(size => new Shelf(size))];
    private static long bytesOnShelves;

    [ThreadStatic]
    private static byte[]?[]? near;

    /// <summary>A block of at least that size: one of the six sizes, or just what was asked for when that is more.</summary>
    public static byte[] Rent(int bytes)
    {
        var size = SizeIndex(bytes);
        if (size < 0)
            return GC.AllocateUninitializedArray<byte>(bytes);
        near ??= new byte[]?[Sizes.Length];
        var block = near[size];
        near[size] = null;
        return block ?? Shelves[size].Take() ?? Allocate(Sizes[size]);
    }

    public static void Return(byte[] block)
    {
        var size = SizeIndex(block.Length);
        if (size < 0 || Sizes[size] != block.Length)
            return;
        near ??= new byte[]?[Sizes.Length];
        if (near[size] == null)
            near[size] = block;
        else if (Interlocked.Read(ref bytesOnShelves) < BytesKept)
            Shelves[size].Put(block);
    }

    /// <summary>Drops the blocks that have not been needed since the last call; how many bytes of them there were.</summary>
    public static long Trim()
    {
        var dropped = 0L;
        foreach (var shelf in Shelves)
            dropped += shelf.Trim();
        return dropped;
    }

    // Small ones would be moved about by the collector, or hold it up, while the system fills them; the others lie in its heap of large objects.
    private static byte[] Allocate(int bytes) => GC.AllocateUninitializedArray<byte>(bytes, pinned: bytes <= LargeBytes);

    private static int SizeIndex(int bytes) => bytes switch
    {
        <= TinyBytes => 0,
        <= SmallBytes => 1,
        <= MediumBytes => 2,
        <= LargeBytes => 3,
        <= LargerBytes => 4,
        <= HugeBytes => 5,
        _ => -1,
    };

    /// <summary>Blocks of one size that no thread has at hand.</summary>
    private sealed class Shelf(int size)
    {
        private readonly Lock door = new();
        private readonly Stack<byte[]> blocks = new();
        private int fewest;

        public byte[]? Take()
        {
            lock (door)
            {
                if (!blocks.TryPop(out var block))
                    return null;
                fewest = Math.Min(fewest, blocks.Count);
                Interlocked.Add(ref bytesOnShelves, -size);
                return block;
            }
        }

        public void Put(byte[] block)
        {
            lock (door)
                blocks.Push(block);
            Interlocked.Add(ref bytesOnShelves, size);
        }

        public long Trim()
        {
            lock (door)
            {
                var surplus = Math.Max(Math.Min(fewest, blocks.Count - (BytesAlwaysKept / size)), 0);
                for (var i = 0; i < surplus; i++)
                    blocks.Pop();
                fewest = blocks.Count;
                Interlocked.Add(ref bytesOnShelves, -(long)surplus * size);
                return (long)surplus * size;
            }
        }
    }
}
