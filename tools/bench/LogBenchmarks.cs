using BenchmarkDotNet.Attributes;
using RespKv.Server.Storage.Durability;

namespace RespKv.Bench;

/// <summary>
/// Putting a write of 16 + 64 bytes in the write log: its place in the ring, its bytes, its checksum; and the same with what a batch of 64 adds, one write to the file. Nothing
/// is synced. Of one write.
/// </summary>
[MemoryDiagnoser]
public class LogBenchmarks
{
    private const int Frames = 64;
    private const int KeyBytes = 16;
    private const int BodyBytes = KeyBytes + Requests.ValueBytes;

    // After so many batches the segments that are full, of 64 MB each, are deleted.
    private const int BatchesKept = 1 << 16;

    private readonly string path = Directory.CreateTempSubdirectory("respkv-bench-").FullName;
    private readonly byte[] body = new byte[BodyBytes];
    private readonly LogRing ring = new(WriteLog.FirstPosition);
    private readonly WriteLog log = new(WriteLog.FirstPosition) { Policy = SyncPolicy.No };
    private DataFolder folder = null!;
    private int batches;

    [GlobalSetup]
    public void Start()
    {
        folder = DataFolder.Open(Path.Combine(path, "data"));
        log.Start(folder, 0, 0);
    }

    [GlobalCleanup]
    public void Stop()
    {
        log.Dispose();
        ring.Dispose();
        folder.Dispose();
        Directory.Delete(path, recursive: true);
    }

    [Benchmark(OperationsPerInvoke = Frames)]
    public ulong Append()
    {
        for (var i = 0; i < Frames; i++)
        {
            if (!ring.TryReserve(LogFrame.BytesFor(BodyBytes), out var frame, out var position))
                throw new InvalidOperationException("The ring is too small for the frames of one round.");
            body.CopyTo(frame[LogFrame.HeaderBytes..]);
            WriteLog.Append(frame, position, FrameKind.Put, BodyBytes, KeyBytes);
        }

        // As far as the ring's end in one piece, and the rest.
        while (ring.Taken < ring.Tail)
            ring.Free(ring.Peek(ring.Tail).Length);
        return ring.Tail;
    }

    [Benchmark(OperationsPerInvoke = Frames)]
    public bool AppendAndWrite()
    {
        var end = 0UL;
        for (var i = 0; i < Frames; i++)
        {
            var frame = log.Reserve(BodyBytes, out var position);
            body.CopyTo(frame[LogFrame.HeaderBytes..]);
            end = WriteLog.Append(frame, position, FrameKind.Put, BodyBytes, KeyBytes);
        }

        if (++batches % BatchesKept == 0)
            DeleteFullSegments();
        return log.TryWrite(end);
    }

    private void DeleteFullSegments()
    {
        foreach (var segment in Directory.GetFiles(folder.Path, "log-*").Order(StringComparer.Ordinal).SkipLast(1))
            File.Delete(segment);
    }
}
