using RespKv.Server.Storage.Durability;

namespace RespKv.Server.Storage.Upkeep;

/// <summary>Counts keys and bytes by keyset, the fields of large hashes with the namespaces that the hashes are in. It knows keys by their hash alone: of ten million keys two are taken for one about three times in a million counts.</summary>
internal sealed unsafe class NamespaceTally(long nowMs) : FrameTally
{
    private readonly Dictionary<uint, Counted> keysets = [];

    // The keyset of the key that last referred to a keyset of fields.
    private readonly Dictionary<uint, uint> owners = [];

    /// <summary>What there is of each name, in their order, and last of keysets that have none any more.</summary>
    public IEnumerable<NamespaceFigures> Figures()
    {
        AddFieldsToOwners();
        foreach (var (name, id) in Ids.Where(pair => !FieldsName.Is(pair.Key)).OrderBy(pair => pair.Key, StringComparer.Ordinal))
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
            counted.Waste(before);
        fixed (byte* start = image)
        {
            var layout = new RecordLayout(start, image.Length);
            var rest = storedKey;
            Keyset.TryTakeId(ref rest, out _);
            if (layout.FieldsId is var fields and not 0)
                owners[fields] = keysetId;
            counted.Keys[hash] = new Key(1, LogFrame.BytesFor(storedKey.Length + image.Length), rest.Length, layout.ValueBytes, layout.Metadata.Length, layout.ExpiresAtMs, layout.IsLarge);
        }
    }

    // What it changes and the change make the value together.
    protected override void Change(uint keysetId, ReadOnlySpan<byte> storedKey, in ValueChange change)
    {
        var counted = Of(keysetId);
        var frameBytes = LogFrame.BytesFor(storedKey.Length + change.Body.Length);
        var hash = KeyHash.Of(storedKey);
        if (counted.Keys.TryGetValue(hash, out var before))
            counted.Keys[hash] = before with { Frames = before.Frames + 1, FrameBytes = before.FrameBytes + frameBytes, ValueBytes = Math.Max(before.ValueBytes, change.ValueBytes) };
        else
            counted.Waste(1, frameBytes);
    }

    protected override void Delete(uint keysetId, ReadOnlySpan<byte> storedKey, ulong version)
    {
        var counted = Of(keysetId);
        if (counted.Keys.Remove(KeyHash.Of(storedKey), out var before))
            counted.Waste(before);
        counted.Waste(1, LogFrame.BytesFor(storedKey.Length));
    }

    protected override void Drop(uint keysetId)
    {
        var counted = Of(keysetId);
        foreach (var key in counted.Keys.Values)
            counted.Waste(key);
        counted.Keys.Clear();
    }

    // Fields whose hash is not found are garbage, which the next start removes.
    private void AddFieldsToOwners()
    {
        foreach (var id in Ids.Where(pair => FieldsName.Is(pair.Key)).Select(pair => pair.Value))
        {
            if (!keysets.Remove(id, out var fields))
                continue;
            if (owners.TryGetValue(id, out var owner) && keysets.TryGetValue(owner, out var counted))
                counted.TakeFields(fields);
            else
                keysets[id] = fields.AsGarbage();
        }
    }

    private NamespaceFigures FiguresOf(string name, Counted counted)
    {
        var figures = new NamespaceFigures(name) { Keys = counted.Keys.Count, GarbageFrames = counted.GarbageFrames, GarbageBytes = counted.GarbageBytes };
        foreach (var key in counted.Keys.Values)
            figures.Add(key.KeyBytes, key.ValueBytes, key.MetadataBytes, key.ExpiresAtMs, key.IsLarge, nowMs);
        foreach (var field in counted.Fields)
            figures.AddField(field.KeyBytes, field.ValueBytes, field.IsLarge);
        return figures;
    }

    private Counted Of(uint keysetId)
    {
        if (!keysets.TryGetValue(keysetId, out var counted))
            keysets[keysetId] = counted = new Counted();
        return counted;
    }

    private readonly record struct Key(int Frames, long FrameBytes, int KeyBytes, int ValueBytes, int MetadataBytes, long ExpiresAtMs, bool IsLarge);

    private sealed class Counted
    {
        public Dictionary<ulong, Key> Keys { get; } = [];

        /// <summary>Fields of the large hashes among the keys.</summary>
        public List<Key> Fields { get; } = [];

        public long GarbageFrames { get; private set; }

        public long GarbageBytes { get; private set; }

        public void TakeFields(Counted fields)
        {
            Fields.AddRange(fields.Keys.Values);
            GarbageFrames += fields.GarbageFrames;
            GarbageBytes += fields.GarbageBytes;
        }

        public Counted AsGarbage()
        {
            foreach (var key in Keys.Values)
                Waste(key);
            Keys.Clear();
            return this;
        }

        public void Waste(in Key key) => Waste(key.Frames, key.FrameBytes);

        public void Waste(int frames, long bytes)
        {
            GarbageFrames += frames;
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

    /// <summary>Fields of large hashes; their names and values are among the bytes of values.</summary>
    public long Fields { get; private set; }

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

    public void AddField(int nameBytes, int valueBytes, bool isLarge)
    {
        Fields++;
        ValueBytes += nameBytes + valueBytes;
        AddLarge(valueBytes, isLarge);
    }

    public void Add(int keyBytes, int valueBytes, int metadataBytes, long expiresAtMs, bool isLarge, long nowMs)
    {
        KeyBytes += keyBytes;
        ValueBytes += valueBytes;
        MetadataBytes += metadataBytes;
        if (expiresAtMs != 0)
            WithExpiry++;
        if (expiresAtMs != 0 && expiresAtMs <= nowMs)
            Expired++;
        AddLarge(valueBytes, isLarge);
    }

    private void AddLarge(int valueBytes, bool isLarge)
    {
        if (!isLarge)
            return;
        LargeValues++;
        LargeBytes += valueBytes;
    }
}
