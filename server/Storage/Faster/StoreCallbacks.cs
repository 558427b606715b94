using FASTER.core;

namespace RespKv.Server.Storage.Faster;

/// <summary>What FASTER hands back to the callbacks: the session that runs the operation, which holds everything else.</summary>
internal struct StoreInput
{
    public StoreSession Session;
}

/// <summary>
/// FASTER's callbacks, as a struct so that each is compiled for these types; all of them forward to the session. New records are
/// published locked until the <c>Post</c> callback returns, so what is done there is ordered per key.
/// </summary>
internal readonly unsafe struct StoreCallbacks : IFunctions<SpanByte, SpanByte, StoreInput, Empty, Empty>
{
    public bool SingleReader(ref SpanByte key, ref StoreInput input, ref SpanByte value, ref Empty dst, ref ReadInfo readInfo) =>
        input.Session.OnRead(Layout(ref value));

    public bool ConcurrentReader(ref SpanByte key, ref StoreInput input, ref SpanByte value, ref Empty dst, ref ReadInfo readInfo) =>
        input.Session.OnRead(Layout(ref value));

    public bool ConcurrentWriter(ref SpanByte key, ref StoreInput input, ref SpanByte src, ref SpanByte dst, ref Empty output, ref UpsertInfo info) =>
        input.Session.OnUpdateInPlace(Layout(ref dst), info.Address);

    public bool SingleWriter(ref SpanByte key, ref StoreInput input, ref SpanByte src, ref SpanByte dst, ref Empty output, ref UpsertInfo info, WriteReason reason)
    {
        input.Session.OnWriteNew(Layout(ref dst));
        return true;
    }

    public void PostSingleWriter(ref SpanByte key, ref StoreInput input, ref SpanByte src, ref SpanByte dst, ref Empty output, ref UpsertInfo info, WriteReason reason) =>
        input.Session.OnPublished(Layout(ref dst), info.Address);

    public bool InPlaceUpdater(ref SpanByte key, ref StoreInput input, ref SpanByte value, ref Empty output, ref RMWInfo info) =>
        input.Session.OnUpdateInPlace(Layout(ref value), info.Address);

    public bool NeedCopyUpdate(ref SpanByte key, ref StoreInput input, ref SpanByte oldValue, ref Empty output, ref RMWInfo info)
    {
        if (input.Session.OnNeedCopy(Layout(ref oldValue), info.Address))
            return true;
        info.Action = RMWAction.CancelOperation;
        return false;
    }

    public bool CopyUpdater(ref SpanByte key, ref StoreInput input, ref SpanByte oldValue, ref SpanByte newValue, ref Empty output, ref RMWInfo info)
    {
        input.Session.OnCopy(Layout(ref oldValue), Layout(ref newValue));
        return true;
    }

    public void PostCopyUpdater(ref SpanByte key, ref StoreInput input, ref SpanByte oldValue, ref SpanByte newValue, ref Empty output, ref RMWInfo info) =>
        input.Session.OnPublished(Layout(ref newValue), info.Address);

    public bool NeedInitialUpdate(ref SpanByte key, ref StoreInput input, ref Empty output, ref RMWInfo info) => input.Session.OnNeedInitial();

    public bool InitialUpdater(ref SpanByte key, ref StoreInput input, ref SpanByte value, ref Empty output, ref RMWInfo info)
    {
        input.Session.OnWriteNew(Layout(ref value));
        return true;
    }

    public void PostInitialUpdater(ref SpanByte key, ref StoreInput input, ref SpanByte value, ref Empty output, ref RMWInfo info) =>
        input.Session.OnPublished(Layout(ref value), info.Address);

    // Keys are deleted by updates that mark their record, never by FASTER's own delete.
    public bool SingleDeleter(ref SpanByte key, ref SpanByte value, ref DeleteInfo info) => true;

    public void PostSingleDeleter(ref SpanByte key, ref DeleteInfo info)
    {
    }

    public bool ConcurrentDeleter(ref SpanByte key, ref SpanByte value, ref DeleteInfo info) => true;

    public void ReadCompletionCallback(ref SpanByte key, ref StoreInput input, ref Empty output, Empty ctx, Status status, RecordMetadata recordMetadata)
    {
    }

    public void RMWCompletionCallback(ref SpanByte key, ref StoreInput input, ref Empty output, Empty ctx, Status status, RecordMetadata recordMetadata)
    {
    }

    public void DisposeSingleWriter(ref SpanByte key, ref StoreInput input, ref SpanByte src, ref SpanByte dst, ref Empty output, ref UpsertInfo info, WriteReason reason) =>
        input.Session.OnAbandoned(ref key, ref dst, info.Address);

    public void DisposeCopyUpdater(ref SpanByte key, ref StoreInput input, ref SpanByte oldValue, ref SpanByte newValue, ref Empty output, ref RMWInfo info) =>
        input.Session.OnAbandoned(ref key, ref newValue, info.Address);

    public void DisposeInitialUpdater(ref SpanByte key, ref StoreInput input, ref SpanByte value, ref Empty output, ref RMWInfo info) =>
        input.Session.OnAbandoned(ref key, ref value, info.Address);

    public void DisposeSingleDeleter(ref SpanByte key, ref SpanByte value, ref DeleteInfo info)
    {
    }

    public void DisposeDeserializedFromDisk(ref SpanByte key, ref SpanByte value)
    {
    }

    public void CheckpointCompletionCallback(int sessionID, string sessionName, CommitPoint commitPoint)
    {
    }

    private static RecordLayout Layout(ref SpanByte value) => new(value.ToPointer(), value.Length);
}

/// <summary>Tells FASTER how long the slot of a new record is, its four length bytes included: the session has planned it.</summary>
internal sealed class SlotLength : IVariableLengthStruct<SpanByte, StoreInput>
{
    public int GetLength(ref SpanByte t, ref StoreInput input) => sizeof(int) + input.Session.PlannedSlotBytes;

    public int GetInitialLength(ref StoreInput input) => sizeof(int) + input.Session.PlannedSlotBytes;
}

/// <summary>
/// Compares stored keys, and hashes them with <see cref="KeyHash"/>. A key that is looked up (not serialized in the log) is always a session's, which
/// keeps the hash before it.
/// </summary>
internal sealed unsafe class StoredKeyComparer : IFasterEqualityComparer<SpanByte>
{
    public long GetHashCode64(ref SpanByte key) =>
        key.Serialized ? (long)KeyHash.Of(key.AsReadOnlySpan()) : *(long*)(key.ToPointer() - StoreSession.HashBytes);

    public bool Equals(ref SpanByte k1, ref SpanByte k2) => k1.AsReadOnlySpan().SequenceEqual(k2.AsReadOnlySpan());
}
