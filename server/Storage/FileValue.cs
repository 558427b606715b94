using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using RespKv.Server.Storage.Durability;

namespace RespKv.Server.Storage;

/// <summary>A large value in a file: written and read in pieces, or mapped when somebody wants all of it.</summary>
internal sealed unsafe partial class FileValue : LargeValue
{
    private const int DontNeed = 4;
    private const FileShare Sharing = FileShare.ReadWrite | FileShare.Delete;

    private readonly string path;
    private readonly uint checksum;
    private readonly Lock door = new();
    private SafeFileHandle? handle;
    private int users;
    private MemoryMappedViewAccessor? view;
    private byte* start;
    private bool isDisposed;

    private FileValue(LargeValues home, long id, string path, uint keysetId, int length, uint checksum)
        : base(home, id, keysetId, length)
    {
        this.path = path;
        this.checksum = checksum;
    }

    public override bool MayWait => true;

    public override Span<byte> Span
    {
        get
        {
            if (start == null)
                Map();
            return new Span<byte>(start, Capacity);
        }
    }

    /// <summary>Makes the file, with room for all of it, to be filled in memory.</summary>
    /// <exception cref="IOException">The disk has no room.</exception>
    public static FileValue Create(LargeValues home, long id, string path, uint keysetId, int length)
    {
        var value = new FileValue(home, id, path, keysetId, length, 0);
        try
        {
            using (var file = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.Create,
                Access = FileAccess.ReadWrite,
                Share = Sharing,
                PreallocationSize = length,
                BufferSize = 0,
            }))
            {
                file.SetLength(length);
            }

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

    /// <summary>Makes the file, empty and open, to be written as its bytes come.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    public static FileValue Begin(LargeValues home, long id, string path, int length) =>
        new(home, id, path, 0, length, 0)
        {
            handle = File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite, Sharing),
            users = 1,
        };

    /// <summary>A file of an earlier run.</summary>
    public static FileValue Adopt(LargeValues home, long id, string path, uint keysetId, int length, uint checksum) => new(home, id, path, keysetId, length, checksum);

    public override void Open()
    {
        lock (door)
        {
            ObjectDisposedException.ThrowIf(isDisposed, this);
            handle ??= File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, Sharing);
            users++;
        }
    }

    public override void Close()
    {
        lock (door)
        {
            if (--users > 0)
                return;
            handle?.Dispose();
            handle = null;
        }
    }

    public override void Read(int offset, Span<byte> target)
    {
        while (!target.IsEmpty)
        {
            var count = RandomAccess.Read(handle!, target, offset);
            if (count == 0)
                throw new IOException($"{path} is cut off at offset {offset}: the value has {Capacity} bytes");
            target = target[count..];
            offset += count;
        }
    }

    public override void Write(int offset, ReadOnlySpan<byte> bytes) => RandomAccess.Write(handle!, bytes, offset);

    public override void LetGo()
    {
        // The pages stay in the system's cache.
        if (OperatingSystem.IsLinux() && start != null)
            _ = Advise(start, (nuint)Capacity, DontNeed);
    }

    public override void Sync()
    {
        using var opened = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, Sharing);
        DiskSync.Sync(opened);
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
        lock (door)
        {
            isDisposed = true;
            if (start != null)
                view!.SafeMemoryMappedViewHandle.ReleasePointer();
            start = null;
            view?.Dispose();
            handle?.Dispose();
            handle = null;
        }
    }

    private void Map()
    {
        lock (door)
        {
            ObjectDisposedException.ThrowIf(isDisposed, this);
            if (start != null)
                return;
            using var opened = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, Sharing, bufferSize: 0);
            using var map = MemoryMappedFile.CreateFromFile(opened, null, 0, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: true);
            view = map.CreateViewAccessor(0, Capacity);
            byte* pointer = null;
            view.SafeMemoryMappedViewHandle.AcquirePointer(ref pointer);
            start = pointer;
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(byte* start, nuint length, int advice);
}
