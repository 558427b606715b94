using System.Runtime.InteropServices;

namespace RespKv.Server.Storage;

/// <summary>
/// Native memory for large values: from the system itself, to which it goes back at once, whatever else lies around it. Some of what is freed is kept for the next value of about that size: memory that is new to a process costs more, page by page, than the copy into it. What a while has not needed is given back.
/// </summary>
internal static unsafe partial class NativeBlocks
{
    // Blocks come in multiples of this, so that one serves values of about the same size.
    private const int StepBytes = 64 * 1024;

    // Larger ones are worth less in proportion, and keep more from others.
    private const int LargestBytes = 2 << 20;
    private const int BytesKept = 16 << 20;

    private const int ReadWrite = 3;
    private const int PrivateAnonymousNoReserve = 0x4022;
    private const nint Failed = -1;

    private static readonly Lock Door = new();
    private static readonly Stack<nint>?[] Shelves = new Stack<nint>?[(LargestBytes / StepBytes) + 1];
    // Those that the system had no mapping of their own for.
    private static readonly HashSet<nint> FromHeap = [];
    private static long kept;
    private static bool wasUsed;

    /// <summary>Bytes that are kept for later.</summary>
    public static long KeptBytes => Volatile.Read(ref kept);

    /// <summary>Memory for so many bytes, which costs nothing before it is written to.</summary>
    /// <exception cref="OutOfMemoryException">The system has no such block of memory.</exception>
    public static byte* Take(int bytes)
    {
        var steps = Steps(bytes);
        if (steps >= Shelves.Length)
            return (byte*)Allocate(steps);
        lock (Door)
        {
            wasUsed = true;
            if (Shelves[steps] is { Count: > 0 } shelf)
            {
                kept -= steps * StepBytes;
                return (byte*)shelf.Pop();
            }
        }

        return (byte*)Allocate(steps);
    }

    /// <summary>Takes memory back that was for so many bytes.</summary>
    public static void Return(byte* start, int bytes)
    {
        var steps = Steps(bytes);
        if (steps < Shelves.Length)
        {
            lock (Door)
            {
                if (kept + (steps * StepBytes) <= BytesKept)
                {
                    kept += steps * StepBytes;
                    (Shelves[steps] ??= new Stack<nint>()).Push((nint)start);
                    return;
                }
            }
        }

        Free((nint)start, steps);
    }

    /// <summary>Gives back the end of memory that was for so many bytes; where the rest is.</summary>
    public static byte* Cut(byte* start, int bytes, int left)
    {
        var (held, needed) = (Steps(bytes), Steps(left));
        if (held == needed)
            return start;
        bool isFromHeap;
        lock (Door)
            isFromHeap = FromHeap.Contains((nint)start);
        if (!isFromHeap && Unmap((nint)start + ((nint)needed * StepBytes), (nuint)(held - needed) * StepBytes) == 0)
            return start;
        var copy = Take(left);
        NativeMemory.Copy(start, copy, (nuint)left);
        Return(start, bytes);
        return copy;
    }

    /// <summary>To be called now and then: gives back what is kept if none was asked for since the last time.</summary>
    public static void Trim()
    {
        lock (Door)
        {
            if (!wasUsed)
                FreeAll();
            wasUsed = false;
        }
    }

    private static void FreeAll()
    {
        for (var steps = 0; steps < Shelves.Length; steps++)
        {
            while (Shelves[steps] is { } shelf && shelf.TryPop(out var block))
                Free(block, steps);
        }

        kept = 0;
    }

    private static nint Allocate(int steps)
    {
        var bytes = (nuint)steps * StepBytes;
        if (OperatingSystem.IsLinux() && Map(0, bytes, ReadWrite, PrivateAnonymousNoReserve, -1, 0) is var mapped and not Failed)
            return mapped;
        var block = (nint)NativeMemory.Alloc(bytes);
        lock (Door)
            FromHeap.Add(block);
        return block;
    }

    private static void Free(nint block, int steps)
    {
        bool isFromHeap;
        lock (Door)
            isFromHeap = FromHeap.Count > 0 && FromHeap.Remove(block);
        if (isFromHeap)
            NativeMemory.Free((void*)block);
        else
            _ = Unmap(block, (nuint)steps * StepBytes);
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint Map(nint address, nuint bytes, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(nint address, nuint bytes);

    private static int Steps(int bytes) => (int)(((long)bytes + StepBytes - 1) / StepBytes);
}
