using FASTER.core;
using RespKv.Server.Storage.Durability;

namespace RespKv.Server.Storage.Faster;

/// <summary>
/// Recovery's operations: records and deletions as the log has them, in its order. What is newer in memory stays; where the older record is not in memory, nobody looks for it, since
/// the log brings the key to its last state in the end. Nothing is logged.
/// </summary>
internal sealed unsafe partial class StoreSession
{
    private bool isReplaying;
    private byte* replayed;
    private int replayedBytes;
    private readonly ReplayedChange replayedChange = new();

    // What the record that a change makes has as its version; 0 for none under way.
    private ulong replayedVersion;

    private ReadOnlySpan<byte> ReplayedImage => new(replayed, replayedBytes);

    /// <summary>Puts a record back.</summary>
    public void ReplayPut(Keyset keys, ReadOnlySpan<byte> key, ReadOnlySpan<byte> image)
    {
        fixed (byte* start = image)
        {
            store.LargeValues.NoteId(new RecordLayout(start, image.Length).LargeId);
            Replay(keys, key, start, image.Length);
        }
    }

    /// <summary>Changes a value again; false when the key's record is not the one that was changed, nor a newer one.</summary>
    public bool ReplayChange(Keyset keys, ReadOnlySpan<byte> key, in ValueChange change)
    {
        // At the beginning of time nothing has expired: what was there when it was changed is there now.
        var now = NowMs;
        NowMs = 0;
        replayedVersion = change.Version;
        try
        {
            fixed (byte* bytes = change.Bytes)
            {
                replayedChange.Set(change, bytes);
                Update(keys, key, replayedChange);
            }
        }
        finally
        {
            NowMs = now;
            replayedVersion = 0;
        }

        return replayedChange.IsKnown;
    }

    /// <summary>Deletes a key again.</summary>
    public void ReplayDelete(Keyset keys, ReadOnlySpan<byte> key, ulong version)
    {
        SetKey(keys, key);
        // A key that is not listed has no record, or a deleted one.
        if (!keys.Directory.Contains(key, hash))
            return;
        var bytes = RecordLayout.BytesFor(false, 0, 0);
        var image = stackalloc byte[bytes];
        new Span<byte>(image, bytes).Clear();
        var layout = new RecordLayout(image, bytes);
        layout.MarkDeleted();
        layout.Version = version;
        Replay(keys, key, image, bytes);
    }

    private void Replay(Keyset keys, ReadOnlySpan<byte> key, byte* image, int bytes)
    {
        SetKey(keys, key);
        BeginUpdate(null!);
        isReplaying = true;
        replayed = image;
        replayedBytes = bytes;
        PlannedSlotBytes = ((sizeof(int) + bytes + 7) & ~7) - sizeof(int);
        var storedKey = StoredKey;
        var output = default(Empty);
        var slot = SpanByte.FromPointer(keyBuffer, PlannedSlotBytes);
        try
        {
            context.Upsert(ref storedKey, ref input, ref slot, ref output);
        }
        finally
        {
            isReplaying = false;
            ClearAbandoned();
        }
    }

    private bool OnReplay(RecordLayout layout, long address)
    {
        Remember(layout);
        var image = new RecordLayout(replayed, replayedBytes);
        if (layout.Version > image.Version)
            return true;
        if (replayedBytes > layout.SlotBytes || address < store.RelocationBoundary)
            return false;
        layout.Restore(ReplayedImage);
        OnReplayed(layout);
        return true;
    }

    private void OnReplayed(RecordLayout layout)
    {
        keyset.AddLiveBytes((layout.IsDeleted ? 0 : RecordBytes(layout.SlotBytes)) - prior.LiveBytes);
        ListReplayed(layout);
    }

    private void ListReplayed(RecordLayout layout)
    {
        if (prior.LargeId != 0 && prior.LargeId != layout.LargeId)
            store.LargeValues.Free(prior.LargeId);
        // Only what the store now refers to: what a newer record has replaced may be gone.
        if (layout.IsLarge)
            store.LargeValues.Adopt(layout.LargeId, keyset.Id, layout.ValueBytes, layout.LargeChecksum);
        if (!layout.IsDeleted)
        {
            List(layout);
            OwnLarge(layout);
        }
        else if (!prior.IsKnown || prior.WasListed)
            Unlist();
    }
}
