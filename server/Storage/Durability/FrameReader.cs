using Microsoft.Win32.SafeHandles;

namespace RespKv.Server.Storage.Durability;

/// <summary>Reads the frames of one file in order, and checks each. Where one is not whole the file ends for it; <see cref="IsWhole"/> tells whether that is the file's end.</summary>
internal sealed class FrameReader : IDisposable
{
    private const int BufferBytes = 4 << 20;

    private readonly SafeFileHandle file;
    private readonly CancellationToken stopping;
    private byte[] buffer = new byte[BufferBytes];
    private int start;
    private int end;
    private long fileOffset;

    private FrameReader(SafeFileHandle file, string path, LogFileHeader header, CancellationToken stopping)
    {
        this.file = file;
        this.stopping = stopping;
        Path = path;
        Header = header;
        FileBytes = RandomAccess.GetLength(file);
        fileOffset = LogFileHeader.Bytes;
    }

    public string Path { get; }

    public LogFileHeader Header { get; }

    /// <summary>Bytes of the file.</summary>
    public long FileBytes { get; }

    /// <summary>Offset in the file of the next frame, or of what is not one.</summary>
    public long Offset => fileOffset - (end - start);

    /// <summary>Position of the next frame.</summary>
    public ulong Position => Header.Start + (ulong)(Offset - LogFileHeader.Bytes);

    /// <summary>Whether the file ends where the last frame did.</summary>
    public bool IsWhole => Offset == FileBytes;

    /// <summary>Opens a file and checks its header; the fault says what is wrong with that, or is null.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static FrameReader? Open(string path, bool isCheckpoint, out string? fault, CancellationToken stopping = default)
    {
        var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.SequentialScan);
        var bytes = new byte[LogFileHeader.Bytes];
        var read = RandomAccess.Read(file, bytes, 0);
        fault = LogFileHeader.TryRead(bytes.AsSpan(0, read), isCheckpoint, out var header);
        if (fault == null)
            return new FrameReader(file, path, header, stopping);
        file.Dispose();
        return null;
    }

    /// <summary>The next frame, valid until the next call; false at the end, or where there is no whole frame.</summary>
    public bool TryNext(out FrameView frame)
    {
        while (true)
        {
            var position = Position;
            frame = LogFrame.Read(buffer.AsSpan(start, end - start), position);
            if (frame.Kind != FrameKind.None)
            {
                start += frame.Length;
                return true;
            }

            if (!MayBeLonger() || !ReadMore())
                return false;
        }
    }

    /// <summary>Goes on at a position where a frame is known to begin, if the file is that long and the position is not behind.</summary>
    public void SkipTo(ulong position)
    {
        if (position <= Position || position > Header.Start + (ulong)(FileBytes - LogFileHeader.Bytes))
            return;
        fileOffset = LogFileHeader.Bytes + (long)(position - Header.Start);
        start = end = 0;
    }

    /// <summary>The next whole frame, wherever it begins: what is none is passed over. False when there is none up to the file's end.</summary>
    public bool TryFind(out FrameView frame)
    {
        while (!TryNext(out frame))
        {
            if (end - start < LogFrame.HeaderBytes)
                return false;
            start += LogFrame.Alignment;
        }

        return true;
    }

    public void Dispose() => file.Dispose();

    // Whether more bytes can make a whole frame of what is here.
    private bool MayBeLonger()
    {
        var here = end - start;
        if (fileOffset >= FileBytes)
            return false;
        return here < LogFrame.HeaderBytes || (LogFrame.AnnouncedBytes(buffer.AsSpan(start)) is var length && length > here && length <= LogFrame.BytesMax && Offset + length <= FileBytes);
    }

    private bool ReadMore()
    {
        stopping.ThrowIfCancellationRequested();
        buffer.AsSpan(start, end - start).CopyTo(buffer);
        end -= start;
        start = 0;
        if (end == buffer.Length)
            Array.Resize(ref buffer, buffer.Length * 2);
        var read = RandomAccess.Read(file, buffer.AsSpan(end), fileOffset);
        end += read;
        fileOffset += read;
        return read > 0;
    }
}
