using System.Globalization;
using RespKv.Server.Storage.Durability;

namespace RespKv.Server.Storage.Upkeep;

/// <summary>What the data can be brought back from: a whole checkpoint and the log that follows it, or the log from its very beginning.</summary>
/// <param name="Checkpoint">The checkpoint; null for the log alone.</param>
/// <param name="From">Position from which the log is replayed.</param>
/// <param name="Log">What the log is like from there on.</param>
internal sealed record RecoveryBase(CheckpointReport? Checkpoint, ulong From, LogInspection Log)
{
    /// <summary>Whether the log reaches as far as the checkpoint needs it: before that it is no moment of the data's history.</summary>
    public bool IsUsable => Log.End >= (Checkpoint?.Needs ?? 0);

    /// <summary>Position up to which the data can be brought back, in whole units.</summary>
    public ulong End => Log.OpenUnit != 0 ? Log.OpenUnit : Log.End;

    /// <summary>Whether the log ends there because writes were not logged for a while: what follows began anew, with a checkpoint of its own.</summary>
    public bool IsEndMeant { get; private init; }

    /// <summary>What is wrong with it, in one line; null when nothing is.</summary>
    public string? Fault =>
        Log.Fault is { } fault && !IsEndMeant ? string.Create(CultureInfo.InvariantCulture, $"{fault} (position {Log.End})")
        : !IsUsable ? string.Create(CultureInfo.InvariantCulture, $"{Checkpoint!.Path} needs the log up to position {Checkpoint.Needs}, and the log ends at {Log.End}")
        : null;

    /// <summary>All that a folder has, the newest first.</summary>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static List<RecoveryBase> In(DataFolder folder, IReadOnlyList<CheckpointReport> checkpoints)
    {
        var bases = checkpoints.Where(checkpoint => checkpoint.Fault == null).Reverse().Select(checkpoint => Of(folder, checkpoint)).ToList();
        if (folder.Segments() is [var first, ..] && IsBeginning(folder, first, checkpoints.Count == 0))
            bases.Add(new RecoveryBase(null, first, LogInspection.Of(folder, first)));
        return bases;
    }

    /// <summary>What a start would use; null where there is nothing yet.</summary>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="DataFaultException">A start would refuse it.</exception>
    public static RecoveryBase? Newest(DataFolder folder)
    {
        var checkpoints = folder.Checkpoints().TakeLast(1).Select(position => CheckpointReport.Of(folder, position)).ToList();
        if (checkpoints.Count == 0 && folder.Segments().Count == 0)
            return null;
        var newest = In(folder, checkpoints) is [var first, ..] && first.Checkpoint == checkpoints.LastOrDefault() ? first : null;
        return newest is { Fault: null }
            ? newest
            : throw new DataFaultException($"{folder.Path} is damaged: 'respkv check' tells more");
    }

    private static RecoveryBase Of(DataFolder folder, CheckpointReport checkpoint)
    {
        var log = LogInspection.Of(folder, checkpoint.Cut);
        return new RecoveryBase(checkpoint, checkpoint.Cut, log) { IsEndMeant = log.LostBytes > 0 && BeginsAnewBehind(folder, log) };
    }

    private static bool BeginsAnewBehind(DataFolder folder, LogInspection log)
    {
        var isSegmentWhole = log.EndSegment != 0 && new FileInfo(folder.LogPath(log.EndSegment)).Length == LogFileHeader.Bytes + (long)(log.End - log.EndSegment);
        if (!isSegmentWhole || folder.Segments().Find(start => start > log.EndSegment) is not (> 0 and var next))
            return false;
        using var reader = FrameReader.Open(folder.LogPath(next), isCheckpoint: false, out _);
        return reader is { Header.Previous: 0 };
    }

    // Where only checkpoints are kept each has a log of its own, which follows nothing and is no beginning; the first of them may not have been completed.
    private static bool IsBeginning(DataFolder folder, ulong first, bool isWithoutCheckpoint)
    {
        if (!isWithoutCheckpoint && first != WriteLog.FirstPosition + WriteLog.RestartStep)
            return false;
        using var reader = FrameReader.Open(folder.LogPath(first), isCheckpoint: false, out _);
        return reader is null or { Header.Previous: 0 };
    }
}
