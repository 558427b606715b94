using RespKv.Server.Storage.Durability;

namespace RespKv.Server.Storage.Upkeep;

/// <summary>Counts keys and bytes by keyset. It knows keys by their hash alone: of ten million keys two are taken for one about three times in a million counts.</summary>
internal sealed unsafe class NamespaceTally(long nowMs) : FrameTally
{
    private readonly Dictionary<uint, Counted> keysets = [];

    /// <summary>What there is of each name, in their order, and last of keysets that have none any more.</summary>
    public IEnumerable<NamespaceFigures> Figures()
    {
        foreach (var (name, id) in Ids.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            if (keysets.Remove(id, out var counted))
                yield return FiguresOf(name, counted);
        }

        var gone = keysets.Values.Where(counted => counted.GarbageFrames > 0).ToList();
        if (gone.Count > 0)
            yield return new NamespaceFigures("(dropped)") { GarbageFrames = gone.Sum(c => c.GarbageFrames), GarbageBytes = gone.Sum(c => c.GarbageBytes) };
    }

    protected override void Put(uint keysetId, ReadOnlySpan<byte> storedKey, ReadOnlySpan<byte> image)
    {
        var counted = Of(keysetId);
        var hash = KeyHash.Of(storedKey);
        if (counted.Keys.Remove(hash, out var before))
            counted.Waste(before.FrameBytes);
        fixed (byte* start = image)
        {
            var layout = new RecordLayout(start, image.Length);
            var rest = storedKey;
            Keyset.TryTakeId(ref rest, out _);
            counted.Keys[hash] = new Key(LogFrame.BytesFor(storedKey.Length + image.Length), rest.Length, layout.ValueBytes, layout.Metadata.Length, layout.ExpiresAtMs, layout.IsLarge);
        }
    }

    protected override void Delete(uint keysetId, ReadOnlySpan<byte> storedKey)
    {
        var counted = Of(keysetId);
        if (counted.Keys.Remove(KeyHash.Of(storedKey), out var before))
            counted.Waste(before.FrameBytes);
        counted.Waste(LogFrame.BytesFor(storedKey.Length));
    }

    protected override void Drop(uint keysetId)
    {
        var counted = Of(keysetId);
        foreach (var key in counted.Keys.Values)
            counted.Waste(key.FrameBytes);
        counted.Keys.Clear();
    }

    private NamespaceFigures FiguresOf(string name, Counted counted)
    {
        var figures = new NamespaceFigures(name) { Keys = counted.Keys.Count, GarbageFrames = counted.GarbageFrames, GarbageBytes = counted.GarbageBytes };
        foreach (var key in counted.Keys.Values)
            figures.Add(key.KeyBytes, key.ValueBytes, key.MetadataBytes, key.ExpiresAtMs, key.IsLarge, nowMs);
        return figures;
    }

    private Counted Of(uint keysetId)
    {
        if (!keysets.TryGetValue(keysetId, out var counted))
            keysets[keysetId] = counted = new Counted();
        return counted;
    }

    private readonly record struct Key(int FrameBytes, int KeyBytes, int ValueBytes, int MetadataBytes, long ExpiresAtMs, bool IsLarge);

    private sealed class Counted
    {
        public Dictionary<ulong, Key> Keys { get; } = [];

        public long GarbageFrames { get; private set; }

        public long GarbageBytes { get; private set; }

        public void Waste(int bytes)
        {
            GarbageFrames++;
            GarbageBytes += bytes;
        }
    }
}

/// <summary>What a namespace holds.</summary>
/// <param name="name">Its name.</param>
internal sealed class NamespaceFigures(string name)
{
    public string Name { get; } = name;

    public long Keys { get; init; }

    public long KeyBytes { get; private set; }

    /// <summary>Bytes of values, large ones too.</summary>
    public long ValueBytes { get; private set; }

    public long MetadataBytes { get; private set; }

    public long WithExpiry { get; private set; }

    /// <summary>Those of <see cref="WithExpiry"/> whose time is up.</summary>
    public long Expired { get; private set; }

    public long LargeValues { get; private set; }

    public long LargeBytes { get; private set; }

    /// <summary>Frames that later ones have made needless.</summary>
    public long GarbageFrames { get; init; }

    public long GarbageBytes { get; init; }

    public void Add(int keyBytes, int valueBytes, int metadataBytes, long expiresAtMs, bool isLarge, long nowMs)
    {
        KeyBytes += keyBytes;
        ValueBytes += valueBytes;
        MetadataBytes += metadataBytes;
        if (expiresAtMs != 0)
            WithExpiry++;
        if (expiresAtMs != 0 && expiresAtMs <= nowMs)
            Expired++;
        if (!isLarge)
            return;
        LargeValues++;
        LargeBytes += valueBytes;
    }
}
