using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace RespKv.Server.Storage;

/// <summary>
/// Values too large for the log, in native memory, found by the id that their record holds. A value belongs to one record: it is read under that
/// record's shared lock, and changed or freed under its exclusive one, so it needs no lock of its own.
/// </summary>
internal sealed unsafe class LargeValues : IDisposable
{
    private readonly ConcurrentDictionary<long, Block> blocks = new();
    private long lastId;
    private long bytes;

    /// <summary>Bytes of native memory held.</summary>
    public long Bytes => Interlocked.Read(ref bytes);

    /// <summary>Makes room for a value of <paramref name="length"/> bytes, or more where it is likely to grow.</summary>
    /// <exception cref="OutOfMemoryException">The system has no such block of memory.</exception>
    public long Allocate(uint keysetId, int length, int reserve)
    {
        var capacity = Math.Max(length, reserve);
        var block = new Block((byte*)NativeMemory.Alloc((nuint)capacity), capacity, keysetId);
        var id = Interlocked.Increment(ref lastId);
        blocks[id] = block;
        Interlocked.Add(ref bytes, capacity);
        return id;
    }

    public int Capacity(long id) => blocks[id].Capacity;

    /// <summary>The first <paramref name="length"/> bytes of a value.</summary>
    public Span<byte> Span(long id, int length)
    {
        var block = blocks[id];
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, block.Capacity);
        return new Span<byte>(block.Start, length);
    }

    public void Free(long id)
    {
        if (!blocks.TryRemove(id, out var block))
            return;
        NativeMemory.Free(block.Start);
        Interlocked.Add(ref bytes, -block.Capacity);
    }

    /// <summary>Frees what belonged to a keyset that nobody can reach any more.</summary>
    public void FreeKeyset(uint keysetId)
    {
        foreach (var (id, block) in blocks)
        {
            if (block.KeysetId == keysetId)
                Free(id);
        }
    }

    public void Dispose()
    {
        foreach (var id in blocks.Keys)
            Free(id);
    }

    private sealed class Block(byte* start, int capacity, uint keysetId)
    {
        public byte* Start { get; } = start;

        public int Capacity { get; } = capacity;

        public uint KeysetId { get; } = keysetId;
    }
}
