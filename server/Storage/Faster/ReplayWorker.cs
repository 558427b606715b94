using System.Buffers.Binary;
using System.Collections.Concurrent;

namespace RespKv.Server.Storage.Faster;

/// <summary>
/// Applies a part of what recovery reads, on a thread of its own: the keys of one part of all hashes, so each key's records stay in their order. Records are handed over in blocks of bytes.
/// </summary>
internal sealed class ReplayWorker : IDisposable
{
    private const int BlockBytes = 512 * 1024;
    private const int BlocksMax = 4;

    // Of each record in a block: length of its key, length of its image (-1 for a deletion), its version.
    private const int HeaderBytes = sizeof(int) + sizeof(int) + sizeof(ulong);

    // Keys whose buckets and records are asked for ahead of their turn.
    private const int AheadKeys = StoreSession.AheadMax;
    private const int WaitMs = 2;

    private readonly FasterStore store;
    private readonly Func<uint, Keyset?> find;
    private readonly BlockingCollection<(byte[] Block, int Used)> filled = new(BlocksMax);
    private readonly ConcurrentBag<byte[]> empty = [];
    private readonly Thread thread;
    private readonly List<(Keyset Keys, int Key, int KeyBytes, int ImageBytes, ulong Version)> ahead = [];
    private byte[] block = new byte[BlockBytes];
    private int used;
    private long pending;
    private volatile Exception? fault;

    public ReplayWorker(FasterStore store, Func<uint, Keyset?> find)
    {
        this.store = store;
        this.find = find;
        thread = new Thread(Run) { IsBackground = true, Name = "respkv recovery" };
        thread.Start();
    }

    /// <summary>Hands a record over; a deletion when there is no image.</summary>
    public void Add(ReadOnlySpan<byte> storedKey, ReadOnlySpan<byte> image, bool isDeletion, ulong version)
    {
        var bytes = HeaderBytes + storedKey.Length + image.Length;
        if (used + bytes > block.Length)
            Flush(bytes);
        var target = block.AsSpan(used);
        BinaryPrimitives.WriteInt32LittleEndian(target, storedKey.Length);
        BinaryPrimitives.WriteInt32LittleEndian(target[4..], isDeletion ? -1 : image.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(target[8..], version);
        storedKey.CopyTo(target[HeaderBytes..]);
        image.CopyTo(target[(HeaderBytes + storedKey.Length)..]);
        used += bytes;
    }

    /// <summary>Waits until everything that was handed over has been applied.</summary>
    public void Drain()
    {
        Flush(0);
        var spinner = default(SpinWait);
        while (Interlocked.Read(ref pending) > 0)
            spinner.SpinOnce(sleep1Threshold: 20);
        if (fault is { } found)
            throw new InvalidOperationException("recovery has failed: " + found.Message, found);
    }

    public void Dispose()
    {
        filled.CompleteAdding();
        thread.Join();
        filled.Dispose();
    }

    private void Flush(int needed)
    {
        if (used > 0)
        {
            Interlocked.Increment(ref pending);
            filled.Add((block, used));
            used = 0;
            block = empty.TryTake(out var again) ? again : new byte[BlockBytes];
        }

        if (block.Length < needed)
            block = new byte[needed];
    }

    private void Run()
    {
        var session = store.Lease();
        foreach (var (bytes, length) in filled.GetConsumingEnumerable())
        {
            try
            {
                while (store.Memory.IsBehind)
                    Thread.Sleep(WaitMs);
                while (store.Cleaner.IsBehind && store.Cleaner.CleanSlice())
                {
                }

                if (fault == null)
                    Apply(session, bytes.AsSpan(0, length));
            }
            catch (Exception error) when (error is not OutOfMemoryException)
            {
                fault = error;
            }

            if (bytes.Length == BlockBytes)
                empty.Add(bytes);
            Interlocked.Decrement(ref pending);
        }

        store.Return(session);
    }

    private void Apply(StoreSession session, Span<byte> bytes)
    {
        session.BeginBatch();
        try
        {
            for (var at = 0; at < bytes.Length;)
            {
                at = FindAhead(session, bytes, at);
                foreach (var (keys, key, keyBytes, imageBytes, version) in ahead)
                {
                    if (imageBytes < 0)
                        session.ReplayDelete(keys, bytes.Slice(key, keyBytes), version);
                    else
                        session.ReplayPut(keys, bytes.Slice(key, keyBytes), bytes.Slice(key + keyBytes, imageBytes));
                }

                session.BetweenOperations();
            }
        }
        finally
        {
            session.EndBatch();
        }
    }

    private int FindAhead(StoreSession session, Span<byte> bytes, int at)
    {
        ahead.Clear();
        while (at < bytes.Length && ahead.Count < AheadKeys)
        {
            var storedBytes = BinaryPrimitives.ReadInt32LittleEndian(bytes[at..]);
            var imageBytes = BinaryPrimitives.ReadInt32LittleEndian(bytes[(at + 4)..]);
            var version = BinaryPrimitives.ReadUInt64LittleEndian(bytes[(at + 8)..]);
            var stored = at + HeaderBytes;
            at = stored + storedBytes + Math.Max(imageBytes, 0);
            ReadOnlySpan<byte> key = bytes.Slice(stored, storedBytes);
            if (!Keyset.TryTakeId(ref key, out var id) || find(id) is not { } keys)
                continue;
            ahead.Add((keys, stored + storedBytes - key.Length, key.Length, imageBytes, version));
            session.NoteAhead(keys, key);
        }

        session.FetchAhead();
        return at;
    }
}
