using RespKv.Tests.Support;

namespace RespKv.Tests.Compatibility;

/// <summary>
/// The two servers of a comparison. Started by the first test that asks, so that nothing starts where all tests are skipped; the tests of
/// a class run one after another, so that is safe.
/// </summary>
public abstract class ServerPair : IAsyncLifetime
{
    private Task<ServerProcess>? peer;
    private Task<ServerProcess>? subject;

    internal ServerPair()
    {
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await EndAsync(subject);
        await EndAsync(peer);
    }

    /// <summary>The ports of the peer and of the server under test. One that could not start is not tried again.</summary>
    internal async Task<(int Peer, int Subject)> PortsAsync()
    {
        peer ??= StartRedisAsync();
        subject ??= StartSubjectAsync();
        return ((await peer).Port, (await subject).Port);
    }

    private static async Task EndAsync(Task<ServerProcess>? started)
    {
        if (started is { IsCompletedSuccessfully: true })
            await (await started).DisposeAsync();
    }

    internal abstract Task<ServerProcess> StartSubjectAsync();

    // DEBUG is off by default in Redis 7; the exchanges use its harmless subcommands.
    internal static async Task<ServerProcess> StartRedisAsync() => await RedisServerProcess.StartAsync("--enable-debug-command", "local");
}

/// <summary>RespKv beside Redis.</summary>
public sealed class RespKvBesideRedis : ServerPair
{
    internal override async Task<ServerProcess> StartSubjectAsync() => await RespServerProcess.StartAsync();
}

/// <summary>Redis beside Redis.</summary>
public sealed class RedisBesideRedis : ServerPair
{
    internal override Task<ServerProcess> StartSubjectAsync() => StartRedisAsync();
}
