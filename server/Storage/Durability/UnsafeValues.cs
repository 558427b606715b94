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
        foreach (var (position, end, id, bytes, checksum) in noted)
        {
            if (position >= synced && !IsWhole(LargeValues.PathIn(folder.ValuesPath, id), bytes, checksum))
                return end;
        }

        return null;
    }

    private static bool IsWhole(string path, int bytes, uint checksum)
    {
        if (!File.Exists(path))
            return false;
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        if (RandomAccess.GetLength(file) < bytes)
            return false;
        var buffer = new byte[1 << 20];
        var crc = 0U;
        for (var offset = 0; offset < bytes;)
        {
            var read = RandomAccess.Read(file, buffer.AsSpan(0, Math.Min(buffer.Length, bytes - offset)), offset);
            if (read == 0)
                return false;
            crc = LogFrame.Crc(crc, buffer.AsSpan(0, read));
            offset += read;
        }

        return crc == checksum;
    }
}
