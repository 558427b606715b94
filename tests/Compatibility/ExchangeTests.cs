using RespKv.Tests.Support;

namespace RespKv.Tests.Compatibility;

/// <summary>The differential test: each scenario is played to RespKv and to the installed Redis, and every reply must be the same.</summary>
[Collection(nameof(ExchangeTests))]
public sealed class ExchangeTests(RespKvBesideRedis servers) : IClassFixture<RespKvBesideRedis>
{
    public static TheoryData<string, string> Scenarios => Exchanges.Names;

    [PeerTheory]
    [MemberData(nameof(Scenarios))]
    public async Task RespKv_replies_as_Redis_does(string file, string scenario)
    {
        var (peer, subject) = await servers.PortsAsync();
        var faults = await new ExchangeRunner(peer, subject, IntendedDifferences.All).RunAsync(Exchanges.Find(file, scenario));
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }
}

/// <summary>Shows that the exchanges ask for nothing that differs from run to run: Redis must agree with itself.</summary>
[Collection(nameof(ExchangeTests))]
public sealed class ExchangeStabilityTests(RedisBesideRedis servers) : IClassFixture<RedisBesideRedis>
{
    public static TheoryData<string, string> Scenarios => Exchanges.Names;

    [PeerTheory]
    [MemberData(nameof(Scenarios))]
    public async Task Redis_replies_as_another_Redis_does(string file, string scenario)
    {
        var (peer, subject) = await servers.PortsAsync();
        var faults = await new ExchangeRunner(peer, subject, []) { IsSubjectNewer = false }.RunAsync(Exchanges.Find(file, scenario));
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }
}
