using FASTER.core;

namespace RespKv.Server.Storage.Faster;

/// <summary>
/// Operations that need no more than that a key is there, on keys whose records are not in memory: the directory, which is exact, tells it where the key has no time that may be up, and the record stays unread on
/// the disk.
/// </summary>
internal sealed unsafe partial class StoreSession
{
    private readonly UnseenDeletion unseenDeletion = new();
    private bool isDeletingUnseen;
    private bool hasDeletedUnseen;

    /// <summary>Whether a key is known to be there, and its record would have to be read from the disk.</summary>
    public bool IsThereUnseen(Keyset keys, ReadOnlySpan<byte> key) =>
        store.Memory.HasCold && keys.IsListed && IsCold(keys, key) && keys.Directory.IsLasting(key, hash);

    /// <summary>Deletes such a key; whether it was still there.</summary>
    public bool DeleteUnseen(Keyset keys, ReadOnlySpan<byte> key)
    {
        WaitForLog();
        SetKey(keys, key);
        BeginUpdate(unseenDeletion);
        action = UpdateAction.Delete;
        PlannedSlotBytes = RecordLayout.BytesFor(false, 0, 0);
        isDeletingUnseen = true;
        hasDeletedUnseen = unseenDeletion.HasDeleted = false;
        var storedKey = StoredKey;
        var output = default(Empty);
        var slot = SpanByte.FromPointer(keyBuffer, PlannedSlotBytes);
        try
        {
            context.Upsert(ref storedKey, ref input, ref slot, ref output);
        }
        finally
        {
            isDeletingUnseen = false;
            EndUpdate();
        }

        NoteExpired(keys, key);
        return hasDeletedUnseen || unseenDeletion.HasDeleted;
    }

    // The deletion has been published over a record that nobody has looked at: the directory tells whether there was one.
    private void OnDeletedUnseen(RecordLayout layout)
    {
        LogDelete(layout);
        hasDeletedUnseen = keyset.Directory.Remove(UserKey, hash);
        keyset.Ordered?.Remove(UserKey);
        if (!hasDeletedUnseen)
            return;
        Changes++;
        ForgetUnseen(layout);
    }

    /// <summary>For the case that another client has brought the record back to memory meanwhile.</summary>
    private sealed class UnseenDeletion : RecordUpdate
    {
        public bool HasDeleted { get; set; }

        public override UpdateAction Plan(in Record current, ref RecordPlan plan)
        {
            HasDeleted = current.Exists;
            return current.Exists ? UpdateAction.Delete : UpdateAction.None;
        }
    }
}
