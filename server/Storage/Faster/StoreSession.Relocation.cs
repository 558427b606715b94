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
    // The key's record wherever it is.
    private const long AnyAddress = -1;

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
            Complete(context.RMW(ref storedKey, ref input, ref output));
        }
        finally
        {
            evictionRule = null;
            ClearAbandoned();
        }

        return relocation;
    }

    /// <summary>Moves the record of a key to the tail if it is not in memory.</summary>
    public void Promote(Keyset keys, ReadOnlySpan<byte> key) => Relocate(keys, key, AnyAddress, KeepAll.Instance);

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

    // A record that cannot be changed any more: what becomes of it is written at the tail, a deletion too.
    private bool OnRelocateImmutable(RecordLayout layout, long address)
    {
        relocation = RelocationOutcome.Garbage;
        if (layout.IsDeleted || (address != relocatedAddress && relocatedAddress != AnyAddress))
            return false;
        Remember(layout);
        if (relocatedAddress == AnyAddress)
            return address < store.HeadAddress && !PlanRelocation(layout);
        if (layout.IsExpired(NowMs))
            relocation = RelocationOutcome.Expired;
        else if (evictionRule!.ShouldEvict(layout, NowMs))
            relocation = RelocationOutcome.Evicted;
        else
            return !PlanRelocation(layout);
        isPlanned = true;
        PlannedSlotBytes = RecordLayout.BytesFor(false, 0, 0);
        return true;
    }

    private void OnRelocated(RecordLayout layout)
    {
        if (!layout.IsDeleted)
        {
            keyset.AddLiveBytes(RecordBytes(layout.SlotBytes) - prior.LiveBytes);
            return;
        }

        Changes++;
        keyset.AddLiveBytes(-prior.LiveBytes);
        Unlist();
        LogDelete(layout);
        if (prior.LargeId != 0)
            store.LargeValues.Free(prior.LargeId);
        SettleFields(layout);
    }

    private bool PlanRelocation(RecordLayout layout)
    {
        PlannedSlotBytes = ((sizeof(int) + layout.UsedBytes + 7) & ~7) - sizeof(int);
        relocation = RelocationOutcome.Moved;
        isPlanned = true;
        return false;
    }

    private void CopyRelocated(RecordLayout from, RecordLayout to)
    {
        if (relocation != RelocationOutcome.Moved)
        {
            to.MarkDeleted();
            return;
        }

        from.CopyTo(to);
        to.IsReferenced = false;
    }
}

/// <summary>Gives nothing up.</summary>
internal sealed class KeepAll : IEvictionRule
{
    public static readonly KeepAll Instance = new();

    public bool ShouldEvict(RecordLayout record, long nowMs) => false;
}

/// <summary>Decides which live records go when memory is short.</summary>
internal interface IEvictionRule
{
    bool ShouldEvict(RecordLayout record, long nowMs);
}
