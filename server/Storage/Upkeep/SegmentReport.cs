using RespKv.Server.Storage.Durability;

namespace RespKv.Server.Storage.Upkeep;

/// <summary>What reading a segment of the log has shown.</summary>
/// <param name="Path">Its file.</param>
/// <param name="Start">Position of its first frame.</param>
/// <param name="Bytes">Bytes of the file.</param>
internal sealed record SegmentReport(string Path, ulong Start, long Bytes)
{
    /// <summary>Position from which it was read.</summary>
    public ulong From { get; private init; }

    /// <summary>Position behind the last whole frame.</summary>
    public ulong End { get; private init; }

    /// <summary>Whole frames.</summary>
    public long Frames { get; private init; }

    /// <summary>Where what follows is not a whole frame.</summary>
    public long FaultOffset { get; private init; }

    /// <summary>Why it does not end with a whole frame; null when it does.</summary>
    public string? Fault { get; private init; }

    /// <summary>Reads a segment, from a position on where that is within it: nobody needs what is before.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static SegmentReport Of(DataFolder folder, ulong start, ulong from)
    {
        var path = folder.LogPath(start);
        var report = new SegmentReport(path, start, new FileInfo(path).Length) { From = start, End = start };
        using var reader = FrameReader.Open(path, isCheckpoint: false, out var fault);
        if (reader == null)
            return report with { Fault = fault };
        if (reader.Header.Start != start)
            return report with { Fault = "the header has another position than the file's name" };
        reader.SkipTo(from);
        report = report with { From = reader.Position };
        var frames = 0L;
        while (reader.TryNext(out _))
            frames++;
        return report with { Frames = frames, End = reader.Position, FaultOffset = reader.Offset, Fault = reader.IsWhole ? null : "the frame there is not whole" };
    }
}
