using RespKv.Crash;
using RespKv.Tests.Support;

namespace RespKv.Tests.Durability;

public sealed class PowerCutTests
{
    private const int Seed = 20261126;

    [RootTheory]
    [InlineData("always", 5)]
    [InlineData("everysec", 2)]
    public async Task A_power_cut_takes_no_more_than_was_promised(string fsync, int cuts)
    {
        using var work = new TemporaryFolder();

        var result = await PowerCuts.RunAsync(work.Path, cuts, Seed, fsync, _ => { });

        Assert.Empty(result.Faults);
        Assert.True(result.Traffic.Acknowledged > 0, "No write was acknowledged.");
    }
}
