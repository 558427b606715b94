using System.Diagnostics;
using RespKv.Crash;
using RespKv.Tests.Commands;
using RespKv.Tests.Support;

namespace RespKv.Tests.Durability;

/// <summary>A server that is told to end while it loads its data. The disk is made slow, so that the load takes longer than the end may.</summary>
public sealed class EndWhileLoadingTests
{
    private const int Keys = 60;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    [PeerTheory("strace")]
    [InlineData("TERM")]
    [InlineData("INT")]
    [InlineData("SHUTDOWN")]
    public async Task It_ends_in_time_and_in_order_and_the_next_start_has_all(string how)
    {
        using var data = new KeptData();
        await using (var before = await data.StartAsync("--auto-aof-rewrite-percentage", "0"))
        {
            await using var writer = await before.ConnectAsync();
            for (var i = 0; i < Keys; i++)
                await writer.ExecuteAsync("SET", i, new string('v', 200_000));
            await before.KillAsync();
        }

        // Each read of 4 MB takes a second more.
        await using var server = ServerRun.BeginUnder(
            ["strace", "-D", "-f", "-q", "-P", data.Segments.Single(), "-e", "trace=pread64", "-e", "inject=pread64:delay_enter=1000000", "-o", data.Beside("trace")], data.Path, "--http-port", "0");
        await RunningServer.UntilAsync(() => IsLoadingAsync(server));
        var since = Stopwatch.StartNew();
        if (how == "SHUTDOWN")
            await ShutDownAsync(server);
        else
            Process.Start("kill", ["-" + how, server.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture)]).Dispose();
        await RunningServer.UntilAsync(() => Task.FromResult(server.HasExited));

        Assert.True(since.Elapsed < Limit, $"It took {since.Elapsed.TotalSeconds} s.");
        Assert.Equal(0, server.ExitCode);
        Assert.False(server.IsReady, server.Output);
        Assert.EndsWith("Stopped\n", server.Output, StringComparison.Ordinal);
        await using var next = await data.StartAsync();
        await using var reader = await next.ConnectAsync();
        Assert.Equal(Keys, (await reader.ExecuteAsync("DBSIZE")).Integer);
    }

    private static async Task<bool> IsLoadingAsync(ServerRun server)
    {
        try
        {
            await using var client = await server.ConnectAsync();
            return (await client.ExecuteAsync("GET", "1")).Text.StartsWith("LOADING", StringComparison.Ordinal);
        }
        catch (System.Net.Sockets.SocketException)
        {
            return false;
        }
    }

    private static async Task ShutDownAsync(ServerRun server)
    {
        await using var client = await server.ConnectAsync();
        await Assert.ThrowsAnyAsync<IOException>(() => client.ExecuteAsync("SHUTDOWN"));
    }
}
