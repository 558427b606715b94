using System.Diagnostics;
using System.Globalization;
using RespKv.Protocol;
using RespKv.Tests.Commands;
using RespKv.Tests.Support;

namespace RespKv.Tests.Durability;

public sealed class FullDiskTests
{
    private const int Megabytes = 40;
    private static readonly TimeSpan ResumeLimit = TimeSpan.FromSeconds(5);

    [RootTheory]
    [InlineData("always", 4000)]
    [InlineData("everysec", 4000)]
    [InlineData("everysec", 500_000)]
    [InlineData("always", 500_000)]
    public async Task A_full_disk_refuses_writers_serves_readers_and_loses_nothing(string fsync, int valueBytes)
    {
        using var disk = new SmallDisk(Megabytes);
        var server = await RespServerProcess.StartAsync("--dir", disk.Folder, "--appendfsync", fsync);
        await using var client = await server.ConnectAsync();
        await client.ExecuteAsync("SET", "before", "kept");
        disk.FillAllBut(4 << 20);

        var acknowledged = 0;
        await using var writer = await server.ConnectAsync();
        writer.Timeout = TimeSpan.FromSeconds(60);
        using var isRoomAgain = new CancellationTokenSource();
        var last = WriteUntilRefusedAsync(writer, valueBytes, () => acknowledged++, isRoomAgain.Token);
        await RunningServer.UntilAsync(async () => await IsAcceptedAsync(server, valueBytes) == false);

        Assert.True(acknowledged > 0, "Nothing was written before the disk was full.");
        Assert.Equal("kept", (await client.ExecuteAsync("GET", "before")).Text);
        Assert.Equal(valueBytes, (await client.ExecuteAsync("STRLEN", "key:0")).Integer);
        Assert.False(server.HasExited);

        await isRoomAgain.CancelAsync();
        disk.Empty();
        var since = Stopwatch.StartNew();
        await RunningServer.UntilAsync(async () => await IsAcceptedAsync(server, valueBytes) == true);
        Assert.True(since.Elapsed < ResumeLimit, $"It took {since.Elapsed.TotalSeconds} s.");

        // What was withheld is written now; what was refused was not executed.
        var (index, reply) = await last;
        Assert.True(reply == "OK" || reply.StartsWith("MISCONF", StringComparison.Ordinal), reply);
        Assert.Equal("OK", (await client.ExecuteAsync("SET", Key(index), "again")).Text);
        await server.KillAsync();
        await server.DisposeAsync();
        await using var next = await RespServerProcess.StartAsync("--dir", disk.Folder);
        await using var reader = await next.ConnectAsync();
        Assert.Equal("kept", (await reader.ExecuteAsync("GET", "before")).Text);
        Assert.Equal("again", (await reader.ExecuteAsync("GET", Key(index))).Text);
        for (var i = 0; i < acknowledged; i++)
            Assert.Equal(Value(i, valueBytes), (await reader.ExecuteAsync("GET", Key(i))).Text);
    }

    [RootFact]
    public async Task A_server_on_a_full_disk_rests_and_ends_when_told_to()
    {
        using var disk = new SmallDisk(Megabytes);
        await using var server = await RespServerProcess.StartAsync("--dir", disk.Folder);
        await using var client = await server.ConnectAsync();
        disk.FillAllBut(64 << 10);
        await using var writer = await server.ConnectAsync();
        writer.Timeout = TimeSpan.FromSeconds(60);
        var last = WriteUntilRefusedAsync(writer, 4000, () => { }, CancellationToken.None);
        await RunningServer.UntilAsync(async () => await IsAcceptedAsync(server, 4000) == false);

        var before = ProcessFigures.ProcessorTime(server.ProcessId);
        await Task.Delay(1000);
        var used = ProcessFigures.ProcessorTime(server.ProcessId) - before;
        var since = Stopwatch.StartNew();
        await server.StopAsync();

        Assert.True(used < TimeSpan.FromMilliseconds(500), $"It used {used.TotalMilliseconds} ms of a second.");
        Assert.Equal(0, server.ExitCode);
        Assert.True(since.Elapsed < TimeSpan.FromSeconds(8), $"It took {since.Elapsed.TotalSeconds} s.");
        await Assert.ThrowsAnyAsync<IOException>(() => last);
    }

    private static string Key(int i) => "key:" + i.ToString(CultureInfo.InvariantCulture);

    private static string Value(int i, int bytes) => Key(i).PadRight(bytes, '.');

    private static async Task<(int Index, string Reply)> WriteUntilRefusedAsync(RespClient client, int valueBytes, Action acknowledged, CancellationToken enough)
    {
        for (var i = 0; ; i++)
        {
            var reply = (await client.ExecuteAsync(["SET", Key(i), Value(i, valueBytes)], CancellationToken.None)).Text;
            if (reply != "OK" || enough.IsCancellationRequested)
                return (i, reply);
            acknowledged();
        }
    }

    // Whether a write is answered by OK, or by an error; null where it waits for room, as the one does that finds the disk full.
    private static async Task<bool?> IsAcceptedAsync(RespServerProcess server, int valueBytes)
    {
        await using var prober = await server.ConnectAsync();
        prober.Timeout = TimeSpan.FromSeconds(2);
        try
        {
            var reply = await prober.ExecuteAsync("SET", "probe", new string('p', valueBytes));
            Assert.True(!reply.IsError || reply.Text.StartsWith("MISCONF ", StringComparison.Ordinal), reply.Text);
            return !reply.IsError;
        }
        catch (TimeoutException)
        {
            return null;
        }
    }
}
