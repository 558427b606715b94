using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using RespKv.Server.Storage.Durability;

namespace RespKv.Server.Storage;

/// <summary>
/// Values too large for the log, found by the id that their record holds: in native memory, or, with a data folder, each in a file of its own. A value belongs to one record: it is looked up under that
/// record's shared lock, and changed or freed under its exclusive one; who goes on reading beyond the lock pins it. In a file it is not changed once its record refers to it.
/// </summary>
internal sealed class LargeValues : IDisposable
{
    // Giving memory back takes about a millisecond for each ten times as much.
    private const int BytesFreedAtOnce = 1 << 20;

    // Values looked at when one more is mapped.
    private const int UnmapTries = 16;

    // A write that took longer is a sign that the system holds writers up; for a while nobody who must not wait should write.
    private static readonly long SlowTicks = Stopwatch.Frequency / 1000;
    private static readonly long SlowPeriodTicks = Stopwatch.Frequency / 5;

    private readonly ConcurrentDictionary<long, LargeValue> values = new();
    private readonly ConcurrentDictionary<string, long> owners = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<LargeValue> unsynced = new();
    private readonly ConcurrentQueue<(long Id, ulong Position)> freed = new();
    private readonly ConcurrentQueue<FileValue> mapped = new();
    private readonly Lock syncing = new();
    private readonly Lock wanting = new();
    private int mappedCount;
    private bool areNamesUnsynced;
    private string? folder;
    private long lastId;
    private long bytes;
    private long fileBytes;
    private long slowUntil;

    /// <summary>Bytes of native memory held.</summary>
    public long Bytes => Interlocked.Read(ref bytes);

    /// <summary>Bytes of the files of values.</summary>
    public long FileBytes => Interlocked.Read(ref fileBytes);

    /// <summary>Values.</summary>
    public int Count => values.Count;

    /// <summary>
    /// Values in files that are mapped at a time, beside those in use: far from what the system allows (65,530 on Linux), and enough that those which are used again and again stay.
    /// </summary>
    public int MappedMax { get; set; } = 1024;

    /// <summary>Whether a value may be changed where it is.</summary>
    public bool AreChangedInPlace => folder == null;

    /// <summary>Position behind the last write, for telling when a file that is not needed any more can go.</summary>
    public Func<ulong> Position { get; set; } = () => 0;

    /// <summary>Whether files wait to be removed.</summary>
    public bool HasFreed => !freed.IsEmpty;

    /// <summary>Whether files that are not needed any more stay for now.</summary>
    public bool KeepsFreed { get; set; }

    /// <summary>Keeps values in files from here on. There are none yet.</summary>
    /// <exception cref="IOException">The folder cannot be made.</exception>
    public void UseFolder(string path)
    {
        System.IO.Directory.CreateDirectory(path);
        folder = path;
    }

    /// <summary>Told how many bytes of memory more, or fewer, are held by readers alone.</summary>
    public Action<long>? Orphaned { get; set; }

    /// <summary>Whether writing to files makes writers wait at the moment.</summary>
    public bool IsSlow => folder != null && Volatile.Read(ref slowUntil) > Stopwatch.GetTimestamp();

    /// <summary>Begins to take a value in whose length is known. It becomes one when a record takes it (<see cref="Publish(LargeUpload, uint)"/>).</summary>
    /// <returns>Null when the system has no such block of memory.</returns>
    public LargeUpload? BeginUpload(int length)
    {
        var id = Interlocked.Increment(ref lastId);
        var began = Stopwatch.GetTimestamp();
        try
        {
            if (folder == null)
                return new LargeUpload(this, new NativeValue(this, id, 0, length), length, null, hasChecksum: false);
            var value = FileValue.Begin(this, id, PathOf(id), length);
            NoteWrite(began);
            return new LargeUpload(this, value, length, null, hasChecksum: true);
        }
        catch (OutOfMemoryException)
        {
            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return new LargeUpload(this, null, length, WriteLog.SystemText(error), hasChecksum: true);
        }
    }

    /// <summary>A record is about to refer to what has been uploaded.</summary>
    public void Publish(LargeUpload upload, uint keysetId)
    {
        var value = upload.Value;
        value.KeysetId = keysetId;
        value.Checksum = upload.Checksum;
        value.TryPin();
        Add(value);
        Publish(value.Id);
    }

    /// <summary>Makes room for a value of <paramref name="length"/> bytes, or more where it is likely to grow. It is complete when it is published.</summary>
    /// <exception cref="OutOfMemoryException">The system has no such block of memory.</exception>
    /// <exception cref="IOException">The disk has no room for it.</exception>
    public long Allocate(uint keysetId, int length, int reserve)
    {
        var id = Interlocked.Increment(ref lastId);
        Add(folder == null ? new NativeValue(this, id, keysetId, Math.Max(length, reserve)) : FileValue.Create(this, id, PathOf(id), keysetId, length));
        return id;
    }

    /// <summary>A record that is about to be logged refers to a value, which has to be on the disk before the log is.</summary>
    public void Publish(long id)
    {
        var value = values[id];
        value.WasPublished = true;
        if (folder != null)
            WantSync(value);
    }

    /// <summary>Adds bytes to a value behind those that its record refers to, where it is; the record that is about to be logged refers to them. False when a new value has to be made.</summary>
    /// <param name="id">The value.</param>
    /// <param name="length">Bytes that the record refers to.</param>
    /// <param name="checksum">Their checksum.</param>
    /// <param name="tail">What is added.</param>
    /// <param name="newChecksum">The checksum of all of them.</param>
    /// <exception cref="IOException">The disk has no room for them.</exception>
    public bool TryAppend(long id, int length, uint checksum, ReadOnlySpan<byte> tail, out uint newChecksum)
    {
        newChecksum = 0;
        if (folder == null)
            return false;
        var value = values[id];
        var began = Stopwatch.GetTimestamp();
        var former = value.Capacity;
        if (!value.TryAppend(length, checksum, tail))
            return false;
        NoteWrite(began);
        newChecksum = value.Checksum;
        Interlocked.Add(ref fileBytes, value.Capacity - former);
        return true;
    }

    // Before the record has its place in the log: whoever syncs the log up to there syncs the value first.
    private void WantSync(LargeValue value)
    {
        lock (wanting)
        {
            if (value.IsSyncWanted)
                return;
            value.IsSyncWanted = true;
        }

        value.TryPin();
        unsynced.Enqueue(value);
    }

    /// <summary>The checksum of a value that has been written in memory, or 0 where it is kept in memory only.</summary>
    public uint Seal(long id, int length)
    {
        if (folder == null)
            return 0;
        var value = values[id];
        value.Checksum = Crc32C.Append(0, value.Span[..length]);
        value.EndFilling();
        return value.Checksum;
    }

    /// <summary>A value takes address space from now on, of which the system gives a process only so many pieces: those that have not been used for the longest time give theirs back.</summary>
    public void NoteMapped(FileValue value)
    {
        mapped.Enqueue(value);
        var tries = Interlocked.Increment(ref mappedCount) > MappedMax ? UnmapTries : 0;
        while (tries-- > 0 && mapped.TryDequeue(out var oldest))
        {
            if (oldest.TryUnmap())
                Interlocked.Decrement(ref mappedCount);
            else
                mapped.Enqueue(oldest);
        }
    }

    /// <summary>The value of an id, for whoever holds its record's lock.</summary>
    public LargeValue this[long id] => values[id];

    /// <summary>The same, pinned; null when it has gone, because the record that told its id has been replaced since.</summary>
    public LargeValue? TryPin(long id) => values.TryGetValue(id, out var value) && value.TryPin() ? value : null;

    /// <summary>Told of each write to a file, by the time it began.</summary>
    public void NoteWrite(long began)
    {
        var now = Stopwatch.GetTimestamp();
        if (now - began > SlowTicks)
            Volatile.Write(ref slowUntil, now + SlowPeriodTicks);
    }

    /// <summary>Tells which key's record refers to a value, for the case that the record is overwritten without having been looked at.</summary>
    public void Own(long id, ReadOnlySpan<byte> storedKey)
    {
        if (folder == null)
            return;
        var owner = Convert.ToBase64String(storedKey);
        values[id].Owner = owner;
        owners[owner] = id;
    }

    /// <summary>Frees the value of a key's former record, if it had one and the new record does not refer to it too.</summary>
    public void FreeOf(ReadOnlySpan<byte> storedKey, long keptId)
    {
        var owner = Convert.ToBase64String(storedKey);
        if (owners.TryGetValue(owner, out var id) && id != keptId && owners.TryRemove(owner, out id))
            Free(id);
    }

    /// <summary>The record does not refer to it any more. Who reads it goes on.</summary>
    public void Free(long id)
    {
        if (!values.TryRemove(id, out var value))
            return;
        if (value.Owner != null)
            owners.TryRemove(KeyValuePair.Create(value.Owner, id));
        if (folder == null)
        {
            Interlocked.Add(ref bytes, -value.Capacity);
            Orphaned?.Invoke(value.Capacity);
        }
        else
        {
            Interlocked.Add(ref fileBytes, -value.Capacity);
        }

        value.FreedAt = Math.Max(Position(), 1);
        value.Unpin();
    }

    /// <summary>Nobody uses a value any more.</summary>
    public void Bury(LargeValue value)
    {
        if (folder == null && value.Capacity > BytesFreedAtOnce)
            ThreadPool.UnsafeQueueUserWorkItem(static gone => gone.Dispose(), value, preferLocal: false);
        else
            value.Dispose();
        if (folder != null && value.WasPublished)
            freed.Enqueue((value.Id, Position()));
        else if (folder != null)
            ThreadPool.UnsafeQueueUserWorkItem(static path => DeleteIfPossible(path), PathOf(value.Id), preferLocal: false);
        else if (value.FreedAt != 0)
            Orphaned?.Invoke(-value.Capacity);
    }

    /// <summary>Frees what belonged to a keyset that nobody can reach any more.</summary>
    public void FreeKeyset(uint keysetId)
    {
        foreach (var (id, value) in values)
        {
            if (value.KeysetId == keysetId)
                Free(id);
        }
    }

    /// <summary>Has all values on the disk that the log refers to up to a position, save those that have been freed before it.</summary>
    /// <exception cref="IOException">The disk has failed.</exception>
    public void Sync(ulong position)
    {
        lock (syncing)
        {
            // One that cannot be synced stays the first: until it is on the disk nothing behind it counts.
            while (unsynced.TryPeek(out var value))
            {
                // What is added from here on has it synced again.
                lock (wanting)
                    value.IsSyncWanted = false;
                if (value.FreedAt == 0 || value.FreedAt > position)
                {
                    value.Sync();
                    areNamesUnsynced = true;
                }

                unsynced.TryDequeue(out _);
                value.Unpin();
            }

            if (areNamesUnsynced)
                DataFolder.SyncNames(folder!);
            areNamesUnsynced = false;
        }
    }

    /// <summary>Removes files whose last use in the log is before a position: no recovery needs them.</summary>
    public void RemoveFreed(ulong before)
    {
        while (!KeepsFreed && freed.TryPeek(out var oldest) && oldest.Position <= before && freed.TryDequeue(out oldest))
            File.Delete(PathOf(oldest.Id));
    }

    /// <summary>An id has been given out in an earlier run, and is not to be given out again.</summary>
    public void NoteId(long id)
    {
        for (var seen = Volatile.Read(ref lastId); seen < id;)
            seen = Interlocked.CompareExchange(ref lastId, id, seen) is var now && now == seen ? id : now;
    }

    /// <summary>Takes a value over that a record of an earlier run refers to; whether it is there is looked at in the end (<see cref="Verify"/>).</summary>
    public void Adopt(long id, uint keysetId, int length, uint checksum)
    {
        if (values.TryGetValue(id, out var known))
        {
            Interlocked.Add(ref fileBytes, length - known.Capacity);
            ((FileValue)known).RefersTo(length, checksum);
            return;
        }

        var value = FileValue.Adopt(this, id, PathOf(id), keysetId, length, checksum);
        value.WasPublished = true;
        Add(value);
    }

    /// <summary>Looks whether all values are whole, and has them on the disk.</summary>
    /// <exception cref="DataFaultException">One is not.</exception>
    /// <exception cref="OperationCanceledException">It is to stop.</exception>
    public void Verify(CancellationToken stopping)
    {
        if (folder == null)
            return;
        var fault = default(string);
        Parallel.ForEach(values.Values, new ParallelOptions { CancellationToken = stopping }, (value, loop) =>
        {
            if (value.Fault() is not { } found)
                return;
            Interlocked.CompareExchange(ref fault, found, null);
            loop.Stop();
        });
        if (fault != null)
            throw new DataFaultException(fault);
        DataFolder.SyncNames(folder);
    }

    /// <summary>Removes files that no record refers to. The log says that it was safe up to its end: what it held once is not asked for any more.</summary>
    public void RemoveUnused()
    {
        if (folder == null)
            return;
        freed.Clear();
        foreach (var path in System.IO.Directory.EnumerateFiles(folder))
        {
            if (!long.TryParse(Path.GetFileName(path), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var id) || !values.ContainsKey(id))
                File.Delete(path);
        }
    }

    public void Dispose()
    {
        // Who still reads keeps what he reads.
        foreach (var value in values.Values)
            value.Unpin();
        values.Clear();
    }

    /// <summary>The file of a value.</summary>
    public static string PathIn(string folder, long id) => Path.Combine(folder, id.ToString("x16", CultureInfo.InvariantCulture));

    // What stays behind is removed at the next start.
    private static void DeleteIfPossible(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The disk has failed, or the folder has gone.
        }
    }

    private void Add(LargeValue value)
    {
        values[value.Id] = value;
        if (folder == null)
            Interlocked.Add(ref bytes, value.Capacity);
        else
            Interlocked.Add(ref fileBytes, value.Capacity);
    }

    private string PathOf(long id) => PathIn(folder!, id);
}
