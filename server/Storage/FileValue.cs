using System.Buffers;
using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;
using RespKv.Server.Storage.Durability;

namespace RespKv.Server.Storage;

/// <summary>A large value in a file: written and read in pieces, or mapped when somebody wants all of it.</summary>
internal sealed unsafe class FileValue : LargeValue
{
    private const FileShare Sharing = FileShare.ReadWrite | FileShare.Delete;

    private const int PieceBytes = 1 << 20;

    private readonly LargeValues home;
    private readonly string path;
    private readonly Lock door = new();
    private SafeFileHandle? handle;
    private int users;
    private MemoryMappedViewAccessor? view;
    private byte* start;
    private volatile bool wasUsed;
    private bool isRewritten;
    private bool isDisposed;

    private FileValue(LargeValues home, long id, string path, uint keysetId, int length)
        : base(home, id, keysetId, length)
    {
        this.home = home;
        this.path = path;
    }

    public override bool MayWait => true;

    public override Span<byte> Span
    {
        get
        {
            if (start == null)
                Map();
            wasUsed = true;
            return new Span<byte>(start, Capacity);
        }
    }

    /// <summary>Makes the file, with room for all of it, to be filled in memory.</summary>
    /// <exception cref="IOException">The disk has no room.</exception>
    public static FileValue Create(LargeValues home, long id, string path, uint keysetId, int length)
    {
        var value = new FileValue(home, id, path, keysetId, length);
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
        new(home, id, path, 0, length)
        {
            handle = File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite, Sharing),
            users = 1,
        };

    /// <summary>A file of an earlier run.</summary>
    public static FileValue Adopt(LargeValues home, long id, string path, uint keysetId, int length, uint checksum) =>
        new(home, id, path, keysetId, length) { Checksum = checksum };

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

    public override void EndFilling()
    {
        lock (door)
            Unmap();
    }

    public override void Sync()
    {
        // Whoever has taken the file away has damaged the data, which no sync makes good: readers are told, and the next start, and other values are not to wait for it.
        if (!File.Exists(path))
            return;
        if (isRewritten)
        {
            Rewrite();
            return;
        }

        using var opened = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, Sharing);
        try
        {
            DiskSync.Sync(opened);
        }
        catch (IOException)
        {
            isRewritten = true;
            throw;
        }
    }

    /// <summary>Gives the address space of a value back that nobody uses at the moment; false when somebody does, or has lately.</summary>
    public bool TryUnmap()
    {
        // What nobody uses at all any more has given it back.
        if (Users == 0)
            return true;
        if (!wasUsed)
            return TryClosed(Unmap);
        wasUsed = false;
        return false;
    }

    // After a sync that failed nobody knows what of the file is on the disk, and the system takes its pages for written: asking again would not tell. So its bytes, which are still known, go to another file.
    private void Rewrite()
    {
        var fresh = path + ".tmp";
        using (var source = File.OpenHandle(path, FileMode.Open, FileAccess.Read, Sharing))
        using (var target = File.OpenHandle(fresh, FileMode.Create, FileAccess.Write, Sharing))
        {
            var written = 0L;
            var checksum = ForEachPiece(source, piece =>
            {
                RandomAccess.Write(target, piece, written);
                written += piece.Length;
            });
            if (checksum != Checksum)
                throw new IOException($"{path} could not be synced, and does not hold any more what was written to it");
            DiskSync.Sync(target);
        }

        File.Move(fresh, path, overwrite: true);
        isRewritten = false;
    }

    private uint ForEachPiece(SafeFileHandle source, Action<ReadOnlySpan<byte>> take)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(Math.Min(PieceBytes, Capacity));
        try
        {
            var checksum = 0u;
            for (var offset = 0; offset < Capacity;)
            {
                var count = RandomAccess.Read(source, buffer.AsSpan(0, Math.Min(buffer.Length, Capacity - offset)), offset);
                if (count == 0)
                    throw new IOException($"{path} is cut off at offset {offset}: the value has {Capacity} bytes");
                var piece = buffer.AsSpan(0, count);
                checksum = LogFrame.Crc(checksum, piece);
                take(piece);
                offset += count;
            }

            return checksum;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    public override string? Fault()
    {
        var info = new FileInfo(path);
        if (!info.Exists)
            return $"{path} is missing: it holds a value that a record refers to";
        if (info.Length < Capacity)
            return $"{path} is cut off at offset {info.Length}: the value has {Capacity} bytes";
        using var left = File.OpenHandle(path, FileMode.Open, FileAccess.Read, Sharing);
        var isWhole = ForEachPiece(left, static _ => { }) == Checksum;
        // A killed process may have left it to the system's cache, and the log is about to say that all before is safe.
        if (isWhole)
            DiskSync.Sync(left);
        return isWhole ? null : $"{path} is damaged at or behind offset 0: the checksum of its {Capacity} bytes is wrong";
    }

    public override void Dispose()
    {
        lock (door)
        {
            isDisposed = true;
            Unmap();
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

        home.NoteMapped(this);
    }

    private void Unmap()
    {
        if (start != null)
            view!.SafeMemoryMappedViewHandle.ReleasePointer();
        start = null;
        view?.Dispose();
        view = null;
    }
}
