using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using RespKv.Server.Storage.Durability;

namespace RespKv.Server.Storage;

/// <summary>A large value in a file, which is mapped when it is first used.</summary>
internal sealed unsafe partial class FileValue : LargeValue
{
    private const int DontNeed = 4;

    private readonly string path;
    private readonly uint checksum;
    private readonly Lock mapping = new();
    private FileStream? file;
    private MemoryMappedViewAccessor? view;
    private byte* start;
    private bool isDisposed;

    private FileValue(string path, uint keysetId, int length, uint checksum)
        : base(keysetId, length)
    {
        this.path = path;
        this.checksum = checksum;
    }

    public override Span<byte> Span
    {
        get
        {
            if (start == null)
                Map();
            return new Span<byte>(start, Capacity);
        }
    }

    /// <summary>Makes the file, with room for all of it.</summary>
    /// <exception cref="IOException">The disk has no room.</exception>
    public static FileValue Create(string path, uint keysetId, int length)
    {
        var value = new FileValue(path, keysetId, length, 0);
        try
        {
            value.file = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.Create,
                Access = FileAccess.ReadWrite,
                Share = FileShare.ReadWrite | FileShare.Delete,
                PreallocationSize = length,
                BufferSize = 0,
            });
            value.file.SetLength(length);
            value.Map();
            return value;
        }
        catch (Exception error)
        {
            value.Dispose();
            File.Delete(path);
            // Clients are told what the system says, without the path that .NET adds.
            if (error is IOException && new DriveInfo(path).AvailableFreeSpace < length)
                throw new IOException("No space left on device", error);
            throw;
        }
    }

    /// <summary>A file of an earlier run.</summary>
    public static FileValue Adopt(string path, uint keysetId, int length, uint checksum) => new(path, keysetId, length, checksum);

    public override void LetGo()
    {
        // The pages stay in the system's cache.
        if (OperatingSystem.IsLinux() && start != null)
            _ = Advise(start, (nuint)Capacity, DontNeed);
    }

    public override void Sync()
    {
        lock (mapping)
        {
            if (file != null)
                DiskSync.Sync(file.SafeFileHandle);
            file?.Dispose();
            file = null;
        }
    }

    public override string? Fault()
    {
        var info = new FileInfo(path);
        if (!info.Exists)
            return $"{path} is missing: it holds a value that a record refers to";
        if (info.Length < Capacity)
            return $"{path} is cut off at offset {info.Length}: the value has {Capacity} bytes";
        var isWhole = LogFrame.Crc(0, Span) == checksum;
        LetGo();
        if (isWhole)
        {
            // A killed process may have left it to the system's cache, and the log is about to say that all before is safe.
            using var left = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            DiskSync.Sync(left);
        }

        return isWhole ? null : $"{path} is damaged at or behind offset 0: the checksum of its {Capacity} bytes is wrong";
    }

    public override void Dispose()
    {
        lock (mapping)
        {
            isDisposed = true;
            if (start != null)
                view!.SafeMemoryMappedViewHandle.ReleasePointer();
            start = null;
            view?.Dispose();
            file?.Dispose();
            file = null;
        }
    }

    private void Map()
    {
        lock (mapping)
        {
            ObjectDisposedException.ThrowIf(isDisposed, this);
            if (start != null)
                return;
            var opened = file ?? new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            try
            {
                using var map = MemoryMappedFile.CreateFromFile(opened, null, 0, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: true);
                view = map.CreateViewAccessor(0, Capacity);
                byte* pointer = null;
                view.SafeMemoryMappedViewHandle.AcquirePointer(ref pointer);
                start = pointer;
            }
            finally
            {
                if (opened != file)
                    opened.Dispose();
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(byte* start, nuint length, int advice);
}
