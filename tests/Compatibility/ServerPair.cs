using RespKv.Tests.Support;

namespace RespKv.Tests.Compatibility;

/// <summary>
/// The two servers of a comparison. Started by the first test that asks, so that nothing starts where all tests are skipped; one that
/// could not start is not tried again. The tests of a class run one after another, so nothing here is locked.
/// </summary>
public abstract class ServerPair : IAsyncLifetime
{
    private Task<ServerProcess>? peer;
    private Task<ServerProcess>? subject;

    internal ServerPair()
    {
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => StopAsync();

    /// <summary>Plays a scenario; returns what is wrong, one message each.</summary>
    internal async Task<IReadOnlyList<string>> PlayAsync(ExchangeScenario scenario)
    {
        peer ??= StartRedisAsync();
        subject ??= StartSubjectAsync();
        var (reference, tested) = (await peer, await subject);
        var isClean = false;
        try
        {
            var faults = await Runner(reference.Port, tested.Port, await VersionAsync(reference)).RunAsync(scenario);
            isClean = faults.Count == 0;
            return tested.HasExited ? [.. faults, $"The server ended with {tested.ExitCode}.\n{tested.Error}"] : faults;
        }
        finally
        {
            // A scenario that went wrong may have left a password, a paused server or none behind; the next one gets new servers.
            if (!isClean)
                await StopAsync();
        }
    }

    internal abstract ExchangeRunner Runner(int peerPort, int subjectPort, Version peerVersion);

    internal abstract Task<ServerProcess> StartSubjectAsync();

    // DEBUG is off by default in Redis 7; the exchanges use its harmless subcommands.
    internal static async Task<ServerProcess> StartRedisAsync() => await RedisServerProcess.StartAsync("--enable-debug-command", "local");

    private static async Task<Version> VersionAsync(ServerProcess server)
    {
        await using var client = await server.ConnectAsync();
        var info = (await client.ExecuteAsync("INFO", "server")).Text;
        var line = info.Split("\r\n").First(text => text.StartsWith("redis_version:", StringComparison.Ordinal));
        return Version.Parse(line["redis_version:".Length..]);
    }

    private async Task StopAsync()
    {
        await EndAsync(subject);
        await EndAsync(peer);
        subject = peer = null;
    }

    private static async Task EndAsync(Task<ServerProcess>? started)
    {
        if (started is { IsCompletedSuccessfully: true })
            await (await started).DisposeAsync();
    }
}

/// <summary>RespKv beside Redis.</summary>
public sealed class RespKvBesideRedis : ServerPair
{
    internal override ExchangeRunner Runner(int peerPort, int subjectPort, Version peerVersion) =>
        new(peerPort, subjectPort, IntendedDifferences.All) { PeerVersion = peerVersion };

    internal override async Task<ServerProcess> StartSubjectAsync() => await RespServerProcess.StartAsync();
}

/// <summary>Redis beside Redis.</summary>
public sealed class RedisBesideRedis : ServerPair
{
    internal override ExchangeRunner Runner(int peerPort, int subjectPort, Version peerVersion) =>
        new(peerPort, subjectPort, []) { PeerVersion = peerVersion, SubjectVersion = peerVersion };

    internal override Task<ServerProcess> StartSubjectAsync() => StartRedisAsync();
}
