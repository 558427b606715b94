using System.Runtime.InteropServices;

namespace RespKv.Server.Storage.Directory;

/// <summary>
/// Slots of 8 bytes, each a 32-bit position and a 32-bit reference, sorted by position: linear probing where the home of a position grows with it. A slot stands at its
/// home or behind it with no gap between. The last slots are room for what is pushed beyond the end. One user at a time.
/// </summary>
internal sealed unsafe class SlotTable(DirectoryTotals totals) : IDisposable
{
    private const int CapacityMin = 8;

    // Homes need no power of two, so a table that is not small grows by an eighth and wastes less.
    private const int GrowthDoublesBelow = 1024;

    private ulong* slots;
    private int capacity;
    private int length;

    public int Count { get; private set; }

    /// <summary>Slots, used or not.</summary>
    public int Length => length;

    public ulong this[int index] => (uint)index < (uint)length ? slots[index] : 0;

    public static uint PositionOf(ulong slot) => (uint)(slot >> 32);

    public static uint ReferenceOf(ulong slot) => (uint)slot;

    /// <summary>The first slot that can hold a position.</summary>
    public int Home(uint position) => (int)(((ulong)position * (uint)capacity) >> 32);

    /// <summary>The first slot at or behind the home that is empty or holds this position or a later one.</summary>
    public int Find(uint position)
    {
        var index = Home(position);
        while (index < length && slots[index] is var slot && slot != 0 && PositionOf(slot) < position)
            index++;
        return index;
    }

    public void Replace(int index, uint reference)
    {
        Check(index);
        slots[index] = (slots[index] & 0xFFFFFFFF00000000) | reference;
    }

    /// <summary>Puts a position in, behind those that are equal.</summary>
    public void Insert(uint position, uint reference)
    {
        if ((Count + 1L) * 8 > capacity * 7L)
            Resize(capacity < GrowthDoublesBelow ? Math.Max(capacity * 2, CapacityMin) : capacity + (capacity / 8));
        // Only when many positions crowd at the end: make the room behind it longer.
        while (!TryInsert(position, reference))
            Resize(capacity);
        Count++;
    }

    public void RemoveAt(int index)
    {
        Check(index);
        var hole = index;
        while (hole + 1 < length && slots[hole + 1] is var next && next != 0 && Home(PositionOf(next)) <= hole)
        {
            slots[hole] = next;
            hole++;
        }

        slots[hole] = 0;
        Count--;
        if (capacity > CapacityMin && Count < capacity / 8)
            Resize(capacity / 4);
    }

    public void Dispose()
    {
        totals.AddBytes(-length * (long)sizeof(ulong));
        NativeMemory.Free(slots);
        slots = null;
        capacity = length = 0;
        Count = 0;
    }

    private bool TryInsert(uint position, uint reference)
    {
        var index = Find(position);
        while (index < length && slots[index] is var slot && slot != 0 && PositionOf(slot) == position)
            index++;
        var end = index;
        while (end < length && slots[end] != 0)
            end++;
        if (end >= length)
            return false;
        new Span<ulong>(slots + index, end - index).CopyTo(new Span<ulong>(slots + index + 1, end - index));
        slots[index] = ((ulong)position << 32) | reference;
        return true;
    }

    private void Resize(int newCapacity)
    {
        var old = slots;
        var oldLength = length;
        capacity = newCapacity;
        var newLength = Math.Max(newCapacity, LastFree(old, oldLength)) + Math.Max(newCapacity / 64, 16);
        slots = (ulong*)NativeMemory.AllocZeroed((nuint)newLength, sizeof(ulong));
        totals.AddBytes((newLength - length) * (long)sizeof(ulong));
        length = newLength;
        var free = 0;
        for (var i = 0; i < oldLength; i++)
        {
            if (old[i] == 0)
                continue;
            free = Math.Max(free, Home(PositionOf(old[i])));
            slots[free++] = old[i];
        }

        NativeMemory.Free(old);
    }

    /// <summary>The slot behind the last one in use, once these are laid out for the present capacity.</summary>
    private int LastFree(ulong* old, int oldLength)
    {
        var free = 0;
        for (var i = 0; i < oldLength; i++)
        {
            if (old[i] != 0)
                free = Math.Max(free, Home(PositionOf(old[i]))) + 1;
        }

        return free;
    }

    private void Check(int index)
    {
        if ((uint)index >= (uint)length)
            throw new ArgumentOutOfRangeException(nameof(index));
    }
}
