using System.Buffers.Binary;
using RespKv.Server.Storage.Durability;

namespace RespKv.Server.Storage.Upkeep;

/// <summary>What reading all of a checkpoint has shown.</summary>
/// <param name="Path">Its file.</param>
/// <param name="Position">The position in its name.</param>
/// <param name="Bytes">Bytes of the file.</param>
internal sealed record CheckpointReport(string Path, ulong Position, long Bytes)
{
    /// <summary>Position from which the log is replayed on it.</summary>
    public ulong Cut { get; private init; }

    /// <summary>Position that the log must have reached for it to count; 0 where that is not known.</summary>
    public ulong Needs { get; private init; }

    /// <summary>When it was made, Unix ms; 0 where that is not known.</summary>
    public long CreatedMs { get; private init; }

    /// <summary>Whole frames from its beginning on.</summary>
    public long Frames { get; private init; }

    /// <summary>Where it is damaged, if it is.</summary>
    public long FaultOffset { get; private init; }

    /// <summary>What is wrong with it; null when it is whole.</summary>
    public string? Fault { get; private init; }

    /// <summary>Whether its header can be read.</summary>
    public bool HasHeader { get; private init; }

    /// <exception cref="IOException">It cannot be read.</exception>
    public static CheckpointReport Of(DataFolder folder, ulong position)
    {
        var path = folder.CheckpointPath(position);
        var report = new CheckpointReport(path, position, new FileInfo(path).Length) { Cut = position };
        using var reader = FrameReader.Open(path, isCheckpoint: true, out var headerFault);
        if (reader == null)
            return report with { Fault = headerFault };
        report = report with { Cut = reader.Header.Previous, CreatedMs = reader.Header.CreatedMs, HasHeader = true };
        var frames = 0L;
        while (reader.TryNext(out var frame))
        {
            if (frame.Kind == FrameKind.End)
                return Ended(report with { Frames = frames + 1 }, reader, frame);
            frames++;
        }

        return report with { Frames = frames, FaultOffset = reader.Offset, Fault = reader.IsWhole ? "its end is missing" : "the frame there is not whole" };
    }

    private static CheckpointReport Ended(CheckpointReport report, FrameReader reader, FrameView end)
    {
        var announced = BinaryPrimitives.ReadUInt64LittleEndian(end.Body[sizeof(ulong)..]);
        report = report with { Needs = BinaryPrimitives.ReadUInt64LittleEndian(end.Body), FaultOffset = reader.Offset };
        if (!reader.IsWhole)
            return report with { Fault = "there is more behind its end" };
        return announced == (ulong)report.Frames - 1 ? report : report with { Fault = $"it has {report.Frames - 1} frames, and its end says {announced}" };
    }
}
