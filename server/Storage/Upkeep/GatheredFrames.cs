using System.Text;
using RespKv.Server.Storage.Durability;

namespace RespKv.Server.Storage.Upkeep;

/// <summary>The last resort: the newest whole record of each key, from whatever files there are, written to a new checkpoint.</summary>
internal sealed unsafe class GatheredFrames : FrameTally
{
    // By the stored key, each byte as a character.
    private readonly Dictionary<string, Place> places = new(StringComparer.Ordinal);
    private readonly DataFolder folder;
    private int file;
    private long offset;
    private int length;
    private ulong version;
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
        target.Complete(position);
    }

    protected override void Put(uint keysetId, ReadOnlySpan<byte> storedKey, ReadOnlySpan<byte> image)
    {
        fixed (byte* start = image)
            Note(keysetId, storedKey, new RecordLayout(start, image.Length).Version, length);
    }

    protected override void Delete(uint keysetId, ReadOnlySpan<byte> storedKey) => Note(keysetId, storedKey, version, 0);

    protected override void Drop(uint keysetId)
    {
        foreach (var (key, _) in places.Where(pair => pair.Value.KeysetId == keysetId).ToList())
            places.Remove(key);
    }

    // A checkpoint has the newest last; the log may tell again of what is before the checkpoint.
    private void Note(uint keysetId, ReadOnlySpan<byte> storedKey, ulong noted, int bytes)
    {
        var key = Encoding.Latin1.GetString(storedKey);
        if (isInCheckpoint || !places.TryGetValue(key, out var before) || before.Version < noted)
            places[key] = new Place(keysetId, noted, file, offset, bytes);
    }

    private void Gather(int index, string path, bool isCheckpoint)
    {
        using var reader = FrameReader.Open(path, isCheckpoint, out _);
        (file, isInCheckpoint) = (index, isCheckpoint);
        while (reader != null && reader.TryFind(out var frame))
        {
            (offset, length, version) = (reader.Offset - frame.Length, frame.Length, isCheckpoint ? reader.Header.Previous : frame.Position);
            if (frame.Kind == FrameKind.Put && !RecordLayout.IsImage(frame.Record))
                continue;
            Recovery.Apply(this, frame, path);
        }
    }

    private void Copy(int index, string path, CheckpointFile target)
    {
        using var source = File.OpenHandle(path);
        foreach (var place in places.Values.Where(place => place.File == index && place.Length > 0).OrderBy(place => place.Offset))
        {
            var bytes = new byte[place.Length];
            RandomAccess.Read(source, bytes, place.Offset);
            // Its checksum was right a moment ago: here only the parts are wanted.
            var (padding, key) = (bytes[9], System.Buffers.Binary.BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(10)));
            var body = bytes.AsSpan(LogFrame.HeaderBytes..^padding);
            if (!IsWithoutValue(body[..key], body[key..]))
                target.Put(body[..key], body[key..]);
            target.FlushIfMuch();
        }
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
