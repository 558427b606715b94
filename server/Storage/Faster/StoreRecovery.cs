using System.Collections.Concurrent;
using System.Globalization;
using RespKv.Server.Storage.Durability;
using RespKv.Server.Storage.Upkeep;

namespace RespKv.Server.Storage.Faster;

/// <summary>
/// Builds the store from what recovery reads, on several threads: each has the keys of its part of all hashes. A record counts only if a name stands for its keyset at that point of the log.
/// </summary>
internal sealed class StoreRecovery : IRecoveryTarget, IDisposable
{
    private const int WorkersMax = 4;

    // Keysets of fields that are dropped together, since the workers have to come to an end before that.
    private const int GoneFieldsMax = 1000;

    private readonly FasterStore store;
    private readonly ConcurrentDictionary<uint, Keyset> live = new();
    private readonly List<uint> unnamed = [];
    private readonly List<uint> goneFields = [];
    private readonly LibrarySources libraries = new();
    private readonly ReplayWorker[] workers;
    private bool isInUnit;

    public StoreRecovery(FasterStore store)
    {
        this.store = store;
        // Names of namespaces change only while the workers have nothing to do.
        workers = [.. Enumerable.Range(0, Math.Clamp(Environment.ProcessorCount, 1, WorkersMax)).Select(_ => new ReplayWorker(store, id => live.GetValueOrDefault(id)))];
    }

    public void Expect(long records) => store.ReserveIndex(records);

    public void Put(ReadOnlySpan<byte> storedKey, ReadOnlySpan<byte> image) => WorkerOf(storedKey).Add(FrameKind.Put, storedKey, image, 0);

    public void Change(ReadOnlySpan<byte> storedKey, in ValueChange change) => WorkerOf(storedKey).Add(FrameKind.Change, storedKey, change.Body, change.Version);

    public void Delete(ReadOnlySpan<byte> storedKey, ulong version) => WorkerOf(storedKey).Add(FrameKind.Delete, storedKey, default, version);

    public void Name(string name, uint keysetId)
    {
        if (FieldsName.Is(name))
        {
            NameFields(name, keysetId);
            return;
        }

        DrainWorkers();
        var before = store.Names.TryGetValue(name, out var id) ? id : 0;
        if (keysetId == 0)
            store.Names.TryRemove(name, out _);
        else
            store.Names[name] = keysetId;
        if (keysetId != 0)
            live[keysetId] = store.RestoreKeyset(keysetId);
        if (before != 0 && before != keysetId)
            unnamed.Add(before);
        if (!isInUnit)
            DropUnnamed();
    }

    public void Library(LibraryPiece piece) => libraries.Take(piece);

    public void Begin() => isInUnit = true;

    public void Commit()
    {
        isInUnit = false;
        if (unnamed.Count == 0)
            return;
        DrainWorkers();
        DropUnnamed();
    }

    /// <summary>Waits until everything has been applied.</summary>
    /// <exception cref="DataFaultException">The value of a key is not known.</exception>
    public void Drain()
    {
        DrainWorkers();
        DropGoneFields();
        foreach (var (name, source) in libraries.All)
            store.Libraries[name] = source;
        foreach (var value in workers.SelectMany(worker => worker.Unknown.All))
            RefuseUnknown(value);
    }

    // A key that was given up for want of memory while it was loaded, or whose time was up, is gone, and what changed it does not bring it back.
    private void RefuseUnknown(UnknownValue value)
    {
        if (!live.TryGetValue(value.KeysetId, out var keys) || (HasGivenUp && !keys.Directory.Contains(value.StoredKey.AsSpan(keys.Prefix.Length), KeyHash.Of(value.StoredKey))))
            return;
        throw new DataFaultException(string.Create(
            CultureInfo.InvariantCulture,
            $"the log changes at position {value.Position} a value that is not there as it was then, that of key {KeyText.OfStored(value.StoredKey)}; 'respkv check' tells more, and 'respkv repair' deletes the key"));
    }

    private bool HasGivenUp => store.Cleaner.EvictedKeys + store.Cleaner.ExpiredKeys + store.ReapedKeys > 0;

    public void Dispose()
    {
        foreach (var worker in workers)
            worker.Dispose();
    }

    // There are as many as there are large hashes. Such a keyset has one name, once, before its first record: so nobody needs to wait when it comes; and when it goes, what is still applied to it does no harm.
    private void NameFields(string name, uint keysetId)
    {
        if (keysetId != 0)
        {
            store.Names[name] = keysetId;
            live[keysetId] = store.RestoreKeyset(keysetId, holdsFields: true);
        }
        else if (store.Names.TryRemove(name, out var before))
        {
            goneFields.Add(before);
        }

        if (goneFields.Count < GoneFieldsMax)
            return;
        DrainWorkers();
        DropGoneFields();
    }

    private void DrainWorkers()
    {
        foreach (var worker in workers)
            worker.Drain();
    }

    // Other bits of the hash than the index and the directory go by.
    private ReplayWorker WorkerOf(ReadOnlySpan<byte> storedKey) => workers.Length == 1 ? workers[0] : workers[(int)((KeyHash.Of(storedKey) >> 20) % (uint)workers.Length)];

    private void DropUnnamed()
    {
        foreach (var id in unnamed)
        {
            if (store.Names.Values.Contains(id) || !live.TryRemove(id, out var keys))
                continue;
            store.Drop(keys);
        }

        unnamed.Clear();
    }

    private void DropGoneFields()
    {
        foreach (var id in goneFields)
        {
            if (live.TryRemove(id, out var fields))
                store.Drop(fields);
        }

        goneFields.Clear();
    }
}
