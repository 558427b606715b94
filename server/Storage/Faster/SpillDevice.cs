using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.InteropServices;
using FASTER.core;
using Microsoft.Win32.SafeHandles;
using RespKv.Server.Storage.Durability;

namespace RespKv.Server.Storage.Faster;

/// <summary>
/// Where pages of the log go that memory has no room for: scratch files, which nothing is recovered from. Writes are done by a thread of its own, which tries again until the disk takes
/// them, so that no page is lost to a full disk. Reads are done by whoever asks, and every block's checksum, kept in memory, is compared.
/// </summary>
internal sealed unsafe class SpillDevice : StorageDeviceBase
{
    /// <summary>Bytes of a file.</summary>
    public const long FileBytes = 64L << 20;

    /// <summary>Bytes that are read, written and checked together.</summary>
    public const int BlockBytes = 4096;

    private const int RetryMs = 200;

    private readonly ConcurrentDictionary<int, SpillFile> files = new();
    private readonly BlockingCollection<PendingWrite> writes = [];
    private readonly Thread writer;
    private readonly string folder;
    private volatile bool isDisposed;
    private long bytes;
    private long writtenUntil;

    public SpillDevice(string folder)
        : base("spill", BlockBytes, Devices.CAPACITY_UNSPECIFIED)
    {
        this.folder = folder;
        writer = new Thread(RunWriter) { IsBackground = true, Name = "respkv spill" };
        writer.Start();
    }

    private readonly record struct PendingWrite(nint Source, int File, long Offset, int Bytes, DeviceIOCompletionCallback Done, object Context);

    /// <summary>Address before which everything has been written: pages come in their order.</summary>
    public long WrittenUntil => Volatile.Read(ref writtenUntil);

    /// <summary>Bytes on the disk.</summary>
    public long Bytes => Interlocked.Read(ref bytes);

    /// <summary>What the system says why pages cannot be written at the moment; null when they can.</summary>
    public string? Failure { get; private set; }

    public override void WriteAsync(nint sourceAddress, int segmentId, ulong destinationAddress, uint numBytesToWrite, DeviceIOCompletionCallback callback, object context)
    {
        if (isDisposed)
            callback(0, numBytesToWrite, context);
        else
            writes.Add(new PendingWrite(sourceAddress, segmentId, (long)destinationAddress, (int)numBytesToWrite, callback, context));
    }

    /// <exception cref="DamagedPageException">What was read is not what was written, or cannot be read.</exception>
    public override void ReadAsync(int segmentId, ulong sourceAddress, nint destinationAddress, uint readLength, DeviceIOCompletionCallback callback, object context)
    {
        var target = new Span<byte>((void*)destinationAddress, (int)readLength);
        if (!files.TryGetValue(segmentId, out var file))
            throw new DamagedPageException($"the file {PathOf(segmentId)} is not there");
        file.Read(target, (long)sourceAddress);
        callback(0, readLength, context);
    }

    public override void RemoveSegment(int segment)
    {
        if (!files.TryRemove(segment, out var file))
            return;
        Interlocked.Add(ref bytes, -file.Bytes);
        file.Dispose();
    }

    public override void RemoveSegmentAsync(int segment, AsyncCallback callback, IAsyncResult result)
    {
        RemoveSegment(segment);
        callback(result);
    }

    public override long GetFileSize(int segment) => FileBytes;

    public override void Dispose()
    {
        isDisposed = true;
        writes.CompleteAdding();
        writer.Join();
        foreach (var file in files.Values)
            file.Dispose();
        files.Clear();
        writes.Dispose();
    }

    private string PathOf(int segment) => Path.Combine(folder, "spill-" + segment.ToString("D8", CultureInfo.InvariantCulture));

    private void RunWriter()
    {
        byte[] copy = [];
        foreach (var write in writes.GetConsumingEnumerable())
        {
            // Readers may still note their use in the page: what is written has to be what the checksums are of.
            if (copy.Length < write.Bytes)
                copy = new byte[write.Bytes];
            new ReadOnlySpan<byte>((void*)write.Source, write.Bytes).CopyTo(copy);
            while (!isDisposed && !TryWrite(write, copy.AsSpan(0, write.Bytes)))
                Thread.Sleep(RetryMs);
            write.Done(0, (uint)write.Bytes, write.Context);
            Volatile.Write(ref writtenUntil, (write.File * FileBytes) + write.Offset + write.Bytes);
        }
    }

    private bool TryWrite(in PendingWrite write, ReadOnlySpan<byte> page)
    {
        try
        {
            var file = files.GetOrAdd(write.File, static (segment, device) => new SpillFile(device.PathOf(segment)), this);
            var before = file.Bytes;
            file.Write(page, write.Offset);
            Interlocked.Add(ref bytes, file.Bytes - before);
            Failure = null;
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Failure = WriteLog.SystemText(error);
            return false;
        }
    }

    /// <summary>One file with the checksums of its blocks.</summary>
    private sealed class SpillFile : IDisposable
    {
        private readonly SafeFileHandle handle;
        private readonly string path;
        private readonly uint* checksums;

        public SpillFile(string path)
        {
            this.path = path;
            handle = File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete);
            checksums = (uint*)NativeMemory.AllocZeroed((nuint)(FileBytes / BlockBytes), sizeof(uint));
        }

        public long Bytes { get; private set; }

        public void Write(ReadOnlySpan<byte> page, long offset)
        {
            RandomAccess.Write(handle, page, offset);
            for (var i = 0; i < page.Length; i += BlockBytes)
                checksums[(offset + i) / BlockBytes] = Crc32C.Append(uint.MaxValue, page.Slice(i, BlockBytes));
            Bytes = Math.Max(Bytes, offset + page.Length);
        }

        public void Read(Span<byte> target, long offset)
        {
            var read = 0;
            try
            {
                for (int got; read < target.Length && (got = RandomAccess.Read(handle, target[read..], offset + read)) > 0;)
                    read += got;
            }
            catch (IOException error)
            {
                throw new DamagedPageException($"{path} cannot be read at offset {offset}: {error.Message}");
            }

            // What is asked for may reach behind what has been written; nobody uses that part.
            for (var i = 0; i + BlockBytes <= read; i += BlockBytes)
            {
                if (Crc32C.Append(uint.MaxValue, target.Slice(i, BlockBytes)) != checksums[(offset + i) / BlockBytes])
                    throw new DamagedPageException($"{path} is damaged at offset {offset + i}: the checksum of a block is wrong");
            }
        }

        public void Dispose()
        {
            handle.Dispose();
            NativeMemory.Free(checksums);
            File.Delete(path);
        }
    }
}

/// <summary>A page that was moved out of memory cannot be read back as it was.</summary>
internal sealed class DamagedPageException(string message) : Exception(message);
