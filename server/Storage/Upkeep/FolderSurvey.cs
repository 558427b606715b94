using System.Globalization;
using RespKv.Server.Storage.Durability;

namespace RespKv.Server.Storage.Upkeep;

/// <summary>All that a data folder holds, read to the last byte, and what is wrong with it. Nothing is changed.</summary>
internal sealed class FolderSurvey
{
    private FolderSurvey(DataFolder folder)
    {
        Folder = folder;
        folder.RefuseNewerFormats();
        Checkpoints = folder.Checkpoints().ConvertAll(position => CheckpointReport.Of(folder, position));
        Bases = RecoveryBase.In(folder, Checkpoints);
        var from = Checkpoints.Count > 0 ? Checkpoints.Min(checkpoint => checkpoint.Cut) : 0;
        Segments = folder.Segments().ConvertAll(start => SegmentReport.Of(folder, start, from));
        Best = Bases.FirstOrDefault(origin => origin.IsUsable);
        if (Best != null)
            FrameReplay.Run(folder, Best, References);
        if (References.ChangedKeys.Count > 0)
            UnknownValues = FindUnknown(Best!, References.ChangedKeys);
        foreach (var reference in References.All)
        {
            if (reference.FaultIn(folder) is { } fault)
                BadValues.Add(new BadValue(reference, fault));
        }

        Damages = FindDamages();
    }

    public DataFolder Folder { get; }

    /// <summary>The checkpoints, the oldest first.</summary>
    public IReadOnlyList<CheckpointReport> Checkpoints { get; }

    /// <summary>The log's segments, in order.</summary>
    public IReadOnlyList<SegmentReport> Segments { get; }

    /// <summary>What the data can be brought back from, the newest first.</summary>
    public IReadOnlyList<RecoveryBase> Bases { get; }

    /// <summary>The newest of <see cref="Bases"/> that can be used; null when none can.</summary>
    public RecoveryBase? Best { get; }

    /// <summary>Large values that records refer to when the data is brought back from <see cref="Best"/>.</summary>
    public LargeReferences References { get; } = new();

    /// <summary>Those of them that are missing or damaged, and in what way.</summary>
    public List<BadValue> BadValues { get; } = [];

    /// <summary>Keys whose values are not known, since the log changes in part what is not there as it was then.</summary>
    public IReadOnlyList<UnknownValue> UnknownValues { get; } = [];

    /// <summary>What is damaged, each in one line that names file, offset and, where there is one, position.</summary>
    public IReadOnlyList<string> Damages { get; }

    /// <summary>Whether <see cref="Best"/> is what a start uses.</summary>
    public bool IsBestNewest => Best != null && (Checkpoints.Count == 0 ? Best.Checkpoint == null : Best.Checkpoint?.Position == Checkpoints[^1].Position);

    /// <summary>Whether a server starts in spite of the damage.</summary>
    public bool Starts => (Checkpoints.Count == 0 && Segments.Count == 0) || (IsBestNewest && Best!.Log.Fault == null && BadValues.Count == 0 && UnknownValues.Count == 0);

    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="DataFaultException">A newer version has written it.</exception>
    public static FolderSurvey Of(DataFolder folder) => new(folder);

    private List<string> FindDamages()
    {
        var damages = Checkpoints.Where(checkpoint => checkpoint.Fault != null).Select(DamageOf).ToList();
        // The log's beginning counts only where nothing else is left: checkpoints make it needless.
        var needed = Bases.Where(origin => origin.Checkpoint != null || origin == Bases[0]);
        damages.AddRange(needed.Select(FaultOf).OfType<string>());
        if (Bases.Count == 0 && Checkpoints.Count == 0 && Segments.Count > 0)
            damages.Add($"{Segments[0].Path} is not the first segment of the log, and there is no checkpoint");
        damages.AddRange(BadValues.Select(bad => $"{bad.Reference.PathIn(Folder)} {bad.Fault}"));
        damages.AddRange(UnknownValues.Select(value => string.Create(CultureInfo.InvariantCulture, $"the log changes at position {value.Position} a value that is not there as it was then, that of {NameOf(value)}")));
        return [.. damages.Distinct()];
    }

    /// <summary>A key as it is told to operators.</summary>
    public string NameOf(UnknownValue value) => $"key {KeyText.OfStored(value.StoredKey)} of namespace {References.NameOf(value.KeysetId)}";

    private IReadOnlyList<UnknownValue> FindUnknown(RecoveryBase origin, HashSet<ulong> changed)
    {
        var values = new ChangedValues(changed);
        FrameReplay.Run(Folder, origin, values);
        return [.. values.Unknown.All];
    }

    private static string DamageOf(CheckpointReport checkpoint) => string.Create(
        CultureInfo.InvariantCulture,
        $"{checkpoint.Path} is damaged at offset {checkpoint.FaultOffset}: {checkpoint.Fault} (position {checkpoint.Cut + (ulong)Math.Max(0, checkpoint.FaultOffset - LogFileHeader.Bytes)})");

    private string? FaultOf(RecoveryBase origin)
    {
        if (origin.Fault is { } fault)
            return fault;
        // An older checkpoint is of no use where the log that it needs does not lead to the end.
        return Best != null && origin.Log.End < Best.Log.End && !origin.IsEndMeant
            ? string.Create(CultureInfo.InvariantCulture, $"the log behind {origin.Checkpoint!.Path} breaks off at position {origin.Log.End}")
            : null;
    }
}

/// <summary>A large value that a record refers to and that is not whole.</summary>
/// <param name="Reference">The reference.</param>
/// <param name="Fault">What is wrong, to be read behind the file's name.</param>
internal sealed record BadValue(LargeReference Reference, string Fault);
