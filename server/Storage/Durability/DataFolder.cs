using System.Globalization;

namespace RespKv.Server.Storage.Durability;

/// <summary>The folder that a server keeps its data in, locked while it lives: the names of the files in it, and what is left over from before.</summary>
internal sealed class DataFolder : IDisposable
{
    /// <summary>The file that the process which uses the folder has locked.</summary>
    public const string LockName = "lock";

    /// <summary>The file that says how far the log has been on the disk.</summary>
    public const string SyncedName = "synced";

    /// <summary>A file that is there while the folder is filled by a backup: until it is gone the rest means nothing.</summary>
    public const string UnfinishedBackupName = "unfinished-backup";

    /// <summary>How the names of files end that are not complete.</summary>
    public const string Unfinished = ".tmp";

    private const string SpillPrefix = "spill-";
    private const string LogPrefix = "log-";
    private const string CheckpointPrefix = "checkpoint-";
    private readonly FileStream? door;

    private DataFolder(string path, FileStream? door)
    {
        Path = path;
        this.door = door;
    }

    /// <summary>The folder's full path.</summary>
    public string Path { get; }

    /// <summary>Where values that are too large for the log are.</summary>
    public string ValuesPath => System.IO.Path.Combine(Path, "values");

    /// <summary>Makes the folder if need be, and takes it for this process.</summary>
    /// <exception cref="DataFaultException">It cannot be written to, or another process has it.</exception>
    public static DataFolder Open(string path)
    {
        path = System.IO.Path.GetFullPath(path);
        try
        {
            if (!System.IO.Directory.Exists(path))
                Create(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new DataFaultException($"cannot make the data folder {path}: {error.Message}");
        }

        FileStream door;
        try
        {
            // Locked by the system for this process, so a hard kill frees it.
            door = new FileStream(System.IO.Path.Combine(path, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (UnauthorizedAccessException error)
        {
            throw new DataFaultException($"cannot write in the data folder {path}: {error.Message}");
        }
        catch (IOException error)
        {
            throw new DataFaultException(
                System.IO.File.Exists(System.IO.Path.Combine(path, LockName))
                    ? $"the data folder {path} is in use by another process"
                    : $"cannot write in the data folder {path}: {error.Message}");
        }

        return Finished(path, door);
    }

    /// <summary>Looks at a folder without taking it.</summary>
    public static DataFolder View(string path) => new(System.IO.Path.GetFullPath(path), null);

    /// <summary>Takes a folder that is there, to read it: no server starts on it meanwhile, and nothing in it is made or changed.</summary>
    /// <exception cref="DataFaultException">It is not there, or another process has it.</exception>
    public static DataFolder OpenToRead(string path)
    {
        path = System.IO.Path.GetFullPath(path);
        var doorPath = System.IO.Path.Combine(path, LockName);
        if (!System.IO.Directory.Exists(path))
            throw new DataFaultException($"there is no folder {path}");
        // A copy of a folder need not have it.
        if (!System.IO.File.Exists(doorPath))
        {
            var copy = Finished(path, null);
            return copy.Checkpoints().Count + copy.Segments().Count > 0 ? copy : throw new DataFaultException($"{path} is no data folder");
        }

        try
        {
            return Finished(path, new FileStream(doorPath, FileMode.Open, FileAccess.Read, FileShare.None));
        }
        catch (UnauthorizedAccessException error)
        {
            throw new DataFaultException($"cannot read the data folder {path}: {error.Message}");
        }
        catch (IOException)
        {
            throw new DataFaultException($"the data folder {path} is in use by another process");
        }
    }

    public string LogPath(ulong start) => System.IO.Path.Combine(Path, LogPrefix + start.ToString("D20", CultureInfo.InvariantCulture));

    public string CheckpointPath(ulong cut) => System.IO.Path.Combine(Path, CheckpointPrefix + cut.ToString("D20", CultureInfo.InvariantCulture));

    /// <summary>Starts of the log's segments, in order.</summary>
    public List<ulong> Segments() => Numbered(LogPrefix);

    /// <summary>Positions of the whole checkpoints, in order.</summary>
    public List<ulong> Checkpoints() => Numbered(CheckpointPrefix);

    /// <summary>Refuses what this version cannot read, which is not to be taken for damage.</summary>
    /// <exception cref="DataFaultException">A newer version has written a file.</exception>
    public void RefuseNewerFormats()
    {
        foreach (var path in Checkpoints().Select(CheckpointPath).Concat(Segments().Select(LogPath)))
        {
            using var file = System.IO.File.OpenHandle(path);
            var header = new byte[LogFileHeader.Bytes];
            var format = LogFileHeader.FormatOf(header.AsSpan(0, RandomAccess.Read(file, header, 0)));
            if (format > LogFileHeader.FormatVersion)
                throw new DataFaultException($"{path} has format {format}, and this version of RespKv reads formats up to {LogFileHeader.FormatVersion}");
        }
    }

    /// <summary>Removes what an earlier run has left unfinished, and its scratch files.</summary>
    public void RemoveLeftovers()
    {
        foreach (var path in System.IO.Directory.EnumerateFiles(Path))
        {
            if (IsScratch(System.IO.Path.GetFileName(path)))
                System.IO.File.Delete(path);
        }
    }

    /// <summary>Whether a file of that name is unfinished or scratch, and of no use to a later run.</summary>
    public static bool IsScratch(string name) => name.EndsWith(Unfinished, StringComparison.Ordinal) || name.StartsWith(SpillPrefix, StringComparison.Ordinal);

    /// <summary>Has the names in a folder on the disk: new files, renamed ones, and those that are gone.</summary>
    public static void SyncNames(string path)
    {
        if (OperatingSystem.IsWindows())
            return;
        using var handle = DirectoryHandle.Open(path);
        DiskSync.Sync(handle);
    }

    public void Dispose() => door?.Dispose();

    private static void Create(string path)
    {
        var parent = System.IO.Path.GetDirectoryName(path);
        if (parent != null && !System.IO.Directory.Exists(parent))
            Create(parent);
        System.IO.Directory.CreateDirectory(path);
        if (parent != null)
            SyncNames(parent);
    }

    private static DataFolder Finished(string path, FileStream? door)
    {
        if (!System.IO.File.Exists(System.IO.Path.Combine(path, UnfinishedBackupName)))
            return new DataFolder(path, door);
        door?.Dispose();
        throw new DataFaultException($"the data folder {path} holds a backup that was not finished: {UnfinishedBackupName} is in it");
    }

    private List<ulong> Numbered(string prefix)
    {
        var found = new List<ulong>();
        if (!System.IO.Directory.Exists(Path))
            return found;
        foreach (var path in System.IO.Directory.EnumerateFiles(Path, prefix + "*"))
        {
            if (ulong.TryParse(System.IO.Path.GetFileName(path)[prefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                found.Add(number);
        }

        found.Sort();
        return found;
    }
}
