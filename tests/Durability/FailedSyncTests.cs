using System.Diagnostics;
using System.Globalization;
using RespKv.Tests.Commands;
using RespKv.Tests.Support;

namespace RespKv.Tests.Durability;

public sealed class FailedSyncTests
{
    [PeerFact("strace")]
    public async Task A_segment_that_cannot_be_synced_is_left_and_a_checkpoint_makes_up_for_it()
    {
        using var folder = new TemporaryFolder();
        await using var server = await RespServerProcess.StartAsync("--dir", folder["data"], "--appendfsync", "always");
        await using var client = await server.ConnectAsync();
        await client.ExecuteAsync("SET", "before", "1");
        var segment = Directory.GetFiles(folder["data"], "log-*").Single();

        using var fault = Process.Start(new ProcessStartInfo("strace", ["-f", "-q", "-P", segment, "-e", "trace=fsync", "-e", "inject=fsync:error=EIO", "-o", folder["trace"], "-p", server.ProcessId.ToString(CultureInfo.InvariantCulture)]))!;
        await RunningServer.UntilAsync(() => Task.FromResult(ProcessFigures.IsTraced(server.ProcessId)));
        var withheld = (await client.ExecuteAsync("SET", "withheld", "2")).Text;
        await RunningServer.UntilAsync(async () => (await client.ExecuteAsync("SET", "after", "3")).Text == "OK");

        Assert.Equal("OK", withheld);
        Assert.Contains("EIO", await File.ReadAllTextAsync(folder["trace"]), StringComparison.Ordinal);
        Assert.NotEmpty(Directory.GetFiles(folder["data"], "checkpoint-*"));
        await server.KillAsync();
        await fault.WaitForExitAsync();
        await using var next = await RespServerProcess.StartAsync("--dir", folder["data"]);
        await using var reader = await next.ConnectAsync();
        Assert.Equal("[\"1\", \"2\", \"3\"]", (await reader.ExecuteAsync("MGET", "before", "withheld", "after")).ToString());
    }

    [PeerFact("strace")]
    public async Task A_large_value_that_cannot_be_synced_is_not_acknowledged_before_it_is_on_the_disk()
    {
        using var folder = new TemporaryFolder();
        await using var server = await RespServerProcess.StartAsync("--dir", folder["data"], "--appendfsync", "always");
        await using var client = await server.ConnectAsync();
        client.Timeout = TimeSpan.FromSeconds(60);
        var text = new string('l', 300_000);
        await client.ExecuteAsync("SET", "first", text);
        var first = Directory.GetFiles(folder["data"], "values/*").Single();
        var next = Path.Combine(Path.GetDirectoryName(first)!, (long.Parse(Path.GetFileName(first), NumberStyles.HexNumber, CultureInfo.InvariantCulture) + 1).ToString("x16", CultureInfo.InvariantCulture));

        using var fault = Process.Start(new ProcessStartInfo(
            "strace", ["-f", "-q", "-P", next, "-P", next + ".tmp", "-e", "trace=fsync", "-e", "inject=fsync:error=EIO", "-o", folder["trace"], "-p", server.ProcessId.ToString(CultureInfo.InvariantCulture)]))!;
        await RunningServer.UntilAsync(() => Task.FromResult(ProcessFigures.IsTraced(server.ProcessId)));
        var set = client.ExecuteAsync("SET", "second", text);
        await RunningServer.UntilAsync(async () => Calls(await ReadSharedAsync(folder["trace"])) >= 3);
        var wasAcknowledged = set.IsCompleted;
        fault.Kill();
        await fault.WaitForExitAsync();
        var reply = (await set).Text;

        Assert.False(wasAcknowledged, "It was acknowledged, and every sync of its file had failed.");
        Assert.Equal("OK", reply);
        await RunningServer.UntilAsync(async () => (await client.ExecuteAsync("SET", "after", "3")).Text == "OK");
        await server.KillAsync();
        await using var restarted = await RespServerProcess.StartAsync("--dir", folder["data"]);
        await using var reader = await restarted.ConnectAsync();
        Assert.Equal((text, text), ((await reader.ExecuteAsync("GET", "first")).Text, (await reader.ExecuteAsync("GET", "second")).Text));
    }

    private static int Calls(string trace) => trace.Split("EIO").Length - 1;

    private static async Task<string> ReadSharedAsync(string path)
    {
        if (!File.Exists(path))
            return "";
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return await reader.ReadToEndAsync();
    }
}
