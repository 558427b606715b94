using System.Buffers;

namespace RespKv.Server.Kv;

/// <summary>
/// A value on its way in or out, or a text that is being written, in pooled blocks, so that a large one never needs one array of its size. One thread at a time; disposing
/// gives the blocks back, and nothing taken from it is to be used after.
/// </summary>
internal sealed class ValueBlocks : IBufferWriter<byte>, IDisposable
{
    private const int BlockBytes = 64 * 1024;
    private const int FirstBlockBytes = 4 * 1024;

    private readonly List<(byte[] Bytes, int Used)> blocks = [];

    /// <summary>Bytes held.</summary>
    public long Length { get; private set; }

    /// <summary>Adds bytes behind those that are there.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var room = Room(bytes.Length);
            var part = bytes[..Math.Min(room.Length, bytes.Length)];
            part.CopyTo(room.Span);
            Advance(part.Length);
            bytes = bytes[part.Length..];
        }
    }

    /// <inheritdoc cref="Append(ReadOnlySpan{byte})"/>
    public void Append(in ReadOnlySequence<byte> bytes)
    {
        foreach (var part in bytes)
            Append(part.Span);
    }

    /// <summary>Copies all of it.</summary>
    /// <param name="destination">Room for <see cref="Length"/> bytes.</param>
    public void CopyTo(Span<byte> destination)
    {
        foreach (var (bytes, used) in blocks)
        {
            bytes.AsSpan(0, used).CopyTo(destination);
            destination = destination[used..];
        }
    }

    /// <summary>How many blocks there are.</summary>
    public int Count => blocks.Count;

    /// <summary>The bytes of a block, the first of which has the index 0.</summary>
    public ReadOnlyMemory<byte> this[int index] => blocks[index].Bytes.AsMemory(0, blocks[index].Used);

    /// <summary>All of it; valid until something is added.</summary>
    public ReadOnlySequence<byte> AsSequence()
    {
        if (Count <= 1)
            return Count == 0 ? ReadOnlySequence<byte>.Empty : new ReadOnlySequence<byte>(this[0]);
        var first = new Segment(this[0], null);
        var last = first;
        for (var i = 1; i < Count; i++)
            last = new Segment(this[i], last);
        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    /// <summary>Forgets what it holds and gives the blocks back; it can be filled again.</summary>
    public void Clear()
    {
        foreach (var (bytes, _) in blocks)
            ArrayPool<byte>.Shared.Return(bytes);
        blocks.Clear();
        Length = 0;
    }

    public void Dispose() => Clear();

    public void Advance(int count)
    {
        if (count == 0)
            return;
        var (bytes, used) = blocks[^1];
        blocks[^1] = (bytes, used + count);
        Length += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0) =>
        blocks.Count > 0 && blocks[^1] is var (bytes, used) && bytes.Length - used >= Math.Max(sizeHint, 1) ? bytes.AsMemory(used) : NewBlock(sizeHint);

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    // What is left of the last block, or a new one.
    private Memory<byte> Room(int wanted)
    {
        if (blocks.Count > 0 && blocks[^1] is var (bytes, used) && used < bytes.Length)
            return bytes.AsMemory(used);
        return NewBlock(Math.Min(wanted, BlockBytes));
    }

    private byte[] NewBlock(int bytesMin)
    {
        var least = blocks.Count == 0 ? FirstBlockBytes : BlockBytes;
        var block = ArrayPool<byte>.Shared.Rent(Math.Max(bytesMin, least));
        blocks.Add((block, 0));
        return block;
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, Segment? previous)
        {
            Memory = memory;
            if (previous == null)
                return;
            RunningIndex = previous.RunningIndex + previous.Memory.Length;
            previous.Next = this;
        }
    }
}
