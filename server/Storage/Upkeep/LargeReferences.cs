using System.Text;
using RespKv.Server.Storage.Durability;

namespace RespKv.Server.Storage.Upkeep;

/// <summary>The large values that records refer to when all frames have been followed.</summary>
internal sealed unsafe class LargeReferences : FrameTally
{
    // By the stored key, each byte as a character.
    private readonly Dictionary<string, LargeReference> found = new(StringComparer.Ordinal);

    public IReadOnlyCollection<LargeReference> All => found.Values;

    /// <summary>Hashes of the stored keys whose values the log changes in part.</summary>
    public HashSet<ulong> ChangedKeys { get; } = [];

    protected override void Put(uint keysetId, ReadOnlySpan<byte> storedKey, ReadOnlySpan<byte> image)
    {
        fixed (byte* start = image)
        {
            var layout = new RecordLayout(start, image.Length);
            if (!layout.IsLarge)
                Delete(keysetId, storedKey, layout.Version);
            else
                found[Encoding.Latin1.GetString(storedKey)] = new LargeReference(keysetId, storedKey.ToArray(), layout.LargeId, layout.ValueBytes, layout.LargeChecksum);
        }
    }

    // A value that is changed so is in its record.
    protected override void Change(uint keysetId, ReadOnlySpan<byte> storedKey, in ValueChange change) => ChangedKeys.Add(KeyHash.Of(storedKey));

    protected override void Delete(uint keysetId, ReadOnlySpan<byte> storedKey, ulong version)
    {
        if (found.Count > 0)
            found.Remove(Encoding.Latin1.GetString(storedKey));
    }

    protected override void Drop(uint keysetId)
    {
        foreach (var (key, _) in found.Where(pair => pair.Value.KeysetId == keysetId).ToList())
            found.Remove(key);
    }
}

/// <summary>A record's reference to a large value.</summary>
/// <param name="KeysetId">The keyset that its key is in.</param>
/// <param name="StoredKey">The key as it is stored.</param>
/// <param name="Id">The value's id.</param>
/// <param name="Bytes">Bytes of the value.</param>
/// <param name="Checksum">Their CRC-32C.</param>
internal sealed record LargeReference(uint KeysetId, byte[] StoredKey, long Id, int Bytes, uint Checksum)
{
    public string PathIn(DataFolder folder) => LargeValues.PathIn(folder.ValuesPath, Id);

    /// <summary>What is wrong with the value's file, to be read behind its name; null when it is whole.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public string? FaultIn(DataFolder folder)
    {
        using var file = new ValueFileCheck(PathIn(folder));
        return file.FaultOf(Bytes, Checksum);
    }
}
