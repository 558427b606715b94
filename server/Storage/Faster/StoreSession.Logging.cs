using RespKv.Server.Storage.Durability;

namespace RespKv.Server.Storage.Faster;

/// <summary>
/// What a batch puts in the write log, and what its replies depend on: frames are appended under the lock of the record that they tell of, so the log has a key's writes in their
/// order, and a write's position is its record's version.
/// </summary>
internal sealed unsafe partial class StoreSession
{
    private readonly WriteLog log;
    private ulong dependsOn;
    private bool isInUnit;
    private bool isUnitBegun;
    private ulong unitBegin;

    /// <summary>Position that the log must have reached before the replies of this batch may be sent; 0 for none.</summary>
    public ulong AcknowledgePosition => log.IsRecording ? Math.Max(dependsOn, log.Barrier) : 0;

    /// <summary>What the replies say depends on all writes so far, such as a count of keys.</summary>
    public void DependOnAll()
    {
        if (log.IsRecording)
            dependsOn = Math.Max(dependsOn, log.Tail);
    }

    /// <summary>
    /// Something other than records is about to be written, such as names: the unit that began with <see cref="BeAlone"/> is replayed whole or not at all, so it begins in the log before that.
    /// </summary>
    public void BeginUnit()
    {
        if (log.IsRecording)
            BeginUnitIfWanted();
    }

    /// <summary>The command, or the transaction, that was alone has done all it does.</summary>
    public void EndUnit()
    {
        isInUnit = false;
        if (!isUnitBegun)
            return;
        isUnitBegun = false;
        dependsOn = log.Append(FrameKind.Commit, default);
        log.NoteUnit(unitBegin, dependsOn);
    }

    // What has been written goes on in this batch, which also ends it.
    private void TakeUnitOver(StoreSession other)
    {
        (isInUnit, isUnitBegun, unitBegin, dependsOn) = (other.isInUnit, other.isUnitBegun, other.unitBegin, other.dependsOn);
        other.isInUnit = other.isUnitBegun = false;
    }

    private void BeginAcknowledging() => dependsOn = 0;

    /// <summary>A record was looked at: the reply may tell of it, so it has to be in the log first.</summary>
    private void See(RecordLayout layout)
    {
        if (layout.Version is var version && version >= dependsOn)
            dependsOn = log.WholeFrom(version);
    }

    private void LogPut(RecordLayout layout)
    {
        keyset.CountWrite(UserKey);
        if (!log.IsRecording)
        {
            layout.Version = replayedVersion != 0 ? replayedVersion : log.NextUnkept();
            return;
        }

        BeginUnitIfWanted();
        var bodyBytes = storedKeyLength + layout.UsedBytes;
        var changeBytes = storedKeyLength + ValueChange.HeaderBytes + plan.ChangeBytes;
        // A change needs the record that it changes, so where it does not save much the whole record is better.
        if (plan.IsChange && prior.WasLive && !layout.IsLarge && !log.TakesNoChanges && changeBytes <= bodyBytes / 2)
        {
            LogChange(layout, changeBytes);
            return;
        }

        var frame = log.Reserve(bodyBytes, out var position);
        layout.Version = position;
        var body = frame[LogFrame.HeaderBytes..];
        new ReadOnlySpan<byte>(keyBuffer, storedKeyLength).CopyTo(body);
        layout.Image.CopyTo(body[storedKeyLength..]);
        dependsOn = WriteLog.Append(frame, position, FrameKind.Put, bodyBytes, storedKeyLength);
    }

    // What the update has changed of the value. The lengths of key and change have been added up.
    private void LogChange(RecordLayout layout, int bodyBytes)
    {
        var frame = log.Reserve(bodyBytes, out var position);
        layout.Version = position;
        var body = frame[LogFrame.HeaderBytes..];
        new ReadOnlySpan<byte>(keyBuffer, storedKeyLength).CopyTo(body);
        new ValueChange
        {
            Former = prior.Version,
            ValueBytes = layout.ValueBytes,
            Offset = plan.ChangeOffset,
            Access = layout.Access,
            Bytes = layout.Payload.Slice(plan.ChangeOffset, plan.ChangeBytes),
        }.Write(body[storedKeyLength..]);
        dependsOn = WriteLog.Append(frame, position, FrameKind.Change, bodyBytes, storedKeyLength);
    }

    private void LogDelete(RecordLayout layout)
    {
        keyset.CountWrite(UserKey);
        if (!log.IsRecording)
        {
            layout.Version = log.NextUnkept();
            return;
        }

        BeginUnitIfWanted();
        var frame = log.Reserve(storedKeyLength, out var position);
        layout.Version = position;
        new ReadOnlySpan<byte>(keyBuffer, storedKeyLength).CopyTo(frame[LogFrame.HeaderBytes..]);
        dependsOn = WriteLog.Append(frame, position, FrameKind.Delete, storedKeyLength, storedKeyLength);
    }

    private void BeginUnitIfWanted()
    {
        if (!isInUnit || isUnitBegun)
            return;
        isUnitBegun = true;
        unitBegin = log.Append(FrameKind.Begin, default);
    }

    // Before an operation begins: within it there is no waiting.
    private void WaitForLog()
    {
        if (!log.IsCrowded)
            return;
        LeaveEpoch();
        log.WaitForRoom();
        TakeEpoch();
    }
}
