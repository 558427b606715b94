using FASTER.core;
using RespKv.Server.Storage.Durability;

namespace RespKv.Server.Storage.Faster;

/// <summary>
/// Writes all records that were there at one moment to a checkpoint, in the order of the log, while clients go on. Of a key that is in memory the newest record is taken, under its lock; what has been changed since that moment is in the
/// write log as well, which is replayed on the checkpoint, so it does no harm that parts of the checkpoint are newer than others. What is no longer in memory cannot change: it is taken as it is, and
/// a newer record of the key comes later in the log. Of a key that is not there any more nothing is written: that it has gone is in the write log, or nobody knows that it was there.
/// </summary>
internal sealed class CheckpointScan(FasterStore store, StoreSession session, CheckpointFile file) : RecordReader
{
    // Keys looked up in one batch.
    private const int BatchKeys = 500;

    private readonly List<(Keyset Keys, int Offset, int Length)> found = [];
    private byte[] keyBytes = new byte[64 * 1024];
    private int used;
    private readonly byte[] storedKey = new byte[FasterStore.KeyBytesMax + 8];
    private int storedKeyLength;

    public override bool IsUse => false;

    /// <summary>Writes the records between two addresses. What is before the first has been let go by nobody, and is kept from going until it has been read.</summary>
    /// <param name="from">The log's beginning, held (<see cref="LogCleaner.HoldAll"/>).</param>
    /// <param name="until">The log's end at that moment.</param>
    /// <param name="isStopping">Whether to give up.</param>
    /// <exception cref="OperationCanceledException">It was given up.</exception>
    public void Run(long from, long until, Func<bool> isStopping)
    {
        // A scan that reads from the disk has a page's buffer of its own: one for all pages.
        if (store.SpillDevice != null)
        {
            using var all = store.ScanLog(from, until);
            TakeRecords(all, isStopping);
            return;
        }

        while (from < until)
        {
            if (isStopping())
                throw new OperationCanceledException();
            var end = Math.Min(until, (from | (FasterStore.PageBytes - 1)) + 1);
            using (var records = store.ScanLog(from, end))
                TakeRecords(records, isStopping);
            from = end;
            store.Cleaner.Hold(from);
        }
    }

    public override void Read(in Record record) => file.Put(storedKey.AsSpan(0, storedKeyLength), record.Layout.Image);

    private void TakeRecords(IFasterScanIterator<SpanByte, SpanByte> records, Func<bool> isStopping)
    {
        var page = 0L;
        // Looked at before the record is: what has left memory since was immutable when it was copied.
        for (var head = store.HeadAddress; records.GetNext(out _); head = store.HeadAddress)
        {
            if (records.CurrentAddress / FasterStore.PageBytes is var here && here != page)
            {
                TakeNoted();
                page = here;
                store.Cleaner.Hold(page * FasterStore.PageBytes);
                if (isStopping())
                    throw new OperationCanceledException();
            }

            var stored = records.GetKey().AsReadOnlySpan();
            var key = stored;
            if (!Keyset.TryTakeId(ref key, out var id) || store.FindKeyset(id) is not { } keys)
                continue;
            if (records.CurrentAddress < head)
                TakeFromDisk(keys, key, stored, ref records.GetValue());
            else
                Note(keys, key);
            if (found.Count >= BatchKeys || file.HasMuch)
                TakeNoted();
        }

        TakeNoted();
    }

    private unsafe void TakeFromDisk(Keyset keys, ReadOnlySpan<byte> key, ReadOnlySpan<byte> stored, ref SpanByte value)
    {
        if (keys.IsListed && !keys.Directory.Contains(key, KeyHash.Of(stored)))
            return;
        var layout = new RecordLayout(value.ToPointer(), value.Length);
        if (layout.IsDeleted)
            file.Delete(stored, layout.Version);
        else
            file.Put(stored, layout.Image);
    }

    private void Note(Keyset keys, ReadOnlySpan<byte> key)
    {
        while (used + key.Length > keyBytes.Length)
            Array.Resize(ref keyBytes, keyBytes.Length * 2);
        key.CopyTo(keyBytes.AsSpan(used));
        found.Add((keys, used, key.Length));
        used += key.Length;
    }

    private void TakeNoted()
    {
        session.BeginBatch();
        try
        {
            foreach (var (keys, offset, length) in found)
                Take(keys, keyBytes.AsSpan(offset, length));
        }
        finally
        {
            session.EndBatch();
        }

        found.Clear();
        used = 0;
        file.FlushIfMuch();
    }

    private void Take(Keyset keys, ReadOnlySpan<byte> key)
    {
        if (keys.IsDead)
            return;
        keys.Prefix.CopyTo(storedKey, 0);
        key.CopyTo(storedKey.AsSpan(keys.Prefix.Length));
        storedKeyLength = keys.Prefix.Length + key.Length;
        if (!session.ReadKept(keys, key, this) && !keys.IsListed)
            file.Delete(storedKey.AsSpan(0, storedKeyLength), file.Cut);
    }
}
