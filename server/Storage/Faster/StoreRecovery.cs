using RespKv.Server.Storage.Durability;

namespace RespKv.Server.Storage.Faster;

/// <summary>Builds the store from what recovery reads. A record counts only if a name stands for its keyset at that point of the log.</summary>
internal sealed class StoreRecovery(FasterStore store, StoreSession session) : IRecoveryTarget
{
    // Operations between two moments when evictions and the like get on.
    private const int OperationsPerLook = 256;

    private readonly Dictionary<uint, Keyset> live = [];
    private readonly List<uint> unnamed = [];
    private Keyset? last;
    private int units;
    private int operations;

    public void Put(ReadOnlySpan<byte> storedKey, ReadOnlySpan<byte> image)
    {
        if (Find(ref storedKey) is { } keys)
            session.ReplayPut(keys, storedKey, image);
    }

    public void Delete(ReadOnlySpan<byte> storedKey, ulong version)
    {
        if (Find(ref storedKey) is { } keys)
            session.ReplayDelete(keys, storedKey, version);
    }

    public void Name(string name, uint keysetId)
    {
        var before = store.Names.TryGetValue(name, out var id) ? id : 0;
        if (keysetId == 0)
            store.Names.TryRemove(name, out _);
        else
            store.Names[name] = keysetId;
        if (keysetId != 0)
            live[keysetId] = store.RestoreKeyset(keysetId, FasterStore.IsNameOfFields(name));
        if (before != 0 && before != keysetId)
            unnamed.Add(before);
        last = null;
        if (units == 0)
            DropUnnamed();
    }

    public void Begin() => units++;

    public void Commit()
    {
        units = 0;
        DropUnnamed();
    }

    private void DropUnnamed()
    {
        foreach (var id in unnamed)
        {
            // A keyset of fields never has another name.
            if (!live.TryGetValue(id, out var keys) || (!keys.HoldsFields && store.Names.Values.Contains(id)))
                continue;
            live.Remove(id);
            store.Drop(keys);
        }

        unnamed.Clear();
    }

    private Keyset? Find(ref ReadOnlySpan<byte> storedKey)
    {
        if (++operations % OperationsPerLook == 0)
            session.BetweenOperations();
        if (!LogCleaner.TryTakeKeysetId(ref storedKey, out var id))
            return null;
        if (last?.Id != id)
            last = live.GetValueOrDefault(id);
        return last;
    }
}
