namespace RespKv.Server.Storage.Faster;

/// <summary>
/// Keeps the log within bounds from its old end: records there are garbage and go, or live and are moved to the tail, or, when memory is short
/// and the policy allows, are evicted, oldest first with a second chance for those used since they were last moved. Works in short slices under a lock, on the
/// maintenance thread or on the thread of a writer that has outrun it.
/// </summary>
internal sealed class LogCleaner(FasterStore store) : IEvictionRule
{
    // Records looked at in one slice: well under a millisecond.
    private const int SliceRecords = 1000;

    // Garbage that is not worth the work, in bytes: a few pages.
    private const long GarbageBytesFree = 4L * FasterStore.PageBytes;

    // On the disk more of it does no harm.
    private const long SpilledGarbageBytesFree = 16L * FasterStore.PageBytes;

    private readonly Lock cleaning = new();
    private readonly List<(Keyset Keys, int Offset, int Length, long Address)> found = [];
    private byte[] keyBytes = new byte[64 * 1024];
    private StoreSession? session;
    private long boundary;
    private long scanned;
    private long evicted;
    private long expired;
    private long freed;
    private bool isEvicting;
    private bool evictsAll;
    private long movedSinceEviction;
    private long wholeUntil;
    private long held = long.MaxValue;

    /// <summary>Records below this address may not be updated in place.</summary>
    public long Boundary => Volatile.Read(ref boundary);

    /// <summary>Keys given up to keep within <c>maxmemory</c>.</summary>
    public long EvictedKeys => Interlocked.Read(ref evicted);

    /// <summary>Keys whose time was found to be up while cleaning.</summary>
    public long ExpiredKeys => Interlocked.Read(ref expired);

    /// <summary>Bytes of pages that have left the log.</summary>
    public long FreedBytes => Interlocked.Read(ref freed);

    /// <summary>Whether there is work: too much garbage, or too much data that may be evicted.</summary>
    public bool HasWork => IsOverMemory || HasGarbage;

    /// <summary>Whether writers should help before they add more.</summary>
    public bool IsBehind
    {
        get
        {
            var limit = store.Settings.MaxMemoryBytes;
            if (limit == 0 || store.Spills)
                return false;
            var slack = Math.Max(limit / 64, 256 * 1024);
            return (IsOverMemory && store.UsedBytes > limit + slack)
                || (HasGarbage && store.LogBytes + store.OverheadBytes + store.LargeValues.Bytes > limit + (limit / 4) + (2 * GarbageBytesFree));
        }
    }

    private bool IsOverMemory => store.IsFull && store.MayEvict;

    private bool HasGarbage
    {
        get
        {
            var live = store.LiveBytes;
            var garbage = store.LogBytes - live;
            if (store.Spills)
                return garbage > (live / 2) + SpilledGarbageBytesFree;
            if (garbage <= GarbageBytesFree)
                return false;
            var limit = store.Settings.MaxMemoryBytes;
            var free = limit == 0 ? long.MaxValue : Math.Max(limit - store.UsedBytes, 0) + (limit / 10);
            return garbage > Math.Min(live / 2, free) + GarbageBytesFree;
        }
    }

    /// <summary>Keeps the log from its present beginning on for somebody who is about to read it, until he has come further (<see cref="Hold"/>).</summary>
    /// <returns>The address of the beginning.</returns>
    public long HoldAll()
    {
        lock (cleaning)
        {
            held = store.BeginAddress;
            return held;
        }
    }

    /// <summary>What is before the address is not read any more; <see cref="long.MaxValue"/> when all has been.</summary>
    public void Hold(long address) => Volatile.Write(ref held, address);

    /// <summary>Does one slice of work if there is any; the caller is in no batch.</summary>
    /// <returns>Whether it did.</returns>
    public bool CleanSlice()
    {
        lock (cleaning)
        {
            if (!HasWork)
            {
                movedSinceEviction = 0;
                return false;
            }

            DecideEviction();
            if (!CollectSlice())
                return false;
            RelocateSlice();
            FreePages();
            return true;
        }
    }

    /// <summary>See <see cref="EvictionPolicy"/>; called under the record's lock.</summary>
    public bool ShouldEvict(RecordLayout record, long nowMs)
    {
        if (!isEvicting || !store.IsFull)
            return false;
        return store.Settings.Policy switch
        {
            EvictionPolicy.AllKeysLru => evictsAll || !record.IsReferenced,
            EvictionPolicy.AllKeysRandom => true,
            EvictionPolicy.AllKeysLfu => evictsAll || IsRarelyUsed(record, nowMs),
            EvictionPolicy.VolatileLru => record.ExpiresAtMs != 0 && (evictsAll || !record.IsReferenced),
            EvictionPolicy.VolatileLfu => record.ExpiresAtMs != 0 && (evictsAll || IsRarelyUsed(record, nowMs)),
            EvictionPolicy.VolatileRandom or EvictionPolicy.VolatileTtl => record.ExpiresAtMs != 0,
            _ => false,
        };
    }

    private bool IsRarelyUsed(RecordLayout record, long nowMs) =>
        AccessClock.Count(record.Access, nowMs, store.Settings.LfuDecayMinutes) <= AccessClock.InitialCount;

    private void DecideEviction()
    {
        isEvicting = IsOverMemory;
        // One whole round of second chances without an eviction: from then on they do not count.
        evictsAll = movedSinceEviction > store.LogBytes;
    }

    /// <summary>Notes keys and addresses of the next records, and forbids updates in place there.</summary>
    private bool CollectSlice()
    {
        found.Clear();
        session ??= store.Lease();
        var used = 0;
        var from = Math.Max(scanned, store.BeginAddress);
        var pageEnd = (from | (FasterStore.PageBytes - 1)) + 1;
        // A record is whole once its writer's batch is over; behind the tail of a moment without batches all are.
        if (pageEnd > wholeUntil)
            wholeUntil = session.TailBetweenBatches();
        var until = Math.Min(wholeUntil, pageEnd);
        if (until <= from)
            return false;
        Volatile.Write(ref boundary, until);
        using var records = store.ScanLog(from, until);
        while (found.Count < SliceRecords && records.GetNext(out _))
        {
            var key = records.GetKey().AsReadOnlySpan();
            if (!TryTakeKeysetId(ref key, out var id) || store.FindKeyset(id) is not { } keys)
                continue;
            while (used + key.Length > keyBytes.Length)
                Array.Resize(ref keyBytes, keyBytes.Length * 2);
            key.CopyTo(keyBytes.AsSpan(used));
            found.Add((keys, used, key.Length, records.CurrentAddress));
            used += key.Length;
        }

        scanned = found.Count < SliceRecords ? until : records.NextAddress;
        movedSinceEviction += scanned - from;
        return true;
    }

    private void RelocateSlice()
    {
        session!.BeginBatch();
        try
        {
            foreach (var (keys, offset, length, address) in found)
            {
                if (keys.IsDead)
                    continue;
                // A hash is evicted as one, with its key.
                var outcome = session.Relocate(keys, keyBytes.AsSpan(offset, length), address, keys.HoldsFields ? KeepAll.Instance : this);
                if (keys.HoldsFields)
                    continue;
                Count(outcome);
                if (outcome is RelocationOutcome.Expired or RelocationOutcome.Evicted)
                    store.KeyGone?.Invoke(keyBytes.AsSpan(offset, length));
            }
        }
        finally
        {
            session.EndBatch();
        }
    }

    private void Count(RelocationOutcome outcome)
    {
        if (outcome == RelocationOutcome.Evicted)
        {
            Interlocked.Increment(ref evicted);
            movedSinceEviction = 0;
        }
        else if (outcome == RelocationOutcome.Expired)
        {
            Interlocked.Increment(ref expired);
        }
    }

    private void FreePages()
    {
        var whole = Math.Min(scanned, Volatile.Read(ref held)) & ~(FasterStore.PageBytes - 1L);
        var gone = whole - store.BeginAddress;
        if (gone <= 0)
            return;
        store.ShiftBegin(whole);
        Interlocked.Add(ref freed, gone);
    }

    internal static bool TryTakeKeysetId(ref ReadOnlySpan<byte> storedKey, out uint id)
    {
        id = 0;
        for (var i = 0; i < Math.Min(storedKey.Length, 5); i++)
        {
            id |= (uint)(storedKey[i] & 0x7F) << (7 * i);
            if (storedKey[i] >= 0x80)
                continue;
            storedKey = storedKey[(i + 1)..];
            return true;
        }

        return false;
    }
}
