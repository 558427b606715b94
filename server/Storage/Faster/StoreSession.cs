using System.Runtime.CompilerServices;
using FASTER.core;

namespace RespKv.Server.Storage.Faster;

/// <summary>
/// One FASTER session with what an operation needs around it: leased by a running batch, used by one thread at a time, given back at the batch's
/// end. Between <see cref="BeginBatch"/> and <see cref="EndBatch"/> it holds the epoch, so the batch must not wait for anything.
/// </summary>
internal sealed unsafe partial class StoreSession : IDisposable
{
    /// <summary>Bytes before a stored key that is looked up, which hold its hash.</summary>
    internal const int HashBytes = sizeof(ulong);

    /// <summary>Keys that are fetched ahead together: about as many waits for memory as a core can have at a time.</summary>
    internal const int AheadMax = 16;

    // Longer keys cost more to hash than the wait for one record.
    private const int AheadKeyBytesMax = 256;

    private const int RecordHeaderBytes = 8;

    private const string LostLarge = "A record refers to a large value that is not there.";

    // A record can be replaced while it is being read, but not again and again.
    private const int ReadsMax = 10_000;

    private readonly FasterStore store;
    private readonly ClientSession<SpanByte, SpanByte, StoreInput, Empty, Empty, StoreCallbacks> session;
    private readonly UnsafeContext<SpanByte, SpanByte, StoreInput, Empty, Empty, StoreCallbacks> context;
    private readonly ExclusiveGate.Pass pass;

    // The stored key of the operation under way, and before it its hash, where the comparer finds it instead of hashing again. Pinned.
    private readonly byte[] keyMemory;
    private readonly byte* keyBuffer;

    private readonly ulong[] aheadHashes = new ulong[AheadMax];
    private int aheadCount;

    // The operation under way.
    private StoreInput input;
    private Keyset keyset = null!;
    private int prefixLength;
    private int storedKeyLength;
    private ulong hash;
    private RecordReader? reader;
    private bool found;
    private bool isExpired;
    private bool isReplaced;
    private ReapUpdate? reap;
    private bool holdsEpoch;

    public StoreSession(FasterStore store)
    {
        this.store = store;
        log = store.Log;
        session = store.NewFasterSession();
        context = session.UnsafeContext;
        pass = store.Gate.NewPass();
        keyMemory = GC.AllocateUninitializedArray<byte>(FasterStore.KeyBytesMax + HashBytes + sizeof(ulong), pinned: true);
        keyBuffer = (byte*)Unsafe.AsPointer(ref keyMemory[0]) + HashBytes;
        input = new StoreInput { Session = this };
    }

    public FasterStore Store => store;

    /// <summary>The batch's clock, Unix ms: one reading serves all its operations.</summary>
    public long NowMs { get; private set; }

    /// <summary>Whether no other batch runs until this one ends.</summary>
    public bool IsAlone => pass.IsAlone;

    /// <summary>Hash of the key of the last operation.</summary>
    public ulong LastHash => hash;

    /// <summary>Records written and deleted through this session, ever: shows whether an operation changed anything.</summary>
    public long Changes { get; private set; }

    /// <summary>Whether the last update has written a key that was not there, or whose time was up.</summary>
    public bool HasCreated { get; private set; }

    /// <summary>Whether reads and updates of this batch count as uses of their keys (CLIENT NO-TOUCH).</summary>
    public bool TouchesKeys { get; set; } = true;

    /// <summary>Whether each field of a large hash that goes because its time is up is told of by itself; else whoever uses the session tells of them together.</summary>
    public bool TellsFields { get; set; } = true;

    /// <summary>Begins a batch: passes the gate, takes the epoch, reads the clock.</summary>
    /// <exception cref="ObjectDisposedException">The store has ended.</exception>
    public void BeginBatch()
    {
        pass.Enter();
        TakeEpoch();
        NowMs = store.Clock.NowMs;
        BeginAcknowledging();
    }

    /// <summary>
    /// Begins a batch; false when another one runs alone and takes long (a script). The batch is outside then: it may not use the store until it has
    /// ended, as it also may not when <see cref="IsOutside"/> tells so later.
    /// </summary>
    public bool TryBeginBatch()
    {
        NowMs = store.Clock.NowMs;
        IsOutside = !pass.TryEnter(waitsLong: false);
        if (!IsOutside)
            TakeEpoch();
        BeginAcknowledging();
        return !IsOutside;
    }

    /// <summary>Whether the batch has been turned away because another one runs alone and takes long.</summary>
    public bool IsOutside { get; private set; }

    /// <summary>Ends the batch, and its time alone if it had one.</summary>
    public void EndBatch()
    {
        // A batch that was broken off by a fault has not ended its unit.
        EndUnit();
        LeaveEpoch();
        pass.Leave();
        IsOutside = false;
        keyset = null!;
    }

    /// <summary>
    /// To be called every hundred operations or so of a long batch: lets checkpoints, evictions and batches that want to be alone get on.
    /// Nothing read from the store before is to be relied on after.
    /// </summary>
    public void BetweenOperations()
    {
        NowMs = store.Clock.NowMs;
        if (IsOutside)
            return;
        if (store.Gate.IsClosed && !pass.IsAlone)
        {
            LeaveEpoch();
            IsOutside = !pass.TryYield();
            if (!IsOutside)
                TakeEpoch();
        }
        else
        {
            context.Refresh();
        }
    }

    /// <summary>The same for a batch that is alone and whose clock stands still: lets checkpoints and evictions get on.</summary>
    public void Refresh() => context.Refresh();

    /// <summary>From here to the end of the batch no other batch runs; false when another one takes long, and then this one is outside. For what spans keys and writes.</summary>
    public bool TryBeAlone()
    {
        isInUnit |= !IsOutside;
        if (pass.IsAlone || IsOutside)
            return !IsOutside;
        LeaveEpoch();
        IsOutside = !pass.TryWaitAlone();
        isInUnit = !IsOutside;
        NowMs = store.Clock.NowMs;
        if (!IsOutside)
            TakeEpoch();
        return !IsOutside;
    }

    /// <inheritdoc cref="TryBeAlone"/>
    public void BeAlone()
    {
        isInUnit = true;
        if (pass.IsAlone)
            return;
        LeaveEpoch();
        pass.BeAlone();
        TakeEpoch();
        NowMs = store.Clock.NowMs;
    }

    /// <summary>Begins a batch that goes on with another one's time alone, at its time, on this thread. The other one only ends.</summary>
    public void TakeOver(StoreSession other)
    {
        pass.TakeOver(other.pass);
        NowMs = other.NowMs;
        TouchesKeys = other.TouchesKeys;
        TakeUnitOver(other);
    }

    /// <summary>Takes the epoch for a batch that has been taken over; on the thread that goes on with it.</summary>
    public void GoOn() => TakeEpoch();

    /// <summary>The log's tail at a moment when no other batch runs. The caller is in no batch.</summary>
    public long TailBetweenBatches()
    {
        var tail = 0L;
        BetweenBatches(() => tail = store.TailAddress);
        return tail;
    }

    /// <summary>Runs something on the store while no batch runs, and holds no epoch. The caller is in no batch.</summary>
    public void BetweenBatches(Action work)
    {
        pass.Enter();
        try
        {
            pass.BeAlone();
            work();
        }
        finally
        {
            pass.Leave();
        }
    }

    /// <summary>
    /// Notes a key that an operation will want soon, and has its hash bucket fetched; <see cref="FetchAhead"/> then has the records of all that were noted
    /// fetched. At most <see cref="AheadMax"/> keys at a time.
    /// </summary>
    public void NoteAhead(Keyset keys, ReadOnlySpan<byte> key)
    {
        if (aheadCount == AheadMax || key.Length > AheadKeyBytesMax || !store.Prefetch.IsAvailable)
            return;
        SetKey(keys, key);
        store.Prefetch.Bucket(hash);
        aheadHashes[aheadCount++] = hash;
    }

    /// <summary>Has the records of the noted keys fetched, and forgets the keys.</summary>
    public void FetchAhead()
    {
        for (var i = 0; i < aheadCount; i++)
            store.Prefetch.Record(aheadHashes[i]);
        aheadCount = 0;
    }

    /// <summary>Gives the reader the live record of a key; false when there is none.</summary>
    public bool Read(Keyset keys, ReadOnlySpan<byte> key, RecordReader recordReader)
    {
        if (key.Length > FasterStore.KeyBytesMax)
            return false;
        isExpired = false;
        ReadNow(keys, key, recordReader);
        if (isExpired)
            Reap(keys, key);
        return found;
    }

    /// <summary>The same for the store's own use: a key whose time is up stays where it is.</summary>
    public bool ReadUnreaped(Keyset keys, ReadOnlySpan<byte> key, RecordReader recordReader)
    {
        ReadNow(keys, key, recordReader);
        return found;
    }

    /// <summary>The same whether its time is up or not, as long as it is there: for copies, which what is logged of the key later may rely on.</summary>
    public bool ReadKept(Keyset keys, ReadOnlySpan<byte> key, RecordReader recordReader)
    {
        var now = NowMs;
        NowMs = 0;
        ReadNow(keys, key, recordReader);
        NowMs = now;
        return found;
    }

    private void ReadNow(Keyset keys, ReadOnlySpan<byte> key, RecordReader recordReader)
    {
        SetKey(keys, key);
        reader = recordReader;
        found = false;
        isReplaced = false;
        var storedKey = StoredKey;
        var output = default(Empty);
        Complete(context.Read(ref storedKey, ref input, ref output));
        for (var tries = 0; isReplaced; tries++)
        {
            if (tries == ReadsMax)
                throw new InvalidOperationException(LostLarge);
            isReplaced = false;
            Complete(context.Read(ref storedKey, ref input, ref output));
        }

        reader = null;
    }

    // Whoever looks for a key whose time is up finds it gone, and it is no longer counted, as in Redis.
    private void Reap(Keyset keys, ReadOnlySpan<byte> key)
    {
        if (!store.KeepsExpired())
            Reclaim(keys, key, reap ??= new ReapUpdate());
    }

    // The same for who writes to it: what was there has expired, whether something new is there now or nothing.
    private void NoteExpired(Keyset keys, ReadOnlySpan<byte> key)
    {
        if (!prior.WasListed || prior.WasLive)
            return;
        if (action == UpdateAction.None)
            Reap(keys, key);
        else if (TellsFields || !keys.HoldsFields)
            store.NoteReaped(keys, key);
    }

    /// <summary>Deletes a key if its time is up, and takes fields out of a small hash whose time is up.</summary>
    public void Reclaim(Keyset keys, ReadOnlySpan<byte> key, ReapUpdate update)
    {
        Update(keys, key, update.At(NowMs));
        if (update.TakenFields > 0)
        {
            store.CountReapedFields(update.TakenFields);
            store.FieldsExpired?.Invoke(keys, key);
        }

        if (update.HasEmptied)
            store.HashEmptied?.Invoke(keys, key);
    }

    /// <summary>Runs an update on a key, atomically.</summary>
    /// <exception cref="KeyTooLongException">The key is longer than <see cref="FasterStore.KeyBytesMax"/>.</exception>
    public void Update(Keyset keys, ReadOnlySpan<byte> key, RecordUpdate recordUpdate)
    {
        WaitForLog();
        SetKey(keys, key);
        BeginUpdate(recordUpdate);
        var storedKey = StoredKey;
        var output = default(Empty);
        try
        {
            for (var tries = 0; tries == 0 || isReplaced; tries++)
            {
                if (tries == ReadsMax)
                    throw new InvalidOperationException(LostLarge);
                isReplaced = false;
                Complete(context.RMW(ref storedKey, ref input, ref output));
            }
        }
        finally
        {
            EndUpdate();
        }

        NoteExpired(keys, key);
    }

    /// <summary>
    /// Runs an update that plans the same record whatever the current one is, without looking for an older one on disk.
    /// <see cref="RecordUpdate.Plan"/> must answer Write and <see cref="RecordUpdate.Fill"/> must not read the current value.
    /// </summary>
    /// <exception cref="KeyTooLongException">The key is longer than <see cref="FasterStore.KeyBytesMax"/>.</exception>
    public void Overwrite(Keyset keys, ReadOnlySpan<byte> key, RecordUpdate recordUpdate)
    {
        WaitForLog();
        SetKey(keys, key);
        BeginUpdate(recordUpdate);
        PlanNew();
        var storedKey = StoredKey;
        var output = default(Empty);
        // Only the length of this value is looked at: the callback composes the record.
        var slot = SpanByte.FromPointer(keyBuffer, PlannedSlotBytes);
        try
        {
            context.Upsert(ref storedKey, ref input, ref slot, ref output);
        }
        finally
        {
            EndUpdate();
        }

        NoteExpired(keys, key);
    }

    public void Dispose() => session.Dispose();

    /// <summary>Whether an operation was broken off by a page that cannot be read: the session is not to be used again.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>Whether an operation on a key would have to read from the disk.</summary>
    public bool IsCold(Keyset keys, ReadOnlySpan<byte> key)
    {
        if (key.Length > FasterStore.KeyBytesMax || !store.Prefetch.IsAvailable)
            return false;
        SetKey(keys, key);
        return store.Prefetch.IsBelow(hash, store.HeadAddress) && keys.Directory.Contains(key, hash);
    }

    // The record is on the disk, which has been read by now: the callbacks run in here.
    private void Complete(Status status)
    {
        if (status.IsPending)
            context.CompletePending(wait: true);
    }

    private void TakeEpoch()
    {
        context.BeginUnsafe();
        holdsEpoch = true;
    }

    // A batch whose wait at the gate failed has none to leave.
    private void LeaveEpoch()
    {
        if (holdsEpoch)
            context.EndUnsafe();
        holdsEpoch = false;
    }

    /// <summary>FASTER found the key's newest record.</summary>
    internal bool OnRead(RecordLayout layout)
    {
        See(layout);
        if (!layout.IsLive(NowMs))
        {
            isExpired = !layout.IsDeleted;
            return false;
        }

        if (layout.IsLarge)
            return OnReadLarge(layout);
        found = true;
        var use = TouchesKeys && reader!.IsUse;
        reader!.Read(View(layout, null));
        if (use)
            Touch(layout);
        return true;
    }

    // A record that is read without a lock, because it cannot change any more, may have been replaced, and its value freed.
    private bool OnReadLarge(RecordLayout layout)
    {
        var large = store.LargeValues.TryPin(layout.LargeId);
        isReplaced = large == null;
        if (large == null)
            return false;
        found = true;
        try
        {
            reader!.Read(View(layout, large));
        }
        finally
        {
            large.Unpin();
        }

        if (TouchesKeys && reader.IsUse)
            Touch(layout);
        return true;
    }

    private SpanByte StoredKey => SpanByte.FromPointer(keyBuffer, storedKeyLength);

    private ReadOnlySpan<byte> UserKey => new(keyBuffer + prefixLength, storedKeyLength - prefixLength);

    private void SetKey(Keyset keys, ReadOnlySpan<byte> key)
    {
        if (key.Length > FasterStore.KeyBytesMax)
            throw new KeyTooLongException();
        keyset = keys;
        var prefix = keys.Prefix;
        prefixLength = prefix.Length;
        storedKeyLength = prefixLength + key.Length;
        var target = new Span<byte>(keyBuffer, storedKeyLength);
        prefix.CopyTo(target);
        key.CopyTo(target[prefixLength..]);
        hash = KeyHash.Of(target);
        *(ulong*)(keyBuffer - HashBytes) = hash;
    }

    private void Touch(RecordLayout layout)
    {
        // Readers share the record, so they may write only what all of them would write: whole words, no read-modify-write of flags.
        if (store.CountsUses)
        {
            layout.Access = AccessClock.Touch(layout.Access, NowMs, store.LfuLogFactor, store.LfuDecayMinutes);
        }
        else if (layout.Access >> 8 != AccessClock.Seconds(NowMs))
        {
            layout.Access = (AccessClock.Seconds(NowMs) << 8) | (layout.Access & 0xFF);
        }

        if (!layout.IsReferenced)
            layout.IsReferenced = true;
    }

    private Record View(RecordLayout layout) => View(layout, layout.IsLarge ? heldLarge : null);

    private Record View(RecordLayout layout, LargeValue? large) => new()
    {
        Exists = true,
        Layout = layout,
        Type = layout.Type,
        ExpiresAtMs = layout.ExpiresAtMs,
        IsRaw = layout.IsRaw,
        IsText = layout.IsText,
        Version = layout.Version,
        Access = layout.Access,
        Metadata = layout.Metadata,
        ValueLength = layout.ValueBytes,
        Inline = layout.Payload,
        Large = large,
        StoredBytes = RecordBytes(layout.SlotBytes) + (large?.Capacity ?? 0),
    };

    // Key and value have 4 length bytes each, and both are padded to 8.
    private long RecordBytes(int slotBytes) => RecordHeaderBytes + Pad(4 + storedKeyLength) + Pad(4 + slotBytes);

    private static long Pad(int bytes) => (bytes + 7L) & ~7L;
}
