using FASTER.core;

namespace RespKv.Server.Storage.Faster;

/// <summary>What became of a record that the log cleaner looked at.</summary>
internal enum RelocationOutcome
{
    /// <summary>It was not the key's newest record, or deleted: garbage.</summary>
    Garbage,

    /// <summary>Its time was up; the key is gone.</summary>
    Expired,

    /// <summary>It was given up to keep within <c>maxmemory</c>; the key is gone.</summary>
    Evicted,

    /// <summary>It lives on at the tail.</summary>
    Moved,
}

/// <summary>
/// The log cleaner's operation: under the record's lock, a record at a certain address is evicted or moved to the tail, with its version, so that the
/// log before <see cref="FasterStore.RelocationBoundary"/> can go.
/// </summary>
internal sealed unsafe partial class StoreSession
{
    private IEvictionRule? evictionRule;
    private long relocatedAddress;
    private RelocationOutcome relocation;

    /// <summary>Evicts or moves the record at <paramref name="address"/> if it is the newest of its key.</summary>
    public RelocationOutcome Relocate(Keyset keys, ReadOnlySpan<byte> key, long address, IEvictionRule rule)
    {
        SetKey(keys, key);
        evictionRule = rule;
        relocatedAddress = address;
        relocation = RelocationOutcome.Garbage;
        isPlanned = false;
        prior = default;
        BeginPublishing();
        var storedKey = StoredKey;
        var output = default(Empty);
        try
        {
            context.RMW(ref storedKey, ref input, ref output);
        }
        finally
        {
            evictionRule = null;
            ClearAbandoned();
        }

        return relocation;
    }

    private bool OnRelocate(RecordLayout layout, long address)
    {
        relocation = RelocationOutcome.Garbage;
        if (address != relocatedAddress || layout.IsDeleted)
            return true;
        Remember(layout);
        if (layout.IsExpired(NowMs))
            relocation = RelocationOutcome.Expired;
        else if (evictionRule!.ShouldEvict(layout, NowMs))
            relocation = RelocationOutcome.Evicted;
        else
            return PlanRelocation(layout);
        Delete(layout);
        return true;
    }

    private bool PlanRelocation(RecordLayout layout)
    {
        PlannedSlotBytes = ((sizeof(int) + layout.UsedBytes + 7) & ~7) - sizeof(int);
        relocation = RelocationOutcome.Moved;
        isPlanned = true;
        return false;
    }

    private static void CopyRelocated(RecordLayout from, RecordLayout to)
    {
        from.CopyTo(to);
        to.IsReferenced = false;
    }
}

/// <summary>Decides which live records go when memory is short.</summary>
internal interface IEvictionRule
{
    bool ShouldEvict(RecordLayout record, long nowMs);
}
