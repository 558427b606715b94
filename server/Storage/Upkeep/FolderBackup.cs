using RespKv.Server.Storage.Durability;

namespace RespKv.Server.Storage.Upkeep;

/// <summary>
/// A copy of a checkpoint, of the log up to the position that it needs, and of the large values that both refer to, in a folder of its own: what the data were at that position. The copy is read back before it
/// counts; until then a file in the folder says that it does not (<see cref="DataFolder.UnfinishedBackupName"/>). One that is not completed is taken away again.
/// </summary>
internal sealed class FolderBackup : IDisposable
{
    // A multiple of the bytes that a checksum takes at a time.
    private const int PieceBytes = 1 << 20;

    // So much goes to the disk at a time: a sync of all at the end would hold the log's syncs up.
    private const long SyncEveryBytes = 16L << 20;

    private readonly DataFolder target;
    private readonly Func<bool> isStopping;
    private readonly bool isFolderNew;
    private readonly byte[] buffer = new byte[PieceBytes];
    private bool isComplete;

    private FolderBackup(DataFolder target, bool isFolderNew, Func<bool> isStopping)
    {
        this.target = target;
        this.isFolderNew = isFolderNew;
        this.isStopping = isStopping;
    }

    private string Marker => Path.Combine(target.Path, DataFolder.UnfinishedBackupName);

    /// <summary>Takes a folder that is empty or not there.</summary>
    /// <param name="path">Its full path.</param>
    /// <param name="isStopping">Whether to give up.</param>
    /// <exception cref="DataFaultException">There is something in it.</exception>
    /// <exception cref="IOException">It cannot be made or written.</exception>
    public static FolderBackup Begin(string path, Func<bool> isStopping)
    {
        var isNew = !System.IO.Directory.Exists(path);
        if (!isNew && System.IO.Directory.EnumerateFileSystemEntries(path).Any())
            throw new DataFaultException($"{path} is not empty");
        System.IO.Directory.CreateDirectory(path);
        var backup = new FolderBackup(DataFolder.View(path), isNew, isStopping);
        using (var marker = new FileStream(backup.Marker, FileMode.CreateNew, FileAccess.Write))
            DiskSync.Sync(marker.SafeFileHandle);
        DataFolder.SyncNames(path);
        return backup;
    }

    /// <summary>Copies what is needed and reads it back. The files must not go meanwhile.</summary>
    /// <param name="source">The folder of the server.</param>
    /// <param name="checkpoint">Position of the checkpoint.</param>
    /// <param name="until">Position that the log is copied to: what the checkpoint needs.</param>
    /// <exception cref="IOException">A file cannot be read or written.</exception>
    /// <exception cref="DataFaultException">What was copied is not whole.</exception>
    /// <exception cref="OperationCanceledException">It was given up.</exception>
    public void Run(DataFolder source, ulong checkpoint, ulong until)
    {
        Copy(source.CheckpointPath(checkpoint), target.CheckpointPath(checkpoint), long.MaxValue);
        foreach (var start in LogInspection.SegmentsFrom(source, checkpoint).Where(start => start < until || start == checkpoint))
            Copy(source.LogPath(start), target.LogPath(start), LogFileHeader.Bytes + (long)(until - start));
        // Of values that were replaced since there are no copies, and nobody is to miss them.
        SyncedPosition.Tell(target, until);
        CopyValues(source, ReadBack());
        DataFolder.SyncNames(target.Path);
        File.Delete(Marker);
        DataFolder.SyncNames(target.Path);
        if (isFolderNew && Path.GetDirectoryName(target.Path) is { } parent)
            DataFolder.SyncNames(parent);
        isComplete = true;
    }

    public void Dispose()
    {
        if (isComplete)
            return;
        try
        {
            // The mark goes last: what is left after a fault is not taken for a backup.
            if (System.IO.Directory.Exists(target.ValuesPath))
                System.IO.Directory.Delete(target.ValuesPath, recursive: true);
            foreach (var path in target.Checkpoints().Select(target.CheckpointPath).Concat(target.Segments().Select(target.LogPath)).Append(Path.Combine(target.Path, DataFolder.SyncedName)).Append(Marker))
                File.Delete(path);
            if (isFolderNew)
                System.IO.Directory.Delete(target.Path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The fault that it is taken away for is the one to tell.
        }
    }

    private LargeReferences ReadBack()
    {
        var checkpoints = target.Checkpoints().ConvertAll(position => CheckpointReport.Of(target, position));
        if (checkpoints[0] is { Fault: { } damage } bad)
            throw new DataFaultException($"{bad.Path} is not whole: {damage}");
        var origin = RecoveryBase.In(target, checkpoints)[0];
        if (origin.Fault is { } fault)
            throw new DataFaultException(fault);
        if (origin.Log.LostBytes > 0)
            throw new DataFaultException($"the log in {target.Path} is not whole behind position {origin.Log.End}");
        var references = new LargeReferences();
        FrameReplay.Run(target, origin, references);
        return references;
    }

    private void CopyValues(DataFolder source, LargeReferences references)
    {
        System.IO.Directory.CreateDirectory(target.ValuesPath);
        foreach (var reference in references.All)
        {
            var path = reference.PathIn(source);
            if (Copy(path, reference.PathIn(target), reference.Bytes) != reference.Checksum)
                throw new DataFaultException($"{path} is damaged: the checksum of its {reference.Bytes} bytes is wrong");
        }

        DataFolder.SyncNames(target.ValuesPath);
    }

    // The checksum is that of a large value.
    private uint Copy(string from, string to, long bytesMax)
    {
        using var source = File.OpenHandle(from, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.SequentialScan);
        using var copy = File.OpenHandle(to, FileMode.CreateNew, FileAccess.Write);
        var bytes = Math.Min(RandomAccess.GetLength(source), bytesMax);
        var (offset, syncedAt, crc) = (0L, 0L, 0u);
        while (offset < bytes)
        {
            if (isStopping())
                throw new OperationCanceledException();
            var piece = buffer.AsSpan(0, (int)Math.Min(buffer.Length, bytes - offset));
            ReadAll(source, from, piece, offset);
            RandomAccess.Write(copy, piece, offset);
            crc = Crc32C.Append(crc, piece);
            offset += piece.Length;
            if (offset - syncedAt < SyncEveryBytes)
                continue;
            syncedAt = offset;
            DiskSync.Sync(copy);
        }

        DiskSync.Sync(copy);
        return crc;
    }

    private static void ReadAll(Microsoft.Win32.SafeHandles.SafeFileHandle source, string path, Span<byte> target, long offset)
    {
        while (target.Length > 0)
        {
            var read = RandomAccess.Read(source, target, offset);
            if (read == 0)
                throw new IOException($"{path} has become shorter");
            target = target[read..];
            offset += read;
        }
    }
}
