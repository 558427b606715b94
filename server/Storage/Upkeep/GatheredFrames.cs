using System.Buffers.Binary;
using System.Text;
using Microsoft.Win32.SafeHandles;
using RespKv.Server.Storage.Durability;

namespace RespKv.Server.Storage.Upkeep;

/// <summary>The last resort: the newest whole record of each key, from whatever files there are, written to a new checkpoint.</summary>
internal sealed unsafe class GatheredFrames : FrameTally
{
    // By the stored key, each byte as a character.
    private readonly Dictionary<string, Place> places = new(StringComparer.Ordinal);
    // The changes that lead from the record there to the newest value, in order.
    private readonly Dictionary<string, List<Place>> changes = new(StringComparer.Ordinal);
    private readonly DataFolder folder;
    private int file;
    private long offset;
    private int length;
    private bool isInCheckpoint;

    private GatheredFrames(DataFolder folder) => this.folder = folder;

    // Of a key that was deleted it has no bytes.
    private readonly record struct Place(uint KeysetId, ulong Version, int File, long Offset, int Length);

    /// <summary>The files that tell most: the newest checkpoint with a header, and the segments from where it begins.</summary>
    public static IEnumerable<(string Path, bool IsCheckpoint)> SourcesOf(FolderSurvey survey)
    {
        var checkpoint = survey.Checkpoints.LastOrDefault(c => c.HasHeader);
        if (checkpoint != null)
            yield return (checkpoint.Path, true);
        foreach (var start in LogInspection.SegmentsFrom(survey.Folder, checkpoint?.Cut ?? 0))
            yield return (survey.Folder.LogPath(start), false);
    }

    /// <summary>Writes them to a checkpoint at a position behind all others; keys without their large value are left out.</summary>
    /// <exception cref="IOException">A file cannot be read or written.</exception>
    public static void Write(FolderSurvey survey, ulong position, long nowMs)
    {
        var sources = SourcesOf(survey).ToList();
        var gathered = new GatheredFrames(survey.Folder);
        for (var i = 0; i < sources.Count; i++)
            gathered.Gather(i, sources[i].Path, sources[i].IsCheckpoint);
        using var target = new CheckpointFile(survey.Folder, position, nowMs);
        foreach (var (name, id) in gathered.Ids)
            target.Namespace(name, id);
        foreach (var (name, source) in gathered.Libraries)
            target.Library(name, source);
        for (var i = 0; i < sources.Count; i++)
            gathered.Copy(i, sources[i].Path, target);
        gathered.CopyChanged([.. sources.Select(source => source.Path)], target);
        target.Complete(position);
    }

    protected override void Put(uint keysetId, ReadOnlySpan<byte> storedKey, ReadOnlySpan<byte> image)
    {
        fixed (byte* start = image)
            Note(keysetId, storedKey, new RecordLayout(start, image.Length).Version, length);
    }

    // One whose record is not there, or is not the one that was changed, is lost with it: the value would be one that never was.
    protected override void Change(uint keysetId, ReadOnlySpan<byte> storedKey, in ValueChange change)
    {
        var key = Encoding.Latin1.GetString(storedKey);
        if (!places.TryGetValue(key, out var before) || before.Length == 0 || before.Version != change.Former)
            return;
        places[key] = before with { Version = change.Version };
        if (!changes.TryGetValue(key, out var all))
            changes[key] = all = [];
        all.Add(new Place(keysetId, change.Version, file, offset, length));
    }

    protected override void Delete(uint keysetId, ReadOnlySpan<byte> storedKey, ulong deletion) => Note(keysetId, storedKey, deletion, 0);

    protected override void Drop(uint keysetId)
    {
        foreach (var (key, _) in places.Where(pair => pair.Value.KeysetId == keysetId).ToList())
        {
            places.Remove(key);
            changes.Remove(key);
        }
    }

    // A checkpoint has the newest last; the log may tell again of what is before the checkpoint.
    private void Note(uint keysetId, ReadOnlySpan<byte> storedKey, ulong noted, int bytes)
    {
        var key = Encoding.Latin1.GetString(storedKey);
        if (!isInCheckpoint && places.TryGetValue(key, out var before) && before.Version >= noted)
            return;
        places[key] = new Place(keysetId, noted, file, offset, bytes);
        changes.Remove(key);
    }

    private void Gather(int index, string path, bool isCheckpoint)
    {
        using var reader = FrameReader.Open(path, isCheckpoint, out _);
        (file, isInCheckpoint) = (index, isCheckpoint);
        while (reader != null && reader.TryFind(out var frame))
        {
            (offset, length) = (reader.Offset - frame.Length, frame.Length);
            if ((frame.Kind == FrameKind.Put && !RecordLayout.IsImage(frame.Record)) || (frame.Kind == FrameKind.Change && !ValueChange.TryRead(frame.Record, frame.Position, out _)))
                continue;
            Recovery.Apply(this, frame, path);
        }
    }

    private void Copy(int index, string path, CheckpointFile target)
    {
        using var source = File.OpenHandle(path);
        foreach (var place in places.Where(pair => pair.Value.File == index && pair.Value.Length > 0 && !changes.ContainsKey(pair.Key)).Select(pair => pair.Value).OrderBy(place => place.Offset))
        {
            var (key, record) = Read(source, place);
            if (!IsWithoutValue(key, record))
                target.Put(key, record);
            target.FlushIfMuch();
        }
    }

    private void CopyChanged(string[] paths, CheckpointFile target)
    {
        if (changes.Count == 0)
            return;
        var sources = Array.ConvertAll(paths, path => File.OpenHandle(path));
        foreach (var (name, all) in changes)
        {
            var place = places[name];
            var (key, record) = Read(sources[place.File], place);
            foreach (var change in all)
                record = Changed(record, Read(sources[change.File], change).Body, change.Version);
            target.Put(key, record);
            target.FlushIfMuch();
        }

        foreach (var source in sources)
            source.Dispose();
    }

    private static byte[] Changed(byte[] record, byte[] body, ulong version)
    {
        ValueChange.TryRead(body, version, out var change);
        int former;
        fixed (byte* start = record)
            former = new RecordLayout(start, record.Length).ValueBytes;
        Array.Resize(ref record, record.Length + change.ValueBytes - former);
        fixed (byte* start = record)
            new RecordLayout(start, record.Length).Apply(change);
        return record;
    }

    // Its checksum was right a moment ago: here only the parts are wanted.
    private static (byte[] StoredKey, byte[] Body) Read(SafeFileHandle source, Place place)
    {
        var bytes = new byte[place.Length];
        RandomAccess.Read(source, bytes, place.Offset);
        var (padding, key) = (bytes[9], BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(10)));
        var body = bytes.AsSpan(LogFrame.HeaderBytes..^padding);
        return (body[..key].ToArray(), body[key..].ToArray());
    }

    private bool IsWithoutValue(ReadOnlySpan<byte> storedKey, ReadOnlySpan<byte> image)
    {
        fixed (byte* start = image)
        {
            var layout = new RecordLayout(start, image.Length);
            return layout.IsLarge && new LargeReference(0, storedKey.ToArray(), layout.LargeId, layout.ValueBytes, layout.LargeChecksum).FaultIn(folder) != null;
        }
    }
}
