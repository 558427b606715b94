using System.Collections.Concurrent;
using System.Globalization;
using RespKv.Server.Storage.Durability;

namespace RespKv.Server.Storage;

/// <summary>
/// Values too large for the log, found by the id that their record holds: in native memory, or, with a data folder, each in a file of its own that is mapped. A value belongs to one record: it is read under that
/// record's shared lock, and changed or freed under its exclusive one, so it needs no lock of its own. In a file it is not changed once its record refers to it.
/// </summary>
internal sealed class LargeValues : IDisposable
{
    private readonly ConcurrentDictionary<long, LargeValue> values = new();
    private readonly ConcurrentQueue<LargeValue> unsynced = new();
    private readonly ConcurrentQueue<(long Id, ulong Position)> freed = new();
    private string? folder;
    private long lastId;
    private long bytes;
    private long fileBytes;

    /// <summary>Bytes of native memory held.</summary>
    public long Bytes => Interlocked.Read(ref bytes);

    /// <summary>Bytes of the files of values.</summary>
    public long FileBytes => Interlocked.Read(ref fileBytes);

    /// <summary>Values.</summary>
    public int Count => values.Count;

    /// <summary>Whether a value may be changed where it is.</summary>
    public bool AreChangedInPlace => folder == null;

    /// <summary>Position behind the last write, for telling when a file that is not needed any more can go.</summary>
    public Func<ulong> Position { get; set; } = () => 0;

    /// <summary>Whether files wait to be removed.</summary>
    public bool HasFreed => !freed.IsEmpty;

    /// <summary>Keeps values in files from here on. There are none yet.</summary>
    /// <exception cref="IOException">The folder cannot be made.</exception>
    public void UseFolder(string path)
    {
        System.IO.Directory.CreateDirectory(path);
        folder = path;
    }

    /// <summary>Makes room for a value of <paramref name="length"/> bytes, or more where it is likely to grow.</summary>
    /// <exception cref="OutOfMemoryException">The system has no such block of memory.</exception>
    /// <exception cref="IOException">The disk has no room for it.</exception>
    public long Allocate(uint keysetId, int length, int reserve)
    {
        var id = Interlocked.Increment(ref lastId);
        if (folder == null)
        {
            var capacity = Math.Max(length, reserve);
            values[id] = new NativeValue(keysetId, capacity);
            Interlocked.Add(ref bytes, capacity);
            return id;
        }

        var value = FileValue.Create(PathOf(id), keysetId, length);
        values[id] = value;
        Interlocked.Add(ref fileBytes, length);
        return id;
    }

    /// <summary>A value is complete; its checksum, or 0 where it is kept in memory only.</summary>
    public uint Seal(long id, int length)
    {
        if (folder == null)
            return 0;
        var checksum = LogFrame.Crc(0, Span(id, length));
        values[id].LetGo();
        // Not before: a sync in between would have taken it for complete.
        unsynced.Enqueue(values[id]);
        return checksum;
    }

    public int Capacity(long id) => values[id].Capacity;

    /// <summary>The first <paramref name="length"/> bytes of a value.</summary>
    public Span<byte> Span(long id, int length)
    {
        var value = values[id];
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, value.Capacity);
        return value.Span[..length];
    }

    public void Free(long id)
    {
        if (!values.TryRemove(id, out var value))
            return;
        value.Dispose();
        if (folder == null)
        {
            Interlocked.Add(ref bytes, -value.Capacity);
            return;
        }

        Interlocked.Add(ref fileBytes, -value.Capacity);
        freed.Enqueue((id, Position()));
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

    /// <summary>Has all complete values on the disk.</summary>
    /// <exception cref="IOException">The disk has failed.</exception>
    public void Sync()
    {
        var any = false;
        while (unsynced.TryDequeue(out var value))
        {
            value.Sync();
            any = true;
        }

        if (any)
            DataFolder.SyncNames(folder!);
    }

    /// <summary>Removes files whose last use in the log is before a position: no recovery needs them.</summary>
    public void RemoveFreed(ulong before)
    {
        while (freed.TryPeek(out var oldest) && oldest.Position <= before && freed.TryDequeue(out oldest))
            File.Delete(PathOf(oldest.Id));
    }

    /// <summary>An id has been given out in an earlier run, and is not to be given out again.</summary>
    public void NoteId(long id) => lastId = Math.Max(lastId, id);

    /// <summary>Takes a value over that a record of an earlier run refers to; whether it is there is looked at in the end (<see cref="Verify"/>).</summary>
    public void Adopt(long id, uint keysetId, int length, uint checksum)
    {
        if (values.TryAdd(id, FileValue.Adopt(PathOf(id), keysetId, length, checksum)))
            Interlocked.Add(ref fileBytes, length);
    }

    /// <summary>Looks whether all values are whole, and removes files that no record refers to.</summary>
    /// <exception cref="DataFaultException">One is not.</exception>
    public void Verify()
    {
        if (folder == null)
            return;
        var fault = default(string);
        Parallel.ForEach(values.Values, (value, loop) =>
        {
            if (value.Fault() is not { } found)
                return;
            Interlocked.CompareExchange(ref fault, found, null);
            loop.Stop();
        });
        if (fault != null)
            throw new DataFaultException(fault);
        DataFolder.SyncNames(folder);
        freed.Clear();
        foreach (var path in System.IO.Directory.EnumerateFiles(folder))
        {
            if (!long.TryParse(Path.GetFileName(path), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var id) || !values.ContainsKey(id))
                File.Delete(path);
        }
    }

    public void Dispose()
    {
        foreach (var value in values.Values)
            value.Dispose();
        values.Clear();
    }

    private string PathOf(long id) => Path.Combine(folder!, id.ToString("x16", CultureInfo.InvariantCulture));
}
