using System.Globalization;
using RespKv.Server.Storage.Durability;

namespace RespKv.Server.Storage.Upkeep;

/// <summary>What a repair leaves out of files, as far as it can be known: frames that are whole by themselves tell which keys were written there.</summary>
internal sealed class LostFrames
{
    private const int KeysShown = 20;

    private readonly HashSet<ulong> keys = [];
    private readonly List<string> shown = [];
    private readonly SortedSet<string> libraries = new(StringComparer.Ordinal);

    /// <summary>Bytes left out.</summary>
    public long Bytes { get; private set; }

    /// <summary>Whole frames among them that write or delete a key.</summary>
    public long Frames { get; private set; }

    /// <summary>What is behind the end of the log that is left.</summary>
    public static LostFrames Behind(FolderSurvey survey, RecoveryBase best, ulong? lastSegment, IReadOnlyList<ulong> removed)
    {
        var lost = new LostFrames();
        if (lastSegment is { } last)
            lost.AddLog(survey.Folder.LogPath(last), best.End, survey.References);
        foreach (var start in removed)
            lost.AddLog(survey.Folder.LogPath(start), start, survey.References);
        return lost;
    }

    /// <summary>What is not whole in a folder of which only whole frames are of use.</summary>
    public static LostFrames BetweenDamage(FolderSurvey survey)
    {
        var lost = new LostFrames();
        foreach (var (path, isCheckpoint) in GatheredFrames.SourcesOf(survey))
        {
            using var reader = FrameReader.Open(path, isCheckpoint, out _);
            var whole = 0L;
            while (reader != null && reader.TryFind(out var frame))
                whole += frame.Length;
            lost.Bytes += Math.Max(0, new FileInfo(path).Length - LogFileHeader.Bytes - whole);
        }

        return lost;
    }

    /// <summary>Says so in lines.</summary>
    public IEnumerable<string> Describe(string word)
    {
        if (Bytes == 0)
            yield break;
        yield return string.Create(CultureInfo.InvariantCulture, $"{word}: {Bytes} bytes") + (Frames == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", with {Frames} whole records of {keys.Count} keys"));
        foreach (var key in shown)
            yield return "  " + key;
        if (keys.Count > shown.Count)
            yield return string.Create(CultureInfo.InvariantCulture, $"  and {keys.Count - shown.Count} more");
        if (libraries.Count > 0)
            yield return "  and what was said of libraries of functions: " + string.Join(' ', libraries);
    }

    private void AddLog(string path, ulong from, FrameTally names)
    {
        var length = new FileInfo(path).Length;
        using var reader = FrameReader.Open(path, isCheckpoint: false, out _);
        if (reader == null)
        {
            Bytes += length;
            return;
        }

        reader.SkipTo(from);
        Bytes += length - reader.Offset;
        while (reader.TryFind(out var frame))
        {
            if (frame.Kind is FrameKind.Put or FrameKind.Delete or FrameKind.Change)
                Add(frame, names);
            else if (frame.Kind == FrameKind.Library)
                libraries.Add(LibraryFrame.Read(frame, path).Name);
        }
    }

    private void Add(FrameView frame, FrameTally names)
    {
        Frames++;
        if (!keys.Add(KeyHash.Of(frame.StoredKey)) || shown.Count >= KeysShown)
            return;
        var rest = frame.StoredKey;
        Keyset.TryTakeId(ref rest, out var id);
        shown.Add($"{names.NameOf(id)} {KeyText.OfStored(frame.StoredKey)}");
    }
}
