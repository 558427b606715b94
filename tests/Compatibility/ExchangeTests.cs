using RespKv.Tests.Support;

namespace RespKv.Tests.Compatibility;

/// <summary>Runs alone: some exchanges wait for keys to expire, and a busy machine would make the two servers see different times.</summary>
[CollectionDefinition(nameof(ExchangeTests), DisableParallelization = true)]
public sealed class ExchangeCollection;

/// <summary>
/// The differential test: each scenario is played to RespKv and to the installed Redis, and every reply must be the same. Scenarios that need a command which is not served
/// yet are left to <see cref="ExchangeStabilityTests"/>, and take part from the day it is.
/// </summary>
[Collection(nameof(ExchangeTests))]
public sealed class ExchangeTests(RespKvBesideRedis servers) : IClassFixture<RespKvBesideRedis>
{
    public static TheoryData<string, string> Scenarios => Exchanges.NamesServed;

    [PeerTheory]
    [MemberData(nameof(Scenarios))]
    public async Task RespKv_replies_as_Redis_does(string file, string scenario)
    {
        var faults = await servers.PlayAsync(Exchanges.Find(file, scenario));

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
        var faults = await servers.PlayAsync(Exchanges.Find(file, scenario));

        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }
}
