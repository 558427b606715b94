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
        await RunningServer.UntilAsync(() => Task.FromResult(IsTraced(server.ProcessId)));
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

    private static bool IsTraced(int processId) =>
        Directory.GetDirectories($"/proc/{processId.ToString(CultureInfo.InvariantCulture)}/task").All(task => !File.ReadAllText(Path.Combine(task, "status")).Contains("TracerPid:\t0\n", StringComparison.Ordinal));
}
