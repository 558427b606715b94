using RespKv.Server.Storage.Durability;

namespace RespKv.Server.Storage.Upkeep;

/// <summary>A file whose header is damaged and whose frames are not: its name and its neighbours tell all that the header did, and the frames' checksums prove it.</summary>
/// <param name="Path">The file.</param>
/// <param name="Header">What its header has to be.</param>
internal sealed record LostHeader(string Path, LogFileHeader Header)
{
    /// <summary>All of them in a folder.</summary>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static List<LostHeader> In(FolderSurvey survey)
    {
        var lost = survey.Checkpoints.Where(c => !c.HasHeader)
            .Select(c => new LostHeader(c.Path, new LogFileHeader(true, c.Position, c.Position, 0, TimeOf(c.Path)))).ToList();
        for (var i = 0; i < survey.Segments.Count; i++)
        {
            var segment = survey.Segments[i];
            using var reader = FrameReader.Open(segment.Path, isCheckpoint: false, out _);
            if (reader?.Header.Start == segment.Start)
                continue;
            var before = i > 0 ? survey.Segments[i - 1] : null;
            // Of the first only whether something was before it is asked.
            var isBeginning = segment.Start == WriteLog.FirstPosition + WriteLog.RestartStep;
            var previous = before?.End ?? (isBeginning ? 0 : segment.Start);
            lost.Add(new LostHeader(segment.Path, new LogFileHeader(false, segment.Start, previous, before?.Start ?? 0, TimeOf(segment.Path))));
        }

        return [.. lost.Where(header => header.FirstFrameIsWhole())];
    }

    /// <summary>Writes the header; the old one is kept in a folder.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Restore(string kept)
    {
        var old = new byte[LogFileHeader.Bytes];
        using var file = new FileStream(Path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read);
        var read = file.ReadAtLeast(old, old.Length, throwOnEndOfStream: false);
        File.WriteAllBytes(System.IO.Path.Combine(kept, System.IO.Path.GetFileName(Path) + ".header"), old.AsSpan(0, read));
        file.Position = 0;
        file.Write(Header.ToBytes());
        file.Flush();
        DiskSync.Sync(file.SafeFileHandle);
    }

    private static long TimeOf(string path) => new DateTimeOffset(File.GetLastWriteTimeUtc(path)).ToUnixTimeMilliseconds();

    private bool FirstFrameIsWhole()
    {
        using var file = File.OpenHandle(Path);
        var bytes = new byte[(int)Math.Min(RandomAccess.GetLength(file), 2L << 20)];
        var read = RandomAccess.Read(file, bytes, 0);
        return read > LogFileHeader.Bytes && LogFrame.Read(bytes.AsSpan(LogFileHeader.Bytes..read), Header.Start).Kind != FrameKind.None;
    }
}
