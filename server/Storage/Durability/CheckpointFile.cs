using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace RespKv.Server.Storage.Durability;

/// <summary>A checkpoint that is being written. It has its name only when all of it is on the disk (<see cref="Complete"/>).</summary>
internal sealed class CheckpointFile : IDisposable
{
    private const int BufferBytes = 1 << 20;
    private const int EndBodyBytes = 2 * sizeof(ulong);

    // So much goes to the disk at a time, rather than all of it at the end.
    private const long SyncEveryBytes = 32L << 20;

    private readonly DataFolder folder;
    private readonly SafeFileHandle file;
    private readonly string path;
    private readonly ulong cut;
    private byte[] buffer = new byte[2 * BufferBytes];
    private int used;
    private long offset;
    private long syncedAt;
    private ulong frames;
    private bool isComplete;

    public CheckpointFile(DataFolder folder, ulong cut, long nowMs)
    {
        this.folder = folder;
        this.cut = cut;
        path = folder.CheckpointPath(cut) + ".tmp";
        file = File.OpenHandle(path, FileMode.Create, FileAccess.Write, FileShare.Read);
        Write(new LogFileHeader(true, cut, cut, 0, nowMs).ToBytes());
    }

    /// <summary>How many frames a checkpoint says, at its end, that it has; 0 when it does not.</summary>
    public static ulong FramesOf(string path, LogFileHeader header)
    {
        using var file = File.OpenHandle(path);
        Span<byte> end = stackalloc byte[LogFrame.BytesFor(EndBodyBytes)];
        var offset = RandomAccess.GetLength(file) - end.Length;
        if (offset < LogFileHeader.Bytes || RandomAccess.Read(file, end, offset) < end.Length)
            return 0;
        var frame = LogFrame.Read(end, header.Start + (ulong)(offset - LogFileHeader.Bytes));
        return frame.Kind == FrameKind.End ? BinaryPrimitives.ReadUInt64LittleEndian(frame.Body[sizeof(ulong)..]) : 0;
    }

    /// <summary>Position from which the log is replayed on it.</summary>
    public ulong Cut => cut;

    /// <summary>Bytes so far.</summary>
    public long Bytes => offset + used;

    /// <summary>Frames so far.</summary>
    public ulong Frames => frames;

    public void Put(ReadOnlySpan<byte> storedKey, ReadOnlySpan<byte> image)
    {
        var frame = Begin(storedKey.Length + image.Length);
        storedKey.CopyTo(frame[LogFrame.HeaderBytes..]);
        image.CopyTo(frame[(LogFrame.HeaderBytes + storedKey.Length)..]);
        End(frame, FrameKind.Put, storedKey.Length + image.Length, storedKey.Length);
    }

    /// <summary>A key that is not there any more.</summary>
    /// <param name="storedKey">The key.</param>
    /// <param name="version">The deletion's own, which records of the key that come later in the file may be newer than.</param>
    public void Delete(ReadOnlySpan<byte> storedKey, ulong version)
    {
        var bodyBytes = storedKey.Length + sizeof(ulong);
        var frame = Begin(bodyBytes);
        storedKey.CopyTo(frame[LogFrame.HeaderBytes..]);
        BinaryPrimitives.WriteUInt64LittleEndian(frame[(LogFrame.HeaderBytes + storedKey.Length)..], version);
        End(frame, FrameKind.Delete, bodyBytes, storedKey.Length);
    }

    public void Namespace(string name, uint keysetId)
    {
        var body = NamespaceFrame.Body(name, keysetId);
        var frame = Begin(body.Length);
        body.CopyTo(frame[LogFrame.HeaderBytes..]);
        End(frame, FrameKind.Namespace, body.Length, 0);
    }

    /// <summary>The source of a library of functions.</summary>
    public void Library(string name, byte[] source)
    {
        foreach (var body in LibraryFrame.Bodies(name, source))
        {
            var frame = Begin(body.Length);
            body.CopyTo(frame[LogFrame.HeaderBytes..]);
            End(frame, FrameKind.Library, body.Length, name.Length);
        }
    }

    /// <summary>Writes what has gathered, if that is much. Frames themselves are put in memory only, so that they can be taken within a batch.</summary>
    /// <exception cref="IOException">The disk cannot take it.</exception>
    public void FlushIfMuch()
    {
        if (used >= BufferBytes)
            Flush();
    }

    /// <summary>Whether so much has gathered that it should be written.</summary>
    public bool HasMuch => used >= BufferBytes;

    /// <summary>Writes the end and brings everything to the disk, then gives the file its name.</summary>
    /// <param name="needs">Position that the log has reached on the disk.</param>
    /// <exception cref="IOException">The disk cannot take it.</exception>
    public void Complete(ulong needs)
    {
        var frame = Begin(EndBodyBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(frame[LogFrame.HeaderBytes..], needs);
        BinaryPrimitives.WriteUInt64LittleEndian(frame[(LogFrame.HeaderBytes + sizeof(ulong))..], frames);
        End(frame, FrameKind.End, EndBodyBytes, 0);
        Flush();
        DiskSync.Sync(file);
        File.Move(path, folder.CheckpointPath(cut), overwrite: true);
        DataFolder.SyncNames(folder.Path);
        isComplete = true;
    }

    public void Dispose()
    {
        file.Dispose();
        if (!isComplete)
            File.Delete(path);
    }

    private Span<byte> Begin(int bodyBytes)
    {
        var bytes = LogFrame.BytesFor(bodyBytes);
        while (used + bytes > buffer.Length)
            Array.Resize(ref buffer, buffer.Length * 2);
        return buffer.AsSpan(used, bytes);
    }

    private void End(Span<byte> frame, FrameKind kind, int bodyBytes, int keyBytes)
    {
        LogFrame.Seal(frame, cut + (ulong)(Bytes - LogFileHeader.Bytes), kind, bodyBytes, keyBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(frame, (uint)frame.Length);
        used += frame.Length;
        frames++;
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        RandomAccess.Write(file, bytes, offset);
        offset += bytes.Length;
    }

    private void Flush()
    {
        Write(buffer.AsSpan(0, used));
        used = 0;
        if (offset - syncedAt < SyncEveryBytes)
            return;
        syncedAt = offset;
        DiskSync.Sync(file);
    }
}
