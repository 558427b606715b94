using Microsoft.Win32.SafeHandles;

namespace RespKv.Server.Storage.Durability;

/// <summary>A segment of the log that is being written, or waits to be synced.</summary>
internal sealed class LogSegment : IDisposable
{
    private readonly SafeFileHandle file;

    private LogSegment(SafeFileHandle file, ulong start)
    {
        this.file = file;
        Start = End = start;
    }

    /// <summary>Position of the first frame.</summary>
    public ulong Start { get; }

    /// <summary>Position behind the last frame that has been written.</summary>
    public ulong End { get; private set; }

    /// <summary>Bytes of frames.</summary>
    public long Bytes => (long)(End - Start);

    /// <summary>Makes a segment and writes its header.</summary>
    /// <exception cref="IOException">The file cannot be made or written.</exception>
    public static LogSegment Create(DataFolder folder, LogFileHeader header)
    {
        var path = folder.LogPath(header.Start);
        var file = File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete);
        try
        {
            RandomAccess.Write(file, header.ToBytes(), 0);
            return new LogSegment(file, header.Start);
        }
        catch
        {
            file.Dispose();
            File.Delete(path);
            throw;
        }
    }

    /// <summary>Writes frames behind the last ones. What failed halfway is written again at the same place.</summary>
    /// <exception cref="IOException">The system cannot take them.</exception>
    public void Append(ReadOnlySpan<byte> frames)
    {
        RandomAccess.Write(file, frames, LogFileHeader.Bytes + Bytes);
        End += (uint)frames.Length;
    }

    /// <summary>Makes sure that so many bytes more can be written, where the file system can do that.</summary>
    /// <exception cref="IOException">There is no room for them.</exception>
    public void MakeRoom(long bytes) => DiskRoom.Allocate(file, LogFileHeader.Bytes + Bytes, bytes);

    /// <summary>Has what was written on the disk.</summary>
    /// <exception cref="IOException">The disk has failed; nobody knows what of it is there.</exception>
    public void Sync() => DiskSync.Sync(file);

    public void Dispose() => file.Dispose();
}
