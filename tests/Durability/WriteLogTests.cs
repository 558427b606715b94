using System.Buffers.Binary;
using RespKv.Server.Storage.Durability;
using RespKv.Tests.Support;

namespace RespKv.Tests.Durability;

public sealed class WriteLogTests
{
    private const ulong Start = 4096;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task What_is_written_while_a_sync_goes_on_is_synced_without_another_write()
    {
        using var folder = new TemporaryFolder();
        using var data = DataFolder.Open(folder["data"]);
        using var log = new WriteLog(Start) { Policy = SyncPolicy.Always };
        var during = 0UL;
        log.Syncing = _ =>
        {
            if (during == 0)
                during = Append(log, "during");
        };
        log.Start(data, 0, 0);

        var before = Append(log, "before");
        await log.WaitAsync(new LogWaiter(), before).AsTask().WaitAsync(Limit);
        await log.WaitAsync(new LogWaiter(), during).AsTask().WaitAsync(Limit);

        Assert.True(log.Synced >= during && during > before, $"{before} {during} {log.Synced}");
    }

    [Fact]
    public void A_write_of_a_unit_counts_only_with_all_of_it()
    {
        using var log = new WriteLog(Start);
        var begin = log.Append(FrameKind.Begin, default);
        Append(log, "part");
        var end = log.Append(FrameKind.Commit, default);

        log.NoteUnit(begin, end);

        Assert.Equal((end, end + 1), (log.WholeFrom(begin), log.WholeFrom(end)));
    }

    [Fact]
    public void The_length_of_a_filler_is_covered_by_its_checksum()
    {
        var bytes = new byte[1 << 16];
        var frame = bytes.AsSpan(0, 256);
        LogFrame.Seal(frame, Start, FrameKind.Filler, frame.Length - LogFrame.HeaderBytes, 0);
        BinaryPrimitives.WriteUInt32LittleEndian(frame, 256);

        Assert.Equal(FrameKind.Filler, LogFrame.Read(bytes, Start).Kind);
        Assert.All(Enumerable.Range(0, 32), bit =>
        {
            var damaged = bytes.ToArray();
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Equal(FrameKind.None, LogFrame.Read(damaged, Start).Kind);
        });
    }

    private static ulong Append(WriteLog log, string name) => log.Append(FrameKind.Namespace, NamespaceFrame.Body(name, 1));
}
