namespace RespKv.Server.Storage.Faster;

/// <summary>
/// Reclaims expired keys where no directory knows of them (<c>key-index off</c>): goes through the log, round and round, a slice at a time, and faster as long as it finds much. Until they
/// are found they take memory and are counted, but nobody sees them.
/// Used by the maintenance thread.
/// </summary>
internal sealed class ExpirySweep(FasterStore store)
{
    // Records looked at in one slice, ten times a second: a million keys in ten seconds.
    private const int SliceRecords = 10_000;

    // Of a slice, the share that has to be expired for another one to follow at once; and slices in a row, which bound what others wait for.
    private const int SliceWorthwhile = SliceRecords / 20;
    private const int SlicesMax = 10;

    private readonly List<(Keyset Keys, int Offset, int Length)> due = [];
    private readonly ReapUpdate reap = new();
    private byte[] keyBytes = new byte[64 * 1024];
    private int used;
    private long position;
    private long wholeUntil;

    /// <summary>Looks at the next records; the caller is in no batch.</summary>
    public void Run(StoreSession session)
    {
        var slices = 0;
        do
        {
            store.Cleaner.WhileLogStays(() => CollectSlice(session));
            ReapDue(session);
        }
        while (due.Count >= SliceWorthwhile && ++slices < SlicesMax);
    }

    // What a record says may be half written here, so it is only a hint: whoever reaps looks again, under the record's lock.
    private void CollectSlice(StoreSession session)
    {
        due.Clear();
        used = 0;
        var from = Math.Max(position, store.BeginAddress);
        if (from >= wholeUntil)
        {
            wholeUntil = session.TailBetweenBatches();
            from = position = store.BeginAddress;
        }

        if (from >= wholeUntil)
            return;
        var nowMs = store.Clock.NowMs;
        using var records = store.ScanLog(from, wholeUntil);
        for (var seen = 0; seen < SliceRecords; seen++)
        {
            if (!records.GetNext(out _))
            {
                position = wholeUntil;
                return;
            }

            position = records.NextAddress;
            if (RecordLayout.IsDueAt(ref records.GetValue(), nowMs))
                Note(records.GetKey().AsReadOnlySpan());
        }
    }

    private void Note(ReadOnlySpan<byte> storedKey)
    {
        if (!Keyset.TryTakeId(ref storedKey, out var id) || store.FindKeyset(id) is not { IsListed: false } keys)
            return;
        while (used + storedKey.Length > keyBytes.Length)
            Array.Resize(ref keyBytes, keyBytes.Length * 2);
        storedKey.CopyTo(keyBytes.AsSpan(used));
        due.Add((keys, used, storedKey.Length));
        used += storedKey.Length;
    }

    private void ReapDue(StoreSession session)
    {
        if (due.Count == 0)
            return;
        session.BeginBatch();
        try
        {
            foreach (var (keys, offset, length) in due)
            {
                if (!keys.IsDead)
                    session.Reclaim(keys, keyBytes.AsSpan(offset, length), reap);
            }
        }
        finally
        {
            session.EndBatch();
        }
    }
}
