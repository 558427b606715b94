using System.Buffers.Binary;
using System.Collections.Concurrent;
using RespKv.Server.Storage.Durability;

namespace RespKv.Server.Storage.Faster;

/// <summary>
/// Applies a part of what recovery reads, on a thread of its own: the keys of one part of all hashes, so each key's records stay in their order. Records are handed over in blocks of bytes.
/// </summary>
internal sealed class ReplayWorker : IDisposable
{
    private const int BlockBytes = 512 * 1024;
    private const int BlocksMax = 4;

    // Of each record in a block: length of its key, length of what follows the key, its version, and its kind.
    private const int HeaderBytes = sizeof(int) + sizeof(int) + sizeof(ulong) + sizeof(byte);

    // Keys whose buckets and records are asked for ahead of their turn.
    private const int AheadKeys = StoreSession.AheadMax;
    private const int WaitMs = 2;

    private readonly FasterStore store;
    private readonly Func<uint, Keyset?> find;
    private readonly BlockingCollection<(byte[] Block, int Used)> filled = new(BlocksMax);
    private readonly ConcurrentBag<byte[]> empty = [];
    private readonly Thread thread;
    private readonly List<(Keyset Keys, int Key, int KeyBytes, int RestBytes, ulong Version, FrameKind Kind)> ahead = [];
    private readonly UnknownValues unknown = new();
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

    /// <summary>Keys whose values are not known, because they were changed when they were not what they are now. To be looked at when all has been applied.</summary>
    public UnknownValues Unknown => unknown;

    /// <summary>Hands a put, a deletion or a change over, whose frame has this behind the key.</summary>
    public void Add(FrameKind kind, ReadOnlySpan<byte> storedKey, ReadOnlySpan<byte> rest, ulong version)
    {
        var bytes = HeaderBytes + storedKey.Length + rest.Length;
        if (used + bytes > block.Length)
            Flush(bytes);
        var target = block.AsSpan(used);
        BinaryPrimitives.WriteInt32LittleEndian(target, storedKey.Length);
        BinaryPrimitives.WriteInt32LittleEndian(target[4..], rest.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(target[8..], version);
        target[HeaderBytes - 1] = (byte)kind;
        storedKey.CopyTo(target[HeaderBytes..]);
        rest.CopyTo(target[(HeaderBytes + storedKey.Length)..]);
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
                foreach (var (keys, key, keyBytes, restBytes, version, kind) in ahead)
                    Apply(session, kind, keys, bytes.Slice(key - keys.Prefix.Length, keys.Prefix.Length + keyBytes), bytes.Slice(key + keyBytes, restBytes), version);

                session.BetweenOperations();
            }
        }
        finally
        {
            session.EndBatch();
        }
    }

    private void Apply(StoreSession session, FrameKind kind, Keyset keys, ReadOnlySpan<byte> storedKey, ReadOnlySpan<byte> rest, ulong version)
    {
        var key = storedKey[keys.Prefix.Length..];
        if (kind == FrameKind.Change)
        {
            if (!ValueChange.TryRead(rest, version, out var change) || !session.ReplayChange(keys, key, change))
                unknown.Add(storedKey, version);
            return;
        }

        unknown.Remove(storedKey);
        if (kind == FrameKind.Delete)
            session.ReplayDelete(keys, key, version);
        else
            session.ReplayPut(keys, key, rest);
    }

    private int FindAhead(StoreSession session, Span<byte> bytes, int at)
    {
        ahead.Clear();
        while (at < bytes.Length && ahead.Count < AheadKeys)
        {
            var storedBytes = BinaryPrimitives.ReadInt32LittleEndian(bytes[at..]);
            var restBytes = BinaryPrimitives.ReadInt32LittleEndian(bytes[(at + 4)..]);
            var version = BinaryPrimitives.ReadUInt64LittleEndian(bytes[(at + 8)..]);
            var kind = (FrameKind)bytes[at + HeaderBytes - 1];
            var stored = at + HeaderBytes;
            at = stored + storedBytes + restBytes;
            ReadOnlySpan<byte> key = bytes.Slice(stored, storedBytes);
            if (!Keyset.TryTakeId(ref key, out var id) || find(id) is not { } keys)
                continue;
            ahead.Add((keys, stored + storedBytes - key.Length, key.Length, restBytes, version, kind));
            session.NoteAhead(keys, key);
        }

        session.FetchAhead();
        return at;
    }
}
