using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace RespKv.Server.Storage.Directory;

/// <summary>
/// Blocks of native memory in units of 8 bytes, one after the other in one stretch that grows. A reference is the number of a block's first unit; 0 is none. Freed blocks are
/// used again for the same size. One user at a time. Every access checks the stretch's bounds.
/// </summary>
internal sealed unsafe class KeyArena(DirectoryTotals totals) : IDisposable
{
    public const int UnitBytes = 8;
    private const int SmallUnits = 32;
    private const long GrowthDoublesBelow = 1 << 10;

    private byte* memory;
    private long capacityUnits;
    private long usedUnits = 1;
    private uint[]? freeSmall;
    private Dictionary<int, uint>? freeLarge;

    /// <summary>Units in freed blocks.</summary>
    public long FreeUnits { get; private set; }

    /// <summary>Units in all blocks, freed ones included.</summary>
    public long UsedUnits => usedUnits;

    public uint Allocate(int units)
    {
        ref var head = ref FreeHead(units);
        if (!Unsafe.IsNullRef(ref head) && head != 0)
        {
            var reused = head;
            head = MemoryMarshal.Read<uint>(Span(reused, sizeof(uint)));
            FreeUnits -= units;
            return reused;
        }

        if (usedUnits + units > capacityUnits)
            Grow(usedUnits + units);
        var reference = (uint)usedUnits;
        usedUnits += units;
        return reference;
    }

    public void Free(uint reference, int units)
    {
        if (units <= SmallUnits)
            freeSmall ??= new uint[SmallUnits + 1];
        else
            (freeLarge ??= []).TryAdd(units, 0);
        ref var head = ref FreeHead(units);
        MemoryMarshal.Write(Span(reference, sizeof(uint)), head);
        head = reference;
        FreeUnits += units;
    }

    /// <summary>The first bytes of a block.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Span<byte> Span(uint reference, int bytes)
    {
        if (reference == 0 || ((long)reference * UnitBytes) + bytes > usedUnits * UnitBytes || bytes < 0)
            throw new InvalidOperationException("A reference into the key directory points outside it.");
        return new Span<byte>(memory + ((long)reference * UnitBytes), bytes);
    }

    public void Dispose()
    {
        totals.AddBytes(-capacityUnits * UnitBytes);
        NativeMemory.Free(memory);
        memory = null;
        capacityUnits = 0;
        usedUnits = 1;
        FreeUnits = 0;
        freeSmall = null;
        freeLarge = null;
    }

    private ref uint FreeHead(int units)
    {
        if (units <= SmallUnits)
            return ref freeSmall == null ? ref Unsafe.NullRef<uint>() : ref freeSmall[units];
        return ref freeLarge == null ? ref Unsafe.NullRef<uint>() : ref CollectionsMarshal.GetValueRefOrNullRef(freeLarge, units);
    }

    private void Grow(long neededUnits)
    {
        // Growing by little leaves little unused; copying at each step is a few bytes per key, and large stretches are moved by remapping their pages.
        var wanted = capacityUnits < GrowthDoublesBelow ? Math.Max(capacityUnits * 2, 32) : capacityUnits + (capacityUnits / 8);
        var units = Math.Max(wanted, neededUnits);
        if (units > int.MaxValue)
            throw new InsufficientMemoryException("A segment of the key directory is full.");
        memory = (byte*)NativeMemory.Realloc(memory, (nuint)(units * UnitBytes));
        totals.AddBytes((units - capacityUnits) * UnitBytes);
        capacityUnits = units;
    }
}
