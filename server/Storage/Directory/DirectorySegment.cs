namespace RespKv.Server.Storage.Directory;

/// <summary>One part of a directory, under one lock: a table of positions, an arena of key blocks, and a wheel of expiries once it is needed.</summary>
internal sealed class DirectorySegment(DirectoryTotals totals) : IDisposable
{
    // An arena with less in it is not worth rebuilding, in units.
    private const long RebuildUnitsMin = 256;
    private const long RetryMs = 2000;
    private const int RandomTriesMax = 32;

    // Slots looked at for a key with an expiry; few have one where none is found.
    private const int ExpiringTriesMax = 64;

    private readonly Lock door = new();
    private readonly SlotTable table = new(totals);
    private KeyArena arena = new(totals);
    private ExpiryWheel? wheel;
    private long ownTimes;
    private bool isDisposed;

    public bool Insert(ReadOnlySpan<byte> key, uint position, byte type, long expiresAtMs, bool isOwnTime)
    {
        lock (door)
        {
            if (isDisposed)
                return false;
            var index = IndexOf(key, position);
            if (index >= 0)
            {
                Head(index).Type = type;
                SetExpiryAt(index, key, expiresAtMs, isOwnTime);
                return false;
            }

            table.Insert(position, NewBlock(key, type, expiresAtMs, isOwnTime));
            totals.AddKeys(1);
            return true;
        }
    }

    public bool Contains(ReadOnlySpan<byte> key, uint position)
    {
        lock (door)
            return !isDisposed && IndexOf(key, position) >= 0;
    }

    public bool IsLasting(ReadOnlySpan<byte> key, uint position)
    {
        lock (door)
            return !isDisposed && IndexOf(key, position) is >= 0 and var index && !Head(index).HasExpiry;
    }

    public bool Remove(ReadOnlySpan<byte> key, uint position)
    {
        lock (door)
        {
            var index = IndexOf(key, position);
            if (index < 0)
                return false;
            FreeBlock(SlotTable.ReferenceOf(table[index]));
            table.RemoveAt(index);
            totals.AddKeys(-1);
            RebuildIfSparse();
            return true;
        }
    }

    public void SetExpiry(ReadOnlySpan<byte> key, uint position, long expiresAtMs, bool isOwnTime)
    {
        lock (door)
        {
            var index = IndexOf(key, position);
            if (index >= 0)
                SetExpiryAt(index, key, expiresAtMs, isOwnTime);
        }
    }

    /// <summary>Sets the expiry of a key that was handed out as due, unless a writer has said something newer since.</summary>
    public void Rearm(ReadOnlySpan<byte> key, uint position, long expiresAtMs)
    {
        lock (door)
        {
            var index = IndexOf(key, position);
            if (index >= 0 && Head(index).IsUnsettled)
                SetExpiryAt(index, key, expiresAtMs, !Head(index).IsPartsTime);
        }
    }

    /// <summary>Hands out keys from a position on; returns the position to go on from, or one past the last when the segment is done.</summary>
    public ulong Scan(uint position, ref int count, long nowMs, IKeySink sink)
    {
        lock (door)
        {
            var dueTick = ExpiryWheel.TickAt(nowMs) + 1;
            var last = -1L;
            for (var index = table.Find(position); index < table.Length; index++)
            {
                var slot = table[index];
                if (slot == 0)
                    continue;
                var here = SlotTable.PositionOf(slot);
                // Keys of one position are handed out together, since the cursor can only name positions.
                if (count <= 0 && here != last)
                    return here;
                last = here;
                HandOut(SlotTable.ReferenceOf(slot), dueTick, sink);
                count--;
            }

            return ulong.MaxValue;
        }
    }

    public bool TryGetRandom(IKeySink sink)
    {
        lock (door)
        {
            if (table.Count == 0)
                return false;
            var index = Random.Shared.Next(table.Length);
            // Going on to the next key favours those behind a gap, so do so only where keys are rare.
            for (var tries = 1; tries < RandomTriesMax && table[index] == 0; tries++)
                index = Random.Shared.Next(table.Length);
            while (table[index] == 0)
                index = (index + 1) % table.Length;
            HandOut(SlotTable.ReferenceOf(table[index]), 0, sink);
            return true;
        }
    }

    public bool TrySampleExpiring(bool soonest, IKeySink sink)
    {
        if (Volatile.Read(ref wheel) == null)
            return false;
        lock (door)
        {
            if (isDisposed || wheel!.Count == 0)
                return false;
            HandOut(soonest ? wheel.Soonest() : AnyExpiring(), 0, sink);
            return true;
        }
    }

    public int CollectDue(long nowMs, int keysMax, IKeySink sink)
    {
        if (Volatile.Read(ref wheel) == null)
            return 0;
        lock (door)
        {
            var collected = 0;
            var (now, retry) = (ExpiryWheel.TickAt(nowMs), ExpiryWheel.TickAfter(nowMs + RetryMs));
            while (!isDisposed && collected < keysMax && wheel!.TakeDue(now, retry) is var reference && reference != 0)
            {
                HandOut(reference, now, sink);
                collected++;
            }

            return collected;
        }
    }

    public void Dispose()
    {
        lock (door)
        {
            if (isDisposed)
                return;
            isDisposed = true;
            totals.AddKeys(-table.Count);
            totals.AddExpiring(-ownTimes);
            totals.AddDue(-(wheel?.Count ?? 0));
            wheel = null;
            table.Dispose();
            arena.Dispose();
        }
    }

    private uint AnyExpiring()
    {
        for (var tries = 0; tries < ExpiringTriesMax; tries++)
        {
            if (table[Random.Shared.Next(table.Length)] is var slot and not 0 && Head(SlotTable.ReferenceOf(slot)).HasExpiry)
                return SlotTable.ReferenceOf(slot);
        }

        return wheel!.Any();
    }

    private void HandOut(uint reference, uint dueTick, IKeySink sink)
    {
        var head = Head(reference);
        var start = KeyStart(head.HasExpiry);
        var whole = arena.Span(reference, start + head.KeyLength);
        sink.Add(whole[start..], head.Type, head.HasExpiry && (head.IsUnsettled || new KeyBlock(whole).Tick <= dueTick));
    }

    private int IndexOf(ReadOnlySpan<byte> key, uint position)
    {
        for (var index = table.Find(position); table[index] is var slot && slot != 0 && SlotTable.PositionOf(slot) == position; index++)
        {
            if (KeyOf(SlotTable.ReferenceOf(slot)).SequenceEqual(key))
                return index;
        }

        return -1;
    }

    private void SetExpiryAt(int index, ReadOnlySpan<byte> key, long expiresAtMs, bool isOwnTime)
    {
        var reference = SlotTable.ReferenceOf(table[index]);
        var head = Head(reference);
        if (head.HasExpiry != (expiresAtMs != 0) || (head.HasExpiry && head.IsPartsTime == isOwnTime))
        {
            // The block changes its shape: it is made anew.
            var type = head.Type;
            FreeBlock(reference);
            table.Replace(index, NewBlock(key, type, expiresAtMs, isOwnTime));
            RebuildIfSparse();
        }
        else if (head.HasExpiry)
        {
            wheel!.Remove(reference);
            wheel.Add(reference, ExpiryWheel.TickAfter(expiresAtMs));
        }
    }

    private uint NewBlock(ReadOnlySpan<byte> key, byte type, long expiresAtMs, bool isOwnTime)
    {
        var hasExpiry = expiresAtMs != 0;
        var reference = arena.Allocate(KeyBlock.UnitsFor(key.Length, hasExpiry));
        var bytes = arena.Span(reference, KeyStart(hasExpiry) + key.Length);
        // The memory is as its last user left it, and flags are set bit by bit.
        bytes[..KeyBlock.HeaderBytes].Clear();
        var block = new KeyBlock(bytes) { KeyLength = key.Length, Type = type, HasExpiry = hasExpiry, IsPartsTime = hasExpiry && !isOwnTime };
        key.CopyTo(bytes[KeyStart(hasExpiry)..]);
        if (block.HasExpiry)
        {
            wheel ??= new ExpiryWheel(arena);
            wheel.Add(reference, ExpiryWheel.TickAfter(expiresAtMs));
            CountTime(block, 1);
        }

        return reference;
    }

    private void FreeBlock(uint reference)
    {
        var head = Head(reference);
        var units = KeyBlock.UnitsFor(head.KeyLength, head.HasExpiry);
        if (head.HasExpiry)
        {
            wheel!.Remove(reference);
            CountTime(head, -1);
        }

        arena.Free(reference, units);
    }

    private void CountTime(KeyBlock block, int change)
    {
        totals.AddDue(change);
        if (block.IsPartsTime)
            return;
        ownTimes += change;
        totals.AddExpiring(change);
    }

    /// <summary>Copies the blocks to an arena without gaps when half of the present one is gaps.</summary>
    private void RebuildIfSparse()
    {
        if (arena.UsedUnits < RebuildUnitsMin || arena.FreeUnits * 2 < arena.UsedUnits)
            return;
        var dense = new KeyArena(totals);
        var old = arena;
        for (var index = 0; index < table.Length; index++)
        {
            if (table[index] is not (var slot and not 0))
                continue;
            var reference = SlotTable.ReferenceOf(slot);
            var head = new KeyBlock(old.Span(reference, KeyBlock.HeaderBytes));
            var units = KeyBlock.UnitsFor(head.KeyLength, head.HasExpiry);
            var bytes = KeyStart(head.HasExpiry) + head.KeyLength;
            var copy = dense.Allocate(units);
            old.Span(reference, bytes).CopyTo(dense.Span(copy, bytes));
            table.Replace(index, copy);
        }

        arena = dense;
        old.Dispose();
        wheel = wheel?.MovedTo(dense);
        Relink();
    }

    private void Relink()
    {
        for (var index = 0; wheel != null && index < table.Length; index++)
        {
            if (table[index] is not (var slot and not 0))
                continue;
            var reference = SlotTable.ReferenceOf(slot);
            if (Head(reference).HasExpiry)
            {
                var block = new KeyBlock(arena.Span(reference, KeyStart(true)));
                var isUnsettled = block.IsUnsettled;
                wheel.Add(reference, block.Tick);
                block.IsUnsettled = isUnsettled;
            }
        }
    }

    private static int KeyStart(bool hasExpiry) => KeyBlock.HeaderBytes + (hasExpiry ? KeyBlock.LinkBytes : 0);

    private KeyBlock Head(int index) => Head(SlotTable.ReferenceOf(table[index]));

    private KeyBlock Head(uint reference) => new(arena.Span(reference, KeyBlock.HeaderBytes));

    private ReadOnlySpan<byte> KeyOf(uint reference)
    {
        var head = Head(reference);
        var start = KeyStart(head.HasExpiry);
        return arena.Span(reference, start + head.KeyLength)[start..];
    }
}
