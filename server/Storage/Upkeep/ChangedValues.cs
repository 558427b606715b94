using RespKv.Server.Storage.Durability;

namespace RespKv.Server.Storage.Upkeep;

/// <summary>Whether each change that the log holds finds the record that it changes, as recovery needs it. It knows keys by their hash alone.</summary>
/// <param name="keys">Hashes of the stored keys that there are changes of; others are not looked at.</param>
internal sealed unsafe class ChangedValues(HashSet<ulong> keys) : FrameTally
{
    private readonly Dictionary<ulong, (ulong Version, bool IsThere)> records = [];

    /// <summary>Keys whose values are not known in the end.</summary>
    public UnknownValues Unknown { get; } = new();

    protected override void Put(uint keysetId, ReadOnlySpan<byte> storedKey, ReadOnlySpan<byte> image)
    {
        fixed (byte* start = image)
            Note(storedKey, new RecordLayout(start, image.Length).Version, isThere: true);
    }

    protected override void Delete(uint keysetId, ReadOnlySpan<byte> storedKey, ulong version) => Note(storedKey, version, isThere: false);

    protected override void Change(uint keysetId, ReadOnlySpan<byte> storedKey, in ValueChange change)
    {
        var hash = KeyHash.Of(storedKey);
        var (version, isThere) = records.GetValueOrDefault(hash);
        if (isThere && version >= change.Version)
            return;
        if (isThere && version == change.Former)
            records[hash] = (change.Version, true);
        else
            Unknown.Add(storedKey, change.Version);
    }

    // With all its keys those go that were not known.
    protected override void Drop(uint keysetId)
    {
        foreach (var value in Unknown.All.Where(value => value.KeysetId == keysetId).ToList())
            Unknown.Remove(value.StoredKey);
    }

    private void Note(ReadOnlySpan<byte> storedKey, ulong version, bool isThere)
    {
        var hash = KeyHash.Of(storedKey);
        if (!keys.Contains(hash))
            return;
        Unknown.Remove(storedKey);
        if (records.GetValueOrDefault(hash).Version <= version)
            records[hash] = (version, isThere);
    }
}
