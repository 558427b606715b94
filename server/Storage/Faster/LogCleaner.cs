using FASTER.core;

namespace RespKv.Server.Storage.Faster;

/// <summary>
/// Keeps the log within bounds from its old end: records there are garbage and go, or live and are moved to the tail, or, when memory is short
/// and the policy is one for all keys, are evicted, oldest first with a second chance for those used since they were last moved. Works in short slices under a lock, on the
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

    // Keys given up in one slice by a policy for those with an expiry.
    private const int SliceEvictions = 100;

    // Slices that a writer does before it adds more.
    private const int HelpSlices = 8;

    private readonly Lock cleaning = new();
    private readonly VolatileEviction expiring = new(store);
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

    // Of the page under way: it is read once where it comes from the disk.
    private IFasterScanIterator<SpanByte, SpanByte>? reading;
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

    /// <summary>Does a few slices while writers have outrun it: what a writer does before it adds more. The caller is in no batch.</summary>
    public void Help()
    {
        for (var i = 0; i < HelpSlices && IsBehind && CleanSlice(); i++)
        {
        }
    }

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

            if (IsOverMemory && store.Settings.EvictsExpiringOnly)
            {
                if (EvictExpiring())
                    return true;
                if (!HasGarbage)
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

    /// <summary>Does something for which no page may leave the log.</summary>
    public void WhileLogStays(Action work)
    {
        lock (cleaning)
            work();
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
            _ => false,
        };
    }

    private bool IsRarelyUsed(RecordLayout record, long nowMs) =>
        AccessClock.Count(record.Access, nowMs, store.Settings.LfuDecayMinutes) <= AccessClock.InitialCount;

    private bool EvictExpiring()
    {
        session ??= store.Lease();
        session.BeginBatch();
        try
        {
            var count = expiring.Run(session, SliceEvictions);
            Interlocked.Add(ref evicted, count);
            return count > 0;
        }
        finally
        {
            session.EndBatch();
        }
    }

    private void DecideEviction()
    {
        isEvicting = IsOverMemory && !store.Settings.EvictsExpiringOnly;
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
        if (reading?.NextAddress != from)
        {
            reading?.Dispose();
            reading = store.ScanLog(from, until);
        }

        var records = reading;
        while (found.Count < SliceRecords && records.GetNext(out _))
        {
            var key = records.GetKey().AsReadOnlySpan();
            if (!Keyset.TryTakeId(ref key, out var id) || store.FindKeyset(id) is not { } keys)
                continue;
            while (used + key.Length > keyBytes.Length)
                Array.Resize(ref keyBytes, keyBytes.Length * 2);
            key.CopyTo(keyBytes.AsSpan(used));
            found.Add((keys, used, key.Length, records.CurrentAddress));
            used += key.Length;
        }

        scanned = found.Count < SliceRecords ? until : records.NextAddress;
        if (found.Count < SliceRecords)
        {
            reading.Dispose();
            reading = null;
        }

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
                    store.KeyGone?.Invoke(keys, keyBytes.AsSpan(offset, length), outcome == RelocationOutcome.Evicted);
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
}
