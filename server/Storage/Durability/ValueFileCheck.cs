namespace RespKv.Server.Storage.Durability;

/// <summary>Reads the file of a large value from its beginning, and tells of one length after the other whether the bytes up to there are those that a record refers to.</summary>
internal sealed class ValueFileCheck : IDisposable
{
    private const int PieceBytes = 1 << 20;

    private readonly string path;
    private readonly byte[] buffer = new byte[PieceBytes];
    private readonly Microsoft.Win32.SafeHandles.SafeFileHandle? file;
    private long offset;
    private uint crc;

    public ValueFileCheck(string path)
    {
        this.path = path;
        if (File.Exists(path))
            file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.SequentialScan);
    }

    /// <summary>What is wrong with a value that has so many bytes with this checksum, to be read behind the file's name; null when it is whole. Lengths asked for in rising order are read once.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public string? FaultOf(int bytes, uint checksum)
    {
        if (file == null)
            return "is missing: a record refers to it";
        if (bytes < offset)
            (offset, crc) = (0, 0);
        while (offset < bytes)
        {
            var read = RandomAccess.Read(file, buffer.AsSpan(0, (int)Math.Min(PieceBytes, bytes - offset)), offset);
            if (read == 0)
                return $"is cut off at offset {offset}: the value has {bytes} bytes";
            crc = Crc32C.Append(crc, buffer.AsSpan(0, read));
            offset += read;
        }

        return crc == checksum ? null : $"is damaged at or behind offset 0: the checksum of its {bytes} bytes is wrong";
    }

    /// <summary>Has what was read on the disk: a process that was killed may have left it to the system's cache.</summary>
    /// <exception cref="IOException">The disk has failed.</exception>
    public void Sync()
    {
        using var opened = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        DiskSync.Sync(opened);
    }

    public void Dispose() => file?.Dispose();
}
