using System.Buffers.Binary;
using System.Globalization;

namespace RespKv.Server.Storage.Durability;

/// <summary>Where the log in a folder ends, found by looking at every frame from a position on; and whether that end is one that a power cut or a kill can leave.</summary>
/// <param name="End">Position behind the last whole frame.</param>
/// <param name="EndSegment">Start of the segment that the end is in; 0 when there is none.</param>
/// <param name="Synced">Position up to which the log itself says that it was on the disk.</param>
/// <param name="LostBytes">Bytes behind the end.</param>
/// <param name="OpenUnit">Where a unit begins that has no commit before the end; 0 when there is none.</param>
/// <param name="Fault">What is damaged below what was synced, in one line with file and offset; null when nothing is.</param>
internal sealed record LogInspection(ulong End, ulong EndSegment, ulong Synced, long LostBytes, ulong OpenUnit, string? Fault)
{
    /// <summary>Looks at the segments that hold positions from <paramref name="from"/> on.</summary>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static LogInspection Of(DataFolder folder, ulong from, CancellationToken stopping = default)
    {
        var values = new UnsafeValues(folder);
        var found = Look(folder, from, values, stopping);
        if (found.Fault != null || values.FirstMissing(found.Synced) is not { } end || end >= found.End)
            return found;
        // A power cut may keep a frame and not the value that it refers to: the log ends before it then.
        var lost = found.LostBytes + (long)(found.End - end);
        var segment = SegmentsFrom(folder, from).FindLast(start => start <= end);
        return found with { End = end, EndSegment = segment, LostBytes = lost, OpenUnit = found.OpenUnit < end ? found.OpenUnit : 0 };
    }

    private static LogInspection Look(DataFolder folder, ulong from, UnsafeValues values, CancellationToken stopping)
    {
        var segments = SegmentsFrom(folder, from);
        var known = SyncedPosition.Read(folder);
        if (segments.Count == 0)
            return new LogInspection(from, 0, from, 0, 0, known > from ? $"{folder.Path} has no segment of the log, which was on the disk from position {from} up to {known}" : null);
        if (segments[0] > from)
            return new LogInspection(from, 0, from, 0, 0, $"the log has no segment that holds position {from}: the oldest is {folder.LogPath(segments[0])}");
        var (end, endSegment, synced, unit) = (segments[0], 0UL, known, 0UL);
        for (var i = 0; i < segments.Count; i++)
        {
            var path = folder.LogPath(segments[i]);
            using var reader = FrameReader.Open(path, isCheckpoint: false, out var fault, stopping);
            if (reader == null || reader.Header.Start != segments[i])
                return Ended(folder, segments, i, 0, end, endSegment, synced, unit, fault ?? "the header has another position than the file's name");
            // Where writes are not logged, each checkpoint begins a log of its own; this one was for a checkpoint that was never complete.
            if (i > 0 && reader.Header.Previous == 0)
                return new LogInspection(end, endSegment, end, BytesFrom(folder, segments, i), unit, null);
            if (i > 0 && reader.Header.Previous != end)
            {
                // Cut off between two frames, a segment is whole by itself.
                var isShort = reader.Header.Previous > end;
                return isShort
                    ? Ended(folder, segments, i - 1, LogFileHeader.Bytes + (long)(end - segments[i - 1]), end, endSegment, synced, unit, $"it ends there, and {Path.GetFileName(path)} follows position {reader.Header.Previous}")
                    : Ended(folder, segments, i, 0, end, endSegment, synced, unit, $"it follows position {reader.Header.Previous}, and the segment before it ends at {end}");
            }

            endSegment = segments[i];
            // Nobody needs what is before: damage there does no harm.
            reader.SkipTo(from);
            end = reader.Position;
            while (reader.TryNext(out var frame))
            {
                end = frame.End;
                if (frame.Kind == FrameKind.Synced)
                    synced = Math.Max(synced, BinaryPrimitives.ReadUInt64LittleEndian(frame.Body));
                else if (frame.Kind == FrameKind.Begin)
                    unit = frame.Position;
                else if (frame.Kind == FrameKind.Commit)
                    unit = 0;
                else if (frame.Kind == FrameKind.Put && frame.Position >= synced)
                    values.Note(frame, unit);
            }

            if (!reader.IsWhole)
                return Ended(folder, segments, i, reader.Offset, end, endSegment, synced, unit, "the frame there is not whole");
        }

        return synced > end
            ? Ended(folder, segments, segments.Count - 1, LogFileHeader.Bytes + (long)(end - endSegment), end, endSegment, synced, unit, "it ends there")
            : new LogInspection(end, endSegment, synced, 0, unit, null);
    }

    /// <summary>Starts of the segments that hold positions from <paramref name="from"/> on.</summary>
    public static List<ulong> SegmentsFrom(DataFolder folder, ulong from)
    {
        var all = folder.Segments();
        var first = all.FindLastIndex(start => start <= from);
        return first <= 0 ? all : all[first..];
    }

    private static long BytesFrom(DataFolder folder, List<ulong> segments, int index) => segments[index..].Sum(start => new FileInfo(folder.LogPath(start)).Length);

    private static LogInspection Ended(DataFolder folder, List<ulong> segments, int index, long offset, ulong end, ulong endSegment, ulong synced, ulong unit, string reason)
    {
        var lost = 0L;
        var later = synced;
        for (var i = index; i < segments.Count; i++)
        {
            var path = folder.LogPath(segments[i]);
            var from = i == index ? offset : 0;
            lost += new FileInfo(path).Length - from;
            later = Math.Max(later, LatestMark(path, segments[i], from));
        }

        var fault = later > end
            ? string.Create(CultureInfo.InvariantCulture, $"{folder.LogPath(segments[index])} is damaged at offset {offset}: {reason}, though the log was on the disk up to position {later}, {later - end} bytes further on")
            : null;
        return new LogInspection(end, endSegment, synced, lost, unit, fault);
    }

    // Marks stand at multiples of a frame's alignment, and their checksum covers their position: nothing else is taken for one.
    private static ulong LatestMark(string path, ulong segmentStart, long from)
    {
        var bytes = File.ReadAllBytes(path);
        var latest = 0UL;
        var markBytes = LogFrame.BytesFor(sizeof(ulong));
        for (var at = Math.Max(from, LogFileHeader.Bytes); at + markBytes <= bytes.Length; at += LogFrame.Alignment)
        {
            var place = bytes.AsSpan((int)at, markBytes);
            if (place[8] != (byte)FrameKind.Synced)
                continue;
            var frame = LogFrame.Read(place, segmentStart + (ulong)(at - LogFileHeader.Bytes));
            if (frame.Kind == FrameKind.Synced)
                latest = Math.Max(latest, BinaryPrimitives.ReadUInt64LittleEndian(frame.Body));
        }

        return latest;
    }
}
