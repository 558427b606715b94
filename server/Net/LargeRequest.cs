using System.Buffers;
using System.Runtime.InteropServices;

namespace RespKv.Server.Net;

/// <summary>
/// The bytes of one large request, in native memory: it grows without being copied where the system can move pages, costs what has arrived rather than
/// what has room, and is given back at once. Whoever disposes it sees to it that nobody uses its memory any more.
/// </summary>
internal sealed unsafe class LargeRequest : MemoryManager<byte>
{
    private byte* start;
    private int capacity;

    public int Capacity => capacity;

    /// <summary>Makes room for so many bytes; those that are here stay.</summary>
    /// <exception cref="OutOfMemoryException">The system has no such block of memory.</exception>
    public void Grow(int bytes)
    {
        start = (byte*)NativeMemory.Realloc(start, (nuint)bytes);
        capacity = bytes;
    }

    /// <summary>Gives the memory back.</summary>
    public void Free() => Dispose(disposing: true);

    public override Span<byte> GetSpan() => new(start, capacity);

    public override MemoryHandle Pin(int elementIndex = 0) => new(start + elementIndex);

    public override void Unpin()
    {
    }

    protected override void Dispose(bool disposing)
    {
        NativeMemory.Free(start);
        start = null;
        capacity = 0;
    }
}
