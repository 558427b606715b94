using RespKv.Server.Storage.Durability;

namespace RespKv.Server.Storage.Faster;

/// <summary>
/// Builds the store from what recovery reads, on several threads: each has the keys of its part of all hashes. A record counts only if a name stands for its keyset at that point of the log.
/// </summary>
internal sealed class StoreRecovery : IRecoveryTarget, IDisposable
{
    private const int WorkersMax = 4;

    private readonly FasterStore store;
    private readonly Dictionary<uint, Keyset> live = [];
    private readonly List<uint> unnamed = [];
    private readonly ReplayWorker[] workers;
    private bool isInUnit;

    public StoreRecovery(FasterStore store)
    {
        this.store = store;
        // Names change only while the workers have nothing to do.
        workers = [.. Enumerable.Range(0, Math.Clamp(Environment.ProcessorCount, 1, WorkersMax)).Select(_ => new ReplayWorker(store, live.GetValueOrDefault))];
    }

    public void Expect(long records) => store.ReserveIndex(records);

    public void Put(ReadOnlySpan<byte> storedKey, ReadOnlySpan<byte> image) => WorkerOf(storedKey).Add(storedKey, image, isDeletion: false, 0);

    public void Delete(ReadOnlySpan<byte> storedKey, ulong version) => WorkerOf(storedKey).Add(storedKey, default, isDeletion: true, version);

    public void Name(string name, uint keysetId)
    {
        Drain();
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

    public void Begin() => isInUnit = true;

    public void Commit()
    {
        isInUnit = false;
        if (unnamed.Count == 0)
            return;
        Drain();
        DropUnnamed();
    }

    /// <summary>Waits until everything has been applied.</summary>
    public void Drain()
    {
        foreach (var worker in workers)
            worker.Drain();
    }

    public void Dispose()
    {
        foreach (var worker in workers)
            worker.Dispose();
    }

    // Other bits of the hash than the index and the directory go by.
    private ReplayWorker WorkerOf(ReadOnlySpan<byte> storedKey) => workers.Length == 1 ? workers[0] : workers[(int)((KeyHash.Of(storedKey) >> 20) % (uint)workers.Length)];

    private void DropUnnamed()
    {
        foreach (var id in unnamed)
        {
            if (store.Names.Values.Contains(id) || !live.Remove(id, out var keys))
                continue;
            store.Drop(keys);
        }

        unnamed.Clear();
    }
}
