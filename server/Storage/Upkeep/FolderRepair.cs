using System.Buffers.Binary;
using System.Globalization;
using RespKv.Server.Storage.Durability;

namespace RespKv.Server.Storage.Upkeep;

/// <summary>
/// Carries a plan out. Whatever is taken away is kept in a subfolder, and taken away in such an order that a repair that is broken off leaves a folder that can be repaired. The log then ends
/// in a segment of its own, whose position is behind all that was ever given out, so that no version is given twice.
/// </summary>
internal sealed class FolderRepair
{
    private readonly DataFolder folder;

    private FolderRepair(DataFolder folder, DateTimeOffset now)
    {
        this.folder = folder;
        var name = Path.Combine(folder.Path, "repaired-" + now.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture));
        var path = name;
        for (var i = 2; System.IO.Directory.Exists(path); i++)
            path = string.Create(CultureInfo.InvariantCulture, $"{name}-{i}");
        System.IO.Directory.CreateDirectory(path);
        KeptIn = path;
    }

    /// <summary>Where what was taken away is.</summary>
    public string KeptIn { get; }

    /// <summary>Makes a subfolder for what is taken away.</summary>
    public static FolderRepair Begin(DataFolder folder, DateTimeOffset now) => new(folder, now);

    /// <summary>Writes headers anew.</summary>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public void Restore(IEnumerable<LostHeader> headers)
    {
        foreach (var header in headers)
            header.Restore(KeptIn);
        SyncNames();
    }

    /// <summary>Does what a plan says.</summary>
    /// <exception cref="IOException">A file cannot be written or moved.</exception>
    public void Run(FolderSurvey survey, RepairPlan plan, long nowMs)
    {
        var behindAll = PositionBehindAll(survey);
        if (plan.IsGathering || plan.CutsLog)
            SyncedPosition.Remove(folder);
        if (plan.IsGathering)
        {
            GatheredFrames.Write(survey, behindAll, nowMs);
            Keep(survey.Segments.Reverse().Select(segment => segment.Path));
            Keep(survey.Checkpoints.Select(checkpoint => checkpoint.Path));
            SyncNames();
            // The checkpoint needs a log from its position on, be there nothing in it.
            WriteEnd(new LogFileHeader(false, behindAll, 0, 0, nowMs), []);
            return;
        }

        Keep(survey.Checkpoints.Except(plan.KeptCheckpoints).Reverse().Select(checkpoint => checkpoint.Path));
        if (plan.CutsLog)
        {
            Keep(plan.RemovedSegments.Reverse().Select(folder.LogPath));
            SyncNames();
            if (plan.LastSegment is { } last)
                Cut(last, survey.Best!.End);
            // Where the log has no segment at all it begins where the checkpoint wants it.
            WriteEnd(
                plan.LastSegment is { } before ? new LogFileHeader(false, behindAll, survey.Best!.End, before, nowMs) : new LogFileHeader(false, survey.Best!.From, 0, 0, nowMs),
                survey.BadValues.Select(bad => bad.Reference.StoredKey).Concat(survey.UnknownValues.Select(value => value.StoredKey)));
        }

        KeepValues(survey.BadValues.Select(bad => bad.Reference.PathIn(folder)).Where(File.Exists));
        SyncNames();
    }

    private static ulong PositionBehindAll(FolderSurvey survey)
    {
        var ends = survey.Segments.Select(segment => segment.Start + (ulong)segment.Bytes)
            .Concat(survey.Checkpoints.Select(checkpoint => Math.Max(checkpoint.Position, Math.Max(checkpoint.Cut, checkpoint.Needs))))
            .Append(survey.Best?.End ?? 0).Append(WriteLog.FirstPosition);
        return (ends.Max() + LogFrame.Alignment) & ~(ulong)(LogFrame.Alignment - 1);
    }

    private void Cut(ulong segment, ulong end)
    {
        var path = folder.LogPath(segment);
        var bytes = LogFileHeader.Bytes + (long)(end - segment);
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read);
        if (file.Length <= bytes)
            return;
        var kept = Path.Combine(KeptIn, Path.GetFileName(path));
        using (var copy = new FileStream(kept, FileMode.CreateNew, FileAccess.Write))
        {
            file.CopyTo(copy);
            copy.Flush();
            DiskSync.Sync(copy.SafeFileHandle);
        }

        DataFolder.SyncNames(KeptIn);
        file.SetLength(bytes);
        file.Flush();
        DiskSync.Sync(file.SafeFileHandle);
    }

    private void WriteEnd(LogFileHeader header, IEnumerable<byte[]> deletedKeys)
    {
        var start = header.Start;
        using var frames = new MemoryStream();
        frames.Write(header.ToBytes());
        foreach (var key in deletedKeys)
            Write(frames, start, FrameKind.Delete, key, key.Length);
        Span<byte> mark = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(mark, start + (ulong)(frames.Length - LogFileHeader.Bytes));
        Write(frames, start, FrameKind.Synced, mark, 0);

        var path = folder.LogPath(start) + DataFolder.Unfinished;
        using (var file = new FileStream(path, FileMode.Create, FileAccess.Write))
        {
            frames.WriteTo(file);
            file.Flush();
            DiskSync.Sync(file.SafeFileHandle);
        }

        File.Move(path, folder.LogPath(start));
        SyncNames();
    }

    private static void Write(MemoryStream target, ulong start, FrameKind kind, ReadOnlySpan<byte> body, int keyBytes)
    {
        var frame = new byte[LogFrame.BytesFor(body.Length)];
        body.CopyTo(frame.AsSpan(LogFrame.HeaderBytes));
        LogFrame.Seal(frame, start + (ulong)(target.Length - LogFileHeader.Bytes), kind, body.Length, keyBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(frame, (uint)frame.Length);
        target.Write(frame);
    }

    private void Keep(IEnumerable<string> paths)
    {
        foreach (var path in paths)
            File.Move(path, Path.Combine(KeptIn, Path.GetFileName(path)));
    }

    private void KeepValues(IEnumerable<string> paths)
    {
        var values = Path.Combine(KeptIn, "values");
        foreach (var path in paths)
        {
            System.IO.Directory.CreateDirectory(values);
            File.Move(path, Path.Combine(values, Path.GetFileName(path)));
        }
    }

    private void SyncNames()
    {
        DataFolder.SyncNames(KeptIn);
        DataFolder.SyncNames(folder.Path);
    }
}
