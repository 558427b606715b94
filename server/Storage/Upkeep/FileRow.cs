using System.Globalization;
using RespKv.Server.Storage.Durability;

namespace RespKv.Server.Storage.Upkeep;

/// <summary>A file of a data folder, or several of one kind, in a line.</summary>
/// <param name="Name">Its name in the folder.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Bytes">Its bytes.</param>
/// <param name="Frames">Its whole frames; null where it has none.</param>
/// <param name="Positions">From where to where they go in the log.</param>
/// <param name="State">Whether it is whole.</param>
internal sealed record FileRow(string Name, string Kind, long Bytes, long? Frames, string Positions, string State)
{
    /// <summary>A row for each file that a survey has found; large values that are whole share one.</summary>
    public static IEnumerable<FileRow> Of(FolderSurvey survey) =>
        survey.Checkpoints.Select(Of).Concat(survey.Segments.Select(segment => Of(survey, segment))).Concat(ValuesOf(survey)).Concat(OthersOf(survey.Folder));

    private static FileRow Of(CheckpointReport checkpoint) => new(
        Path.GetFileName(checkpoint.Path),
        "checkpoint",
        checkpoint.Bytes,
        checkpoint.Frames,
        Range(checkpoint.Cut, checkpoint.Needs),
        checkpoint.Fault == null ? "whole" : Damaged(checkpoint.FaultOffset, checkpoint.Fault));

    private static FileRow Of(FolderSurvey survey, SegmentReport segment) => new(
        Path.GetFileName(segment.Path), "log", segment.Bytes, segment.Frames, Range(segment.From, segment.End), StateOf(survey, segment));

    private static string StateOf(FolderSurvey survey, SegmentReport segment)
    {
        if (survey.Best is not { } best)
            return segment.Fault == null ? "whole" : Damaged(segment.FaultOffset, segment.Fault);
        var isLast = segment.Start <= best.Log.End && segment.End >= best.Log.End;
        if (segment.Start > best.Log.End)
            return "behind the end of the log";
        if (segment.Fault == null)
            return segment.End <= survey.Bases.Where(origin => origin.Checkpoint != null).Select(origin => origin.From).DefaultIfEmpty().Min() ? "whole, not needed any more" : "whole";
        if (isLast && best.Log.Fault == null)
            return string.Create(CultureInfo.InvariantCulture, $"{segment.Bytes - segment.FaultOffset} bytes at its end are not whole, as a power cut leaves them: the next start cuts them off");
        return Damaged(segment.FaultOffset, segment.Fault);
    }

    private static List<FileRow> ValuesOf(FolderSurvey survey)
    {
        var rows = survey.BadValues.Select(bad => new FileRow(
            "values/" + Path.GetFileName(bad.Reference.PathIn(survey.Folder)), "value", bad.Reference.Bytes, null, "", bad.Fault["is ".Length..])).ToList();
        var good = survey.References.All.Except(survey.BadValues.Select(bad => bad.Reference)).ToList();
        if (good.Count > 0)
            rows.Insert(0, new FileRow($"values/ ({good.Count})", "value", good.Sum(reference => (long)reference.Bytes), null, "", "whole"));
        if (!System.IO.Directory.Exists(survey.Folder.ValuesPath))
            return rows;
        var used = survey.References.All.Select(reference => reference.PathIn(survey.Folder)).ToHashSet(StringComparer.Ordinal);
        var unused = new DirectoryInfo(survey.Folder.ValuesPath).GetFiles().Where(file => !used.Contains(file.FullName)).ToList();
        if (unused.Count > 0)
            rows.Add(new FileRow($"values/ ({unused.Count})", "value", unused.Sum(file => file.Length), null, "", "no record refers to it: the next start removes it"));
        return rows;
    }

    private static IEnumerable<FileRow> OthersOf(DataFolder folder)
    {
        var known = folder.Checkpoints().Select(folder.CheckpointPath).Concat(folder.Segments().Select(folder.LogPath)).ToHashSet(StringComparer.Ordinal);
        return new DirectoryInfo(folder.Path).GetFiles().Where(file => !known.Contains(file.FullName) && file.Name != DataFolder.LockName).OrderBy(file => file.Name, StringComparer.Ordinal)
            .Select(file => file.Name == DataFolder.SyncedName
                ? new FileRow(file.Name, "position", file.Length, null, "", "")
                : DataFolder.IsScratch(file.Name)
                ? new FileRow(file.Name, "scratch", file.Length, null, "", "the next start removes it")
                : new FileRow(file.Name, "other", file.Length, null, "", "not of the data"));
    }

    private static string Damaged(long offset, string fault) => string.Create(CultureInfo.InvariantCulture, $"damaged at offset {offset}: {fault}");

    private static string Range(ulong from, ulong to) => string.Create(CultureInfo.InvariantCulture, $"{from}-{to}");
}
