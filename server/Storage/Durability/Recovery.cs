using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;

namespace RespKv.Server.Storage.Durability;

/// <summary>What recovery has found.</summary>
/// <param name="Checkpoint">Position of the checkpoint that was loaded; null when there is none.</param>
/// <param name="CheckpointBytes">Bytes of it.</param>
/// <param name="End">Position behind the last frame of the log.</param>
/// <param name="EndSegment">Start of the segment that it is in; 0 for none.</param>
/// <param name="LostBytes">Bytes of a tail that was cut off.</param>
/// <param name="Frames">Frames applied.</param>
/// <param name="LogBytes">Bytes of log that were replayed.</param>
internal sealed record RecoveryResult(ulong? Checkpoint, long CheckpointBytes, ulong End, ulong EndSegment, long LostBytes, long Frames, long LogBytes);

/// <summary>Brings back what a folder holds: its newest checkpoint, then the log (<c>docs/storage-format.md</c>).</summary>
internal sealed class Recovery(DataFolder folder, IRecoveryTarget target, Action<string> progress, CancellationToken stopping)
{
    private const long ProgressMs = 1000;
    private readonly Stopwatch clock = Stopwatch.StartNew();
    private long toldMs;
    private long frames;
    private long logBytes;

    /// <summary>Loads everything, and cuts a tail off that cannot be used.</summary>
    /// <exception cref="DataFaultException">Something is damaged that had been safe.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="OperationCanceledException">It is to stop; the folder is as it was.</exception>
    public RecoveryResult Run()
    {
        var cut = 0UL;
        var needs = 0UL;
        var checkpointBytes = 0L;
        var checkpoint = folder.Checkpoints() is { Count: > 0 } all ? all[^1] : default(ulong?);
        if (checkpoint is { } newest)
            (cut, needs, checkpointBytes) = Load(newest);
        else if (folder.Segments() is { Count: > 0 } segments)
            cut = FirstStart(segments[0]);
        var log = LogInspection.Of(folder, cut, stopping);
        if (log.Fault != null)
            throw new DataFaultException(log.Fault + "; 'respkv check' tells more, and 'respkv repair' cuts the log there");
        var end = log.OpenUnit != 0 ? log.OpenUnit : log.End;
        if (checkpoint != null && log.End < needs)
        {
            throw new DataFaultException(string.Create(
                CultureInfo.InvariantCulture,
                $"{folder.CheckpointPath(checkpoint.Value)} needs the log up to position {needs}, and the log ends at {log.End}; 'respkv check' tells more, and 'respkv repair' goes back to what is whole"));
        }

        Replay(cut, end);
        var endSegment = Cut(cut, log, end);
        return new RecoveryResult(checkpoint, checkpointBytes, end, endSegment, log.LostBytes, frames, logBytes);
    }

    // Without a checkpoint the log must be there from its beginning.
    private ulong FirstStart(ulong start)
    {
        using var reader = FrameReader.Open(folder.LogPath(start), isCheckpoint: false, out _);
        if (reader is { Header.Previous: not 0 })
            throw new DataFaultException($"{folder.LogPath(start)} is not the first segment of the log, and there is no checkpoint; 'respkv check' tells more");
        return start;
    }

    private (ulong Cut, ulong Needs, long Bytes) Load(ulong position)
    {
        var path = folder.CheckpointPath(position);
        using var reader = FrameReader.Open(path, isCheckpoint: true, out var fault, stopping)
            ?? throw new DataFaultException($"{path} is damaged at offset 0: {fault}; 'respkv check' tells more, and 'respkv repair' goes back to the checkpoint before it");
        var cut = reader.Header.Previous;
        target.Expect((long)CheckpointFile.FramesOf(path, reader.Header));
        while (reader.TryNext(out var frame))
        {
            if (frame.Kind == FrameKind.End)
            {
                if (!reader.IsWhole)
                    break;
                return (cut, BinaryPrimitives.ReadUInt64LittleEndian(frame.Body), reader.FileBytes);
            }

            Apply(frame, path);
            Tell(path, reader);
        }

        throw new DataFaultException(string.Create(
            CultureInfo.InvariantCulture,
            $"{path} is damaged at offset {reader.Offset}: the frame there is not whole; 'respkv check' tells more, and 'respkv repair' goes back to the checkpoint before it"));
    }

    private void Replay(ulong from, ulong end)
    {
        foreach (var start in LogInspection.SegmentsFrom(folder, from))
        {
            if (start >= end)
                break;
            var path = folder.LogPath(start);
            using var reader = FrameReader.Open(path, isCheckpoint: false, out _, stopping)!;
            reader.SkipTo(from);
            while (reader.Position < end && reader.TryNext(out var frame))
            {
                if (frame.Position >= from)
                {
                    Apply(frame, path);
                    logBytes += frame.Length;
                }

                Tell(path, reader);
            }
        }
    }

    private void Apply(FrameView frame, string path)
    {
        frames++;
        Apply(target, frame, path);
    }

    /// <summary>Has a target do what a frame says.</summary>
    /// <exception cref="DataFaultException">The frame is whole and makes no sense.</exception>
    internal static void Apply(IRecoveryTarget target, FrameView frame, string path)
    {
        switch (frame.Kind)
        {
            case FrameKind.Put:
                if (!RecordLayout.IsImage(frame.Record))
                    throw new DataFaultException(string.Create(CultureInfo.InvariantCulture, $"{path} holds at position {frame.Position} a record whose lengths do not fit together"));
                target.Put(frame.StoredKey, frame.Record);
                break;
            case FrameKind.Change:
                if (!ValueChange.TryRead(frame.Record, frame.Position, out var change))
                    throw new DataFaultException(string.Create(CultureInfo.InvariantCulture, $"{path} holds at position {frame.Position} a change whose lengths do not fit together"));
                target.Change(frame.StoredKey, change);
                break;
            case FrameKind.Delete:
                // A checkpoint's frames have no positions that are versions: they say it.
                target.Delete(frame.StoredKey, frame.Record.Length == sizeof(ulong) ? BinaryPrimitives.ReadUInt64LittleEndian(frame.Record) : frame.Position);
                break;
            case FrameKind.Namespace:
                var (name, id) = NamespaceFrame.Read(frame.Body);
                target.Name(name, id);
                break;
            case FrameKind.Library:
                target.Library(LibraryFrame.Read(frame, path));
                break;
            case FrameKind.Begin:
                target.Begin();
                break;
            case FrameKind.Commit:
                target.Commit();
                break;
        }
    }

    private ulong Cut(ulong from, LogInspection log, ulong end)
    {
        var endSegment = 0UL;
        if (SyncedPosition.Read(folder) > end)
            SyncedPosition.Remove(folder);
        foreach (var start in LogInspection.SegmentsFrom(folder, from))
        {
            if (start > end || (start == end && endSegment != 0 && start != log.EndSegment) || IsHeaderless(start))
            {
                File.Delete(folder.LogPath(start));
                continue;
            }

            endSegment = start;
            var bytes = LogFileHeader.Bytes + (long)(end - start);
            using var file = new FileStream(folder.LogPath(start), FileMode.Open, FileAccess.Write, FileShare.Read);
            if (file.Length > bytes)
                file.SetLength(bytes);
            // A killed process has left what was not synced to the system's cache; from now on the log goes on behind it, and others rely on it.
            DiskSync.Sync(file.SafeFileHandle);
        }

        DataFolder.SyncNames(folder.Path);
        return endSegment;
    }

    private bool IsHeaderless(ulong start)
    {
        using var reader = FrameReader.Open(folder.LogPath(start), isCheckpoint: false, out _);
        return reader == null;
    }

    private void Tell(string path, FrameReader reader)
    {
        if ((frames & 0xFFF) != 0 || clock.ElapsedMilliseconds - toldMs < ProgressMs)
            return;
        toldMs = clock.ElapsedMilliseconds;
        progress(string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileName(path)}: {reader.Offset >> 20} of {reader.FileBytes >> 20} MB, {frames} records"));
    }
}
