using System.Globalization;
using System.Net;
using RespKv.Differ;
using RespKv.Tests.Support;
using Xunit.Abstractions;

namespace RespKv.Tests.Compatibility;

/// <summary>
/// Random commands to Redis and RespKv, whose replies and data must agree. Here it is seconds with seeds that are always the same;
/// <c>RESPKV_DIFFER_COMMANDS=1000000</c> makes it more, from <c>RESPKV_DIFFER_SEED</c> on, and <c>tools/differ</c> plays on servers that run.
/// </summary>
[Collection(nameof(ExchangeTests))]
public sealed class DifferTests(ITestOutputHelper output)
{
    private const int FaultsMax = 5;

    [PeerFact]
    public async Task Random_commands_have_the_replies_and_the_effects_that_they_have_in_Redis()
    {
        await using var redis = await RedisServerProcess.StartAsync();
        await using var respKv = await RespServerProcess.StartAsync();
        using var contest = new Contest(new IPEndPoint(IPAddress.Loopback, redis.Port), new IPEndPoint(IPAddress.Loopback, respKv.Port));

        var faults = RandomRun.Run(contest, (int)Setting("RESPKV_DIFFER_SEED", 1), Setting("RESPKV_DIFFER_COMMANDS", 20_000), FaultsMax, output.WriteLine);

        Assert.False(respKv.HasExited, respKv.Error);
        Assert.Equal(0, faults);
    }

    /// <summary>Every command, with words missing, too many, unknown, and of the wrong kind; one of so many of them, and all with <c>RESPKV_DIFFER_ONE_OF=1</c>.</summary>
    [PeerFact]
    public async Task Each_mistake_is_told_as_in_Redis()
    {
        await using var redis = await RedisServerProcess.StartAsync();
        await using var respKv = await RespServerProcess.StartAsync();
        using var contest = new Contest(new IPEndPoint(IPAddress.Loopback, redis.Port), new IPEndPoint(IPAddress.Loopback, respKv.Port));

        var faults = MistakeRun.Run(contest, (int)Setting("RESPKV_DIFFER_ONE_OF", 17), output.WriteLine);

        Assert.Equal(0, faults);
    }

    private static long Setting(string name, long otherwise) => long.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : otherwise;
}
