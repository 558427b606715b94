namespace RespKv.Server.Storage.Durability;

/// <summary>Large values that frames refer to which the log does not say to have been on the disk: they may be missing, or not whole, after a power cut.</summary>
internal sealed class UnsafeValues(DataFolder folder)
{
    private readonly List<(ulong Position, ulong End, long Id, int Bytes, uint Checksum)> noted = [];

    /// <summary>Notes what a put refers to.</summary>
    /// <param name="frame">The put.</param>
    /// <param name="unit">Where its unit begins; 0 when it is in none.</param>
    public void Note(FrameView frame, ulong unit)
    {
        if (RecordLayout.IsImage(frame.Record) && RecordLayout.LargeReferenceIn(frame.Record) is var (id, bytes, checksum))
            noted.Add((frame.Position, unit == 0 ? frame.Position : unit, id, bytes, checksum));
    }

    /// <summary>Where the log has to end so that nothing refers to what is not there; null when all is there.</summary>
    /// <param name="synced">Position up to which everything was on the disk.</param>
    public ulong? FirstMissing(ulong synced)
    {
        ulong? first = null;
        // A value that is appended to is referred to again and again, each time longer.
        foreach (var references in noted.Where(reference => reference.Position >= synced).GroupBy(reference => reference.Id))
        {
            using var file = new ValueFileCheck(LargeValues.PathIn(folder.ValuesPath, references.Key));
            foreach (var (_, end, _, bytes, checksum) in references)
            {
                if (file.FaultOf(bytes, checksum) == null)
                    continue;
                first = Math.Min(first ?? end, end);
                break;
            }
        }

        return first;
    }
}
