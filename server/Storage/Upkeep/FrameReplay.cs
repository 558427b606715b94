using RespKv.Server.Storage.Durability;

namespace RespKv.Server.Storage.Upkeep;

/// <summary>Has a target follow the frames of a checkpoint and of the log behind it, in the order in which recovery applies them.</summary>
internal static class FrameReplay
{
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="DataFaultException">A frame is whole and makes no sense.</exception>
    public static void Run(DataFolder folder, RecoveryBase origin, IRecoveryTarget target)
    {
        if (origin.Checkpoint is { } checkpoint)
        {
            using var reader = Open(checkpoint.Path, isCheckpoint: true);
            while (reader.TryNext(out var frame))
                Recovery.Apply(target, frame, checkpoint.Path);
        }

        foreach (var start in LogInspection.SegmentsFrom(folder, origin.From).TakeWhile(start => start < origin.End))
            Follow(folder.LogPath(start), origin, target);
    }

    private static void Follow(string path, RecoveryBase origin, IRecoveryTarget target)
    {
        using var reader = Open(path, isCheckpoint: false);
        reader.SkipTo(origin.From);
        while (reader.Position < origin.End && reader.TryNext(out var frame))
        {
            if (frame.Position >= origin.From)
                Recovery.Apply(target, frame, path);
        }
    }

    private static FrameReader Open(string path, bool isCheckpoint) =>
        FrameReader.Open(path, isCheckpoint, out var fault) ?? throw new IOException($"{path} has changed meanwhile: {fault}");
}
