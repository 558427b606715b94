using System.Runtime.InteropServices;

namespace RespKv.Server.Storage.Durability;

/// <summary>
/// The frames on their way to the log's file: a ring in memory that all writers share. A writer takes the next position and the space for its frame by one exchange, fills it, and
/// publishes it by its length, which is written last; whoever writes the ring to the file takes the published frames from its beginning on and makes the space zero again.
/// No frame goes around the ring's end: where one would, a filler takes the rest.
/// </summary>
internal sealed unsafe class LogRing : IDisposable
{
    /// <summary>Bytes of the ring.</summary>
    public const int Bytes = 4 << 20;

    // Writers do not begin anything new above this: what is left is for the operations that have begun, each of less than half a megabyte.
    private const int CrowdedBytes = Bytes / 2;

    private const int TailPlace = 8;
    private const int TakenPlace = 24;

    private readonly byte* memory;

    // In cache lines of their own: every writer changes the tail.
    private readonly ulong[] places = new ulong[32];

    public LogRing(ulong start)
    {
        // Zero, and without memory until it is used.
        memory = (byte*)NativeMemory.AllocZeroed(Bytes);
        Reset(start);
    }

    /// <summary>The position behind the last frame that has been given out.</summary>
    public ulong Tail => Volatile.Read(ref places[TailPlace]);

    /// <summary>The position up to which the ring has been taken out.</summary>
    public ulong Taken => Volatile.Read(ref places[TakenPlace]);

    /// <summary>Whether so much waits for the file that new operations should wait as well.</summary>
    public bool IsCrowded => Tail - Taken > CrowdedBytes;

    /// <summary>Goes on at a position. The ring is empty, and nobody else uses it.</summary>
    public void Reset(ulong start)
    {
        Volatile.Write(ref places[TailPlace], start);
        Volatile.Write(ref places[TakenPlace], start);
    }

    /// <summary>Moves the tail of an empty ring that nobody takes from, and returns the position before: numbers for writes that are not kept.</summary>
    public ulong Skip() => Interlocked.Add(ref places[TailPlace], LogFrame.Alignment) - LogFrame.Alignment;

    /// <summary>Takes the space for a frame of so many bytes, aligned, and its position; false while there is none.</summary>
    public bool TryReserve(int bytes, out Span<byte> frame, out ulong position)
    {
        while (true)
        {
            var tail = Tail;
            var offset = (int)(tail % Bytes);
            var isFitting = offset + bytes <= Bytes;
            var taken = isFitting ? bytes : Bytes - offset;
            if (tail + (ulong)taken - Taken > Bytes)
            {
                frame = default;
                position = 0;
                return false;
            }

            if (Interlocked.CompareExchange(ref places[TailPlace], tail + (ulong)taken, tail) != tail)
                continue;
            var space = new Span<byte>(memory + offset, taken);
            if (isFitting)
            {
                frame = space;
                position = tail;
                return true;
            }

            Fill(space, tail);
        }
    }

    /// <summary>Lets the frame be seen: all its bytes but the length have been written.</summary>
    public static void Publish(Span<byte> frame) =>
        Volatile.Write(ref MemoryMarshal.Cast<byte, uint>(frame)[0], (uint)frame.Length);

    /// <summary>
    /// The published frames from <see cref="Taken"/> to at most <paramref name="until"/> or the ring's end, in one piece; waits for the moment that a writer needs to publish a frame before it.
    /// One thread at a time.
    /// </summary>
    public ReadOnlySpan<byte> Peek(ulong until)
    {
        var start = (int)(Taken % Bytes);
        var length = (int)Math.Min(until - Taken, (ulong)(Bytes - start));
        var spinner = default(SpinWait);
        for (var at = start; at < start + length;)
        {
            var frame = Volatile.Read(ref *(uint*)(memory + at));
            if (frame == 0)
                spinner.SpinOnce(sleep1Threshold: 100);
            else
                at += (int)frame;
        }

        return new ReadOnlySpan<byte>(memory + start, length);
    }

    /// <summary>Frees the space of what <see cref="Peek"/> has returned.</summary>
    public void Free(int bytes)
    {
        NativeMemory.Clear(memory + (Taken % Bytes), (nuint)bytes);
        Volatile.Write(ref places[TakenPlace], Taken + (ulong)bytes);
    }

    public void Dispose() => NativeMemory.Free(memory);

    private static void Fill(Span<byte> space, ulong position)
    {
        LogFrame.Seal(space, position, FrameKind.Filler, space.Length - LogFrame.HeaderBytes, 0);
        Publish(space);
    }
}
