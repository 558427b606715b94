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
    private volatile Mapping? mapping;

    // Mappings of fewer bytes than the value has now, which somebody may still look at.
    private List<Mapping>? formerMappings;
    private volatile bool wasUsed;
    private bool isRewritten;
    private bool isFixed;
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
            wasUsed = true;
            var bytes = Capacity;
            return (mapping is { } there && there.Bytes >= bytes ? there : Map(bytes)).First(bytes);
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

            value.Map(length);
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

    /// <summary>Recovery has found a record that refers to so many bytes of it.</summary>
    public void RefersTo(int length, uint checksum)
    {
        SetCapacity(length);
        Checksum = checksum;
    }

    public override bool TryAppend(int length, uint checksum, ReadOnlySpan<byte> tail)
    {
        lock (door)
        {
            // One that could not be synced is written anew: that is a copy of what there was, to which nothing is added.
            if (isFixed || isDisposed)
                return false;
            using (var opened = File.OpenHandle(path, FileMode.Open, FileAccess.Write, Sharing))
                RandomAccess.Write(opened, tail, length);
            Checksum = Crc32C.Append(checksum, tail);
            SetCapacity(length + tail.Length);
            return true;
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
            lock (door)
                isRewritten = isFixed = true;
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
                checksum = Crc32C.Append(checksum, piece);
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
        using var file = new ValueFileCheck(path);
        if (file.FaultOf(Capacity, Checksum) is { } fault)
            return $"{path} {fault}";
        // The log is about to say that all before is safe.
        file.Sync();
        return null;
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

    private Mapping Map(int bytes)
    {
        Mapping fresh;
        var isFirst = true;
        lock (door)
        {
            ObjectDisposedException.ThrowIf(isDisposed, this);
            if (mapping is { } there)
            {
                if (there.Bytes >= bytes)
                    return there;
                // What grows goes on growing, and the system gives a process only so many pieces: each is half as large again.
                isFirst = false;
                (formerMappings ??= []).Add(there);
                bytes = (int)Math.Min(bytes + (bytes / 2L), Array.MaxLength);
            }

            mapping = fresh = new Mapping(path, bytes);
        }

        if (isFirst)
            home.NoteMapped(this);
        return fresh;
    }

    // Under the lock, or while nobody uses it.
    private void Unmap()
    {
        mapping?.Dispose();
        mapping = null;
        if (formerMappings == null)
            return;
        foreach (var former in formerMappings)
            former.Dispose();
        formerMappings = null;
    }

    /// <summary>The file's bytes in the address space. The file becomes as long as that, without taking room on the disk.</summary>
    private sealed class Mapping : IDisposable
    {
        private readonly MemoryMappedViewAccessor view;
        private readonly byte* start;

        public Mapping(string path, int bytes)
        {
            using var opened = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, Sharing, bufferSize: 0);
            using var map = MemoryMappedFile.CreateFromFile(opened, null, Math.Max(opened.Length, bytes), MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: true);
            view = map.CreateViewAccessor(0, bytes);
            byte* pointer = null;
            view.SafeMemoryMappedViewHandle.AcquirePointer(ref pointer);
            start = pointer;
            Bytes = bytes;
        }

        public int Bytes { get; }

        public Span<byte> First(int bytes) => new(start, bytes);

        public void Dispose()
        {
            view.SafeMemoryMappedViewHandle.ReleasePointer();
            view.Dispose();
        }
    }
}
