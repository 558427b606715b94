using RespKv.Server.Storage.Durability;

namespace RespKv.Server.Storage.Upkeep;

/// <summary>Follows frames as recovery does, without a store: which keysets have a name, and what happens to keys in those that have.</summary>
internal abstract class FrameTally : IRecoveryTarget
{
    private readonly Dictionary<string, uint> ids = new(StringComparer.Ordinal);
    private readonly Dictionary<uint, int> names = [];
    private readonly HashSet<uint> live = [];
    private readonly List<uint> unnamed = [];
    private readonly LibrarySources libraries = new();
    private bool isInUnit;

    /// <summary>What each name stands for.</summary>
    public IReadOnlyDictionary<string, uint> Ids => ids;

    /// <summary>Sources of the libraries of functions, by name.</summary>
    public IReadOnlyDictionary<string, byte[]> Libraries => libraries.All;

    /// <summary>The name that stands for a keyset; its number where none does.</summary>
    public string NameOf(uint keysetId) => ids.FirstOrDefault(pair => pair.Value == keysetId && !FieldsName.Is(pair.Key)).Key ?? $"#{keysetId}";

    void IRecoveryTarget.Expect(long records)
    {
    }

    void IRecoveryTarget.Put(ReadOnlySpan<byte> storedKey, ReadOnlySpan<byte> image)
    {
        if (TryFind(storedKey, out var id))
            Put(id, storedKey, image);
    }

    void IRecoveryTarget.Change(ReadOnlySpan<byte> storedKey, in ValueChange change)
    {
        if (TryFind(storedKey, out var id))
            Change(id, storedKey, change);
    }

    void IRecoveryTarget.Delete(ReadOnlySpan<byte> storedKey, ulong version)
    {
        if (TryFind(storedKey, out var id))
            Delete(id, storedKey, version);
    }

    void IRecoveryTarget.Name(string name, uint keysetId)
    {
        if (ids.Remove(name, out var before))
        {
            names[before]--;
            if (before != keysetId)
                unnamed.Add(before);
        }

        if (keysetId != 0)
        {
            ids[name] = keysetId;
            names[keysetId] = names.GetValueOrDefault(keysetId) + 1;
            live.Add(keysetId);
        }

        if (!isInUnit)
            DropUnnamed();
    }

    void IRecoveryTarget.Library(LibraryPiece piece) => libraries.Take(piece);

    void IRecoveryTarget.Begin() => isInUnit = true;

    void IRecoveryTarget.Commit()
    {
        isInUnit = false;
        DropUnnamed();
    }

    protected abstract void Put(uint keysetId, ReadOnlySpan<byte> storedKey, ReadOnlySpan<byte> image);

    protected abstract void Change(uint keysetId, ReadOnlySpan<byte> storedKey, in ValueChange change);

    protected abstract void Delete(uint keysetId, ReadOnlySpan<byte> storedKey, ulong version);

    /// <summary>All keys of a keyset are gone.</summary>
    protected abstract void Drop(uint keysetId);

    private void DropUnnamed()
    {
        foreach (var id in unnamed.Where(id => names[id] == 0 && live.Remove(id)))
            Drop(id);
        unnamed.Clear();
    }

    private bool TryFind(ReadOnlySpan<byte> storedKey, out uint id) => Keyset.TryTakeId(ref storedKey, out id) && live.Contains(id);
}
