using System.Globalization;
using RespKv.Server.Storage.Durability;

namespace RespKv.Server.Storage.Upkeep;

/// <summary>
/// How a damaged folder becomes one that a server starts on, with as little lost as can be: the newest whole checkpoint whose log reaches far enough, the log up to the first damage, and
/// no record without its value. Where no checkpoint can be used, whatever frames are whole are gathered (<see cref="IsGathering"/>).
/// </summary>
internal sealed class RepairPlan
{
    private readonly FolderSurvey survey;

    private RepairPlan(FolderSurvey survey)
    {
        this.survey = survey;
        if (survey.Best is not { } best)
        {
            IsGathering = true;
            Damage = LostFrames.BetweenDamage(survey);
            return;
        }

        CutsLog = best.Log.Fault != null || survey.BadValues.Count > 0 || survey.UnknownValues.Count > 0 || (!survey.IsBestNewest && best.Log.LostBytes > 0);
        KeptCheckpoints = [.. survey.Checkpoints.Where(checkpoint => survey.Bases.Any(origin => origin.Checkpoint == checkpoint && IsKept(origin, best)))];
        if (!CutsLog)
            return;
        var present = LogInspection.SegmentsFrom(survey.Folder, best.From);
        var needed = present.Where(start => start < best.End || (start == best.End && start == best.Log.EndSegment)).ToList();
        RemovedSegments = [.. present.Except(needed)];
        LastSegment = needed.Count > 0 ? needed[^1] : null;
        Damage = LostFrames.Behind(survey, best, LastSegment, RemovedSegments);
    }

    /// <summary>Whether nothing can be used as it is.</summary>
    public bool IsGathering { get; }

    /// <summary>Whether the log is ended where the damage is, or where records are taken out.</summary>
    public bool CutsLog { get; }

    /// <summary>Checkpoints that stay; the others go.</summary>
    public IReadOnlyList<CheckpointReport> KeptCheckpoints { get; } = [];

    /// <summary>Segments of which nothing stays.</summary>
    public IReadOnlyList<ulong> RemovedSegments { get; } = [];

    /// <summary>The segment that the log ends in; null when none is left.</summary>
    public ulong? LastSegment { get; }

    /// <summary>What is lost of frames.</summary>
    public LostFrames Damage { get; } = new();

    public static RepairPlan For(FolderSurvey survey) => new(survey);

    /// <summary>What would be done and what would be lost, in lines for an operator.</summary>
    public IEnumerable<string> Describe()
    {
        if (IsGathering)
        {
            yield return "no checkpoint can be used with the log as it is: a new one would be made of all records that are whole, each in the newest version that is left";
            foreach (var line in Damage.Describe("not whole"))
                yield return line;
            yield return "keys whose newest record is among what is not whole would be missing, or have an older value";
            yield break;
        }

        var best = survey.Best!;
        if (!survey.IsBestNewest)
            yield return best.Checkpoint is { } checkpoint ? $"go back to {checkpoint.Path} of {TimeText(checkpoint.CreatedMs)} and the log behind it" : "leave the checkpoints, and use the log from its beginning";
        if (CutsLog && best.Log.LostBytes > 0)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"end the log at position {best.End}, before the damage");
            foreach (var line in Damage.Describe("lost"))
                yield return line;
        }

        if (best.Log.Fault != null && best.Log.LostBytes == 0 && best.Log.Synced > best.End)
            yield return string.Create(CultureInfo.InvariantCulture, $"lost: {best.Log.Synced - best.End} bytes of the log behind position {best.End}, which are not in the folder any more");
        var newest = survey.Checkpoints.Where(c => !KeptCheckpoints.Contains(c)).Select(c => Math.Max(c.Cut, c.Needs)).DefaultIfEmpty().Max();
        if (newest > best.End)
            yield return string.Create(CultureInfo.InvariantCulture, $"lost: what was changed between positions {best.End} and {newest}, which only a checkpoint that cannot be used has");
        foreach (var bad in survey.BadValues)
            yield return $"lost: key {KeyText.OfStored(bad.Reference.StoredKey)} of namespace {survey.References.NameOf(bad.Reference.KeysetId)}, {bad.Reference.Bytes} bytes: its value {bad.Fault}; it would be deleted";
        foreach (var value in survey.UnknownValues)
            yield return $"lost: {survey.NameOf(value)}: its value is not known; it would be deleted";
        foreach (var old in survey.Checkpoints.Except(KeptCheckpoints))
            yield return $"take {old.Path} out of use";
        if (best.Log.Fault == null && Damage.Frames == 0 && Damage.Bytes == 0 && newest <= best.End && survey.BadValues.Count == 0 && survey.UnknownValues.Count == 0)
            yield return "nothing would be lost";
    }

    // An older checkpoint is a way back as long as its log leads to the same end.
    private static bool IsKept(RecoveryBase origin, RecoveryBase best) =>
        origin == best || (origin.From < best.From && origin.IsUsable && (origin.Log.End == best.Log.End || origin.IsEndMeant));

    private static string TimeText(long unixMs) => DateTimeOffset.FromUnixTimeMilliseconds(unixMs).ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
