using System.Buffers;

namespace RespKv.Server.Storage.Faster;

/// <summary>
/// Updates, as FASTER's callbacks drive them: plan under the record's lock; write in place if the slot has room; else give a new slot at the tail
/// its bytes and, when that has been published, bring the key directory up to date. Each callback may be run again from the start.
/// </summary>
internal sealed unsafe partial class StoreSession
{
    // Slots above this many bytes are given up when their value has become much smaller.
    private const int LargeSlotBytes = 1024;

    // More is written to a new file, which takes no copy of it in memory.
    private const int AppendBytesMax = 1 << 20;

    private RecordUpdate update = null!;
    private UpdateAction action;
    private RecordPlan plan;
    private bool isPlanned;
    private PriorState prior;

    // A large value that belongs to no published record yet, and the one that the published record replaces.
    private long newLargeId;
    private LargeUpload? newUpload;

    // The value that has got more bytes, which the record to be published refers to.
    private long appendedLargeId;
    private long oldLargeId;

    // The large value of the record that the update looks at, which stays as long as the update reads it.
    private LargeValue? heldLarge;

    /// <summary>What the key's record was before this update, for the directory and the sums.</summary>
    private struct PriorState
    {
        public bool IsKnown;
        public bool WasListed;
        public bool WasLive;
        public uint Access;
        public ulong Version;
        public long LargeId;
        public RecordType Type;
        public long ExpiresAtMs;
        public long DueMs;
        public uint FieldsId;
        public long LiveBytes;
    }

    /// <summary>Length of the slot for the planned record, in bytes.</summary>
    internal int PlannedSlotBytes { get; private set; }

    private void BeginUpdate(RecordUpdate recordUpdate)
    {
        update = recordUpdate;
        isPlanned = false;
        prior = default;
        newLargeId = oldLargeId = appendedLargeId = 0;
        HasCreated = false;
        newUpload = null;
        BeginPublishing();
    }

    private void EndUpdate()
    {
        DropUnpublishedLarge();
        LetGoOfLarge();
        ClearAbandoned();
        update = null!;
        plan = default;
    }

    /// <summary>The key's record is in the mutable region; true when nothing more is to be done.</summary>
    internal bool OnUpdateInPlace(RecordLayout layout, long address)
    {
        if (evictionRule != null)
            return OnRelocate(layout, address);
        if (isReplaying)
            return OnReplay(layout, address);
        DropUnpublishedLarge();
        Remember(layout);
        var live = layout.IsLive(NowMs);
        if (!TryHoldLarge(layout))
            throw new InvalidOperationException(LostLarge);
        Plan(layout, live);
        switch (action)
        {
            case UpdateAction.None:
                if (live && update.IsUse && TouchesKeys)
                    Touch(layout);
                return true;
            case UpdateAction.Delete:
                Delete(layout);
                return true;
            default:
                if (address < store.RelocationBoundary || !FitsInPlace(layout, live))
                    return false;
                WriteInPlace(layout, live);
                return true;
        }
    }

    /// <summary>The key's record is to be copied: planned already if it was tried in place, else it is immutable.</summary>
    internal bool OnNeedCopy(RecordLayout layout, long address)
    {
        if (evictionRule != null)
            return isPlanned || OnRelocateImmutable(layout, address);
        if (!isPlanned)
        {
            DropUnpublishedLarge();
            Remember(layout);
            // The record is looked at without a lock, because it cannot change any more: it may have been replaced, and its value freed.
            isReplaced = !TryHoldLarge(layout);
            if (isReplaced)
                return false;
            Plan(layout, layout.IsLive(NowMs));
        }

        // A deletion writes a deleted record over the immutable one.
        if (action == UpdateAction.Delete)
            PlannedSlotBytes = RecordLayout.BytesFor(false, 0, 0);
        return action != UpdateAction.None && (action != UpdateAction.Delete || prior.WasListed);
    }

    internal bool OnNeedInitial()
    {
        if (evictionRule != null)
            return false;
        DropUnpublishedLarge();
        prior = new PriorState { IsKnown = true };
        PlanNew();
        return action == UpdateAction.Write;
    }

    internal void OnCopy(RecordLayout from, RecordLayout to)
    {
        isPlanned = false;
        if (evictionRule != null)
        {
            CopyRelocated(from, to);
            return;
        }

        if (action == UpdateAction.Delete)
        {
            oldLargeId = prior.LargeId;
            to.MarkDeleted();
            return;
        }

        var live = from.IsLive(NowMs);
        if (!live)
            oldLargeId = prior.LargeId;
        WriteTo(to, live ? View(from) : default, live ? from : default(RecordLayout?));
        to.Access = NextAccess(live ? from.Access : 0, live);
    }

    internal void OnWriteNew(RecordLayout to)
    {
        isPlanned = false;
        if (isReplaying)
        {
            to.Restore(ReplayedImage);
            return;
        }

        if (isDeletingUnseen)
        {
            to.MarkDeleted();
            return;
        }

        // An overwrite that could not be published comes here again without having been asked to plan.
        DropUnpublishedLarge();
        oldLargeId = prior.LargeId;
        WriteTo(to, default, null);
        to.Access = NextAccess(prior.Access, prior.WasLive);
    }

    /// <summary>The new record is the key's newest, and still locked.</summary>
    internal void OnPublished(RecordLayout layout, long address)
    {
        NotePublished(layout, address);
        if (evictionRule != null)
        {
            OnRelocated(layout);
            return;
        }

        if (isReplaying)
        {
            OnReplayed(layout);
            return;
        }

        if (isDeletingUnseen)
        {
            OnDeletedUnseen(layout);
            return;
        }

        PublishLarge();
        if (action == UpdateAction.Delete)
        {
            Changes++;
            LogDelete(layout);
            FreeReplacedLarge();
            SettleFields(layout);
            Unlist();
            keyset.AddLiveBytes(-prior.LiveBytes);
            return;
        }

        LogPut(layout);
        FreeReplacedLarge();
        SettleFields(layout);
        keyset.AddLiveBytes(RecordBytes(layout.SlotBytes) - prior.LiveBytes);
        List(layout);
        OwnLarge(layout);
    }

    private void PlanNew()
    {
        plan = default;
        plan.Type = RecordType.String;
        action = update.Plan(default, ref plan);
        if (action == UpdateAction.Write)
            PlanSlot(keptMetadataBytes: 0, keptPayloadBytes: 0, keptIsLarge: false);
    }

    private void Plan(RecordLayout layout, bool live)
    {
        if (!live)
        {
            PlanNew();
            if (action == UpdateAction.Delete)
                action = layout.IsDeleted ? UpdateAction.None : UpdateAction.Delete;
        }
        else
        {
            plan = new RecordPlan
            {
                Type = layout.Type,
                ExpiresAtMs = layout.ExpiresAtMs,
                IsRaw = layout.IsRaw,
                IsText = layout.IsText,
                KeepsValue = true,
                KeepsMetadata = true,
            };
            action = update.Plan(View(layout), ref plan);
            if (action == UpdateAction.Write)
                PlanSlot(layout.Metadata.Length, layout.Payload.Length, layout.IsLarge);
        }

        isPlanned = true;
    }

    private void PlanSlot(int keptMetadataBytes, int keptPayloadBytes, bool keptIsLarge)
    {
        var metadata = plan.KeepsMetadata ? keptMetadataBytes : plan.Metadata.Length;
        var payload = plan.KeepsValue ? keptPayloadBytes : PayloadBytes();
        var isLarge = plan.KeepsValue ? keptIsLarge : IsPlannedLarge;
        var bytes = RecordLayout.BytesFor(plan.ExpiresAtMs != 0, metadata, payload);
        if (!isLarge && plan.ReserveLength > payload)
            bytes += Math.Min(plan.ReserveLength, FasterStore.InlineValueBytesMax) - payload;
        // FASTER pads the slot, with its four length bytes, to 8: take that padding as slack.
        PlannedSlotBytes = ((sizeof(int) + bytes + 7) & ~7) - sizeof(int);
    }

    private bool IsPlannedLarge => plan.ValueLength > FasterStore.InlineValueBytesMax;

    private int PayloadBytes() => IsPlannedLarge ? RecordLayout.LargeReferenceBytes : plan.ValueLength;

    private void Remember(RecordLayout layout)
    {
        See(layout);
        prior = new PriorState
        {
            IsKnown = true,
            WasListed = !layout.IsDeleted,
            WasLive = layout.IsLive(NowMs),
            Access = layout.Access,
            Version = layout.Version,
            LargeId = layout.LargeId,
            Type = layout.Type,
            ExpiresAtMs = layout.ExpiresAtMs,
            DueMs = layout.DueMs,
            FieldsId = layout.FieldsId,
            LiveBytes = layout.IsDeleted ? 0 : RecordBytes(layout.SlotBytes),
        };
    }

    private bool FitsInPlace(RecordLayout layout, bool live)
    {
        var needed = PlannedUsedBytes(layout);
        if (needed > layout.SlotBytes)
            return false;
        if (layout.SlotBytes > LargeSlotBytes && PlannedSlotBytes < layout.SlotBytes / 4)
            return false;
        // A value that is made from the old one must find it where it was.
        return !live || plan.KeepsValue || !plan.ReadsOldValue
            || layout.KeepsPayloadPlace(plan.ExpiresAtMs != 0, plan.KeepsMetadata ? layout.Metadata.Length : plan.Metadata.Length);
    }

    private int PlannedUsedBytes(RecordLayout layout) => RecordLayout.BytesFor(
        plan.ExpiresAtMs != 0,
        plan.KeepsMetadata ? layout.Metadata.Length : plan.Metadata.Length,
        plan.KeepsValue ? layout.Payload.Length : PayloadBytes());

    private void WriteInPlace(RecordLayout layout, bool live)
    {
        var wasListed = prior.WasListed;
        if (!live)
            oldLargeId = prior.LargeId;
        WriteTo(layout, live ? View(layout) : default, live ? layout : default(RecordLayout?));
        layout.Access = NextAccess(layout.Access, live);
        layout.IsReferenced = true;
        PublishLarge();
        LogPut(layout);
        FreeReplacedLarge();
        SettleFields(layout);
        if (!wasListed)
            keyset.AddLiveBytes(RecordBytes(layout.SlotBytes));
        List(layout);
        OwnLarge(layout);
    }

    /// <summary>Writes the planned record. <paramref name="source"/> is the live record's slot, which may be the target itself.</summary>
    private void WriteTo(RecordLayout to, Record current, RecordLayout? source)
    {
        Changes++;
        var metadata = plan.KeepsMetadata ? current.Metadata : plan.Metadata.Span;
        if (plan.KeepsValue && source is { } kept)
        {
            // Spans into a record that is reshaped under them would go astray: take what is needed first.
            var valueBytes = kept.ValueBytes;
            var isLarge = kept.IsLarge;
            var payload = kept.Payload;
            var isSame = to.IsSameSlot(kept);
            var target = to.Reshape(plan, metadata, valueBytes, isLarge, isSame);
            if (!isSame)
                payload.CopyTo(target);
            return;
        }

        if (plan.KeepsValue)
            plan.ValueLength = 0;
        if (IsPlannedLarge)
            WriteLarge(to, current, source, metadata);
        else
            WriteInline(to, current, source, metadata);
    }

    private void WriteInline(RecordLayout to, Record current, RecordLayout? source, ReadOnlySpan<byte> metadata)
    {
        if (source is { IsLarge: true } large)
            oldLargeId = large.LargeId;
        // In place, a value made from the old one keeps its place (FitsInPlace), so reshaping leaves its bytes alone.
        var target = to.Reshape(plan, metadata, plan.ValueLength, isLarge: false, movesPayload: false);
        update.Fill(current, target);
    }

    private void WriteLarge(RecordLayout to, Record current, RecordLayout? source, ReadOnlySpan<byte> metadata)
    {
        var values = store.LargeValues;
        long id;
        uint checksum;
        if (source is { IsLarge: true } old && to.IsSameSlot(old) && values.AreChangedInPlace && update.Upload == null && IsRightSize(heldLarge!))
        {
            id = old.LargeId;
            update.Fill(current, values[id].Span[..plan.ValueLength]);
            checksum = 0;
        }
        else if (source is { IsLarge: true } grown && TryAppendLarge(grown, out checksum))
        {
            id = grown.LargeId;
        }
        else
        {
            (id, checksum) = update.Upload is { } upload ? TakeUpload(upload) : FillNew(current);
            if (source is { IsLarge: true } replaced)
                oldLargeId = replaced.LargeId;
        }

        var target = to.Reshape(plan, metadata, plan.ValueLength, isLarge: true, movesPayload: false);
        System.Runtime.CompilerServices.Unsafe.WriteUnaligned(ref target[0], id);
        System.Runtime.CompilerServices.Unsafe.WriteUnaligned(ref target[sizeof(long)], checksum);
    }

    // Of a value in a file that only grows, what is added is written behind what there is, which others may read meanwhile and an earlier record refers to.
    private bool TryAppendLarge(RecordLayout old, out uint checksum)
    {
        checksum = 0;
        var former = old.ValueBytes;
        if (!plan.IsChange || plan.ChangeOffset < former || plan.ValueLength - former > AppendBytesMax)
            return false;
        var tail = ArrayPool<byte>.Shared.Rent(plan.ValueLength - former);
        try
        {
            var added = tail.AsSpan(0, plan.ValueLength - former);
            added.Clear();
            if (!update.TryFillChange(added[(plan.ChangeOffset - former)..])
                || !store.LargeValues.TryAppend(old.LargeId, former, old.LargeChecksum, added, out checksum))
                return false;
            appendedLargeId = old.LargeId;
            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(tail);
        }
    }

    private (long Id, uint Checksum) TakeUpload(LargeUpload upload)
    {
        newUpload = upload;
        return (upload.Value.Id, upload.Checksum);
    }

    private (long Id, uint Checksum) FillNew(Record current)
    {
        var values = store.LargeValues;
        newLargeId = values.Allocate(keyset.Id, plan.ValueLength, plan.ReserveLength);
        var value = values.TryPin(newLargeId)!;
        try
        {
            update.Fill(current, value.Span[..plan.ValueLength]);
            return (newLargeId, values.Seal(newLargeId, plan.ValueLength));
        }
        finally
        {
            value.Unpin();
        }
    }

    private bool TryHoldLarge(RecordLayout layout)
    {
        LetGoOfLarge();
        if (!layout.IsLarge)
            return true;
        heldLarge = store.LargeValues.TryPin(layout.LargeId);
        return heldLarge != null;
    }

    private void LetGoOfLarge()
    {
        heldLarge?.Unpin();
        heldLarge = null;
    }

    /// <summary>Whether a block that nobody but its record and this update uses holds the planned value and is not much too large for it.</summary>
    private bool IsRightSize(LargeValue value) =>
        value.Users == 2 && value.Capacity >= plan.ValueLength && value.Capacity / 2 <= Math.Max(plan.ValueLength, plan.ReserveLength);

    private void Delete(RecordLayout layout)
    {
        Changes++;
        var large = layout.LargeId;
        if (prior.WasListed)
        {
            keyset.AddLiveBytes(-prior.LiveBytes);
            Unlist();
        }

        layout.MarkDeleted();
        LogDelete(layout);
        if (large != 0)
            store.LargeValues.Free(large);
        SettleFields(layout);
    }

    /// <summary>Notes whether a written key is new, and enters it in the directory if it is not there just so already.</summary>
    private void List(RecordLayout layout)
    {
        HasCreated = Enter(layout) || (prior.IsKnown && !prior.WasLive);
        if (HasCreated && !keyset.HoldsFields)
            store.KeyCreated?.Invoke(keyset, UserKey);
    }

    // Whether the directory learns only now that there is a key: an overwrite does not look at what was there.
    private bool Enter(RecordLayout layout)
    {
        var due = layout.DueMs;
        var isOwnTime = layout.ExpiresAtMs != 0;
        if (!keyset.IsListed)
            return CountWritten(isOwnTime, due != 0);
        if (prior.IsKnown && prior.WasListed && prior.Type == layout.Type)
        {
            // A time that moves later is not told: the directory fires early and asks.
            if (isOwnTime != (prior.ExpiresAtMs != 0) || (due != prior.DueMs && (due == 0 || prior.DueMs == 0 || due < prior.DueMs)))
                keyset.Directory.SetExpiry(UserKey, hash, due, isOwnTime);
            return false;
        }

        // In this order: an ordered index that begins in between takes the key from the directory.
        var isNew = keyset.Directory.Insert(UserKey, hash, (byte)layout.Type, due, isOwnTime);
        if (!isNew && !prior.IsKnown)
            ForgetUnseen(layout);
        keyset.Ordered?.Insert(UserKey);
        return isNew;
    }

    // In memory an overwrite finds what there was, so it is new where nothing was found.
    private bool CountWritten(bool expires, bool isDue)
    {
        keyset.Directory.AddCounts(
            prior.WasListed ? 0 : 1,
            (expires ? 1 : 0) - (prior.WasListed && prior.ExpiresAtMs != 0 ? 1 : 0),
            (isDue ? 1 : 0) - (prior.WasListed && prior.DueMs != 0 ? 1 : 0));
        return !prior.WasListed;
    }

    private void OwnLarge(RecordLayout layout)
    {
        if (!layout.IsLarge)
            return;
        keyset.HasLargeValues = true;
        store.LargeValues.Own(layout.LargeId, new ReadOnlySpan<byte>(keyBuffer, storedKeyLength));
    }

    // A large hash's fields belong to the record that holds their keyset's id, and go with it; after the write has its place in the log, so that recovery finds fields without a key rather than a key without fields.
    private void SettleFields(RecordLayout now)
    {
        var id = now.FieldsId;
        if (id != 0)
            store.OwnFields(id, keyset, UserKey);
        if (prior.FieldsId != 0 && prior.FieldsId != id)
            store.DisownFields(prior.FieldsId, keyset, UserKey);
    }

    // An older record of the key was overwritten without having been looked at, where it was not in memory: its size is taken to be the usual one.
    private void ForgetUnseen(RecordLayout now)
    {
        keyset.AddLiveBytes(-keyset.LiveBytes / Math.Max(keyset.Directory.Count, 1));
        if (store.LargeValues.Count > 0)
            store.LargeValues.FreeOf(new ReadOnlySpan<byte>(keyBuffer, storedKeyLength), now.LargeId);
        if (!isReplaying && FasterStore.FieldsOf(keyset, UserKey) is { } fields && fields.Id != now.FieldsId)
            store.DisownFields(fields.Id, keyset, UserKey);
    }

    private void Unlist()
    {
        if (!keyset.IsListed)
        {
            keyset.Directory.AddCounts(-1, prior.ExpiresAtMs != 0 ? -1 : 0, prior.DueMs != 0 ? -1 : 0);
            return;
        }

        keyset.Directory.Remove(UserKey, hash);
        keyset.Ordered?.Remove(UserKey);
        if (keyset.HoldsFields && keyset.Directory.Count == 0)
            store.NoteEmptied(keyset);
    }

    private uint NextAccess(uint access, bool live)
    {
        if (plan.Access is { } wanted)
            return wanted;
        if (!live)
            return AccessClock.New(NowMs);
        if (!update.IsUse || !TouchesKeys)
            return access;
        return store.CountsUses
            ? AccessClock.Touch(access, NowMs, store.LfuLogFactor, store.LfuDecayMinutes)
            : (AccessClock.Seconds(NowMs) << 8) | (access & 0xFF);
    }

    // Before the write has its place in the log: a sync that covers it then finds the value among those to be synced.
    private void PublishLarge()
    {
        if (newUpload != null)
            store.LargeValues.Publish(newUpload, keyset.Id);
        else if (newLargeId != 0)
            store.LargeValues.Publish(newLargeId);
        else if (appendedLargeId != 0)
            store.LargeValues.Publish(appendedLargeId);
        newUpload = null;
        newLargeId = appendedLargeId = 0;
    }

    // After the write has its place in the log, so that the file stays until the log is safe beyond it.
    private void FreeReplacedLarge()
    {
        if (oldLargeId != 0)
            store.LargeValues.Free(oldLargeId);
        oldLargeId = 0;
    }

    private void DropUnpublishedLarge()
    {
        if (newLargeId != 0)
            store.LargeValues.Free(newLargeId);
        newLargeId = oldLargeId = appendedLargeId = 0;
        newUpload = null;
    }
}
