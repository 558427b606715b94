using RespKv.Crash;
using RespKv.Tests.Support;

namespace RespKv.Tests.Durability;

public sealed class KillTests
{
    private const int Seed = 20261125;

    [Theory]
    [InlineData("always")]
    [InlineData("everysec")]
    public async Task A_killed_server_has_all_that_it_acknowledged_and_nothing_by_halves(string fsync)
    {
        using var folder = new TemporaryFolder();

        var result = await KillRounds.RunAsync(folder.Path, rounds: 4, Seed, fsync, ballast: 5000, _ => { });

        Assert.Empty(result.Faults);
        Assert.True(result.Traffic.Acknowledged > 0, "No write was acknowledged.");
    }

    [Fact]
    public async Task A_server_told_to_end_under_load_loses_nothing_and_ends_in_time()
    {
        using var folder = new TemporaryFolder();
        var traffic = new Traffic(Seed, ballast: 1000);
        await traffic.PrepareAsync(folder.Path);
        await using var server = await ServerRun.StartAsync(folder.Path);
        var running = traffic.RunAsync(server, CancellationToken.None);
        await Task.Delay(500);

        var took = await server.StopAsync();

        await running;
        Assert.Equal(0, server.ExitCode);
        Assert.True(took < TimeSpan.FromSeconds(5), $"It took {took.TotalSeconds} s.");
        await using var next = await ServerRun.StartAsync(folder.Path);
        Assert.Empty(await traffic.CheckAsync(next));
        Assert.True(traffic.Acknowledged > 0, "No write was acknowledged.");
    }
}
