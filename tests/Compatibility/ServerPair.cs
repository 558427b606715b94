using RespKv.Tests.Support;

namespace RespKv.Tests.Compatibility;

/// <summary>
/// The two servers of a comparison. Started by the first test that asks, so that nothing starts where all tests are skipped; the tests of
/// a class run one after another, so that is safe.
/// </summary>
public abstract class ServerPair : IAsyncLifetime
{
    private ServerProcess? peer;
    private ServerProcess? subject;

    internal ServerPair()
    {
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (subject is not null)
            await subject.DisposeAsync();
        if (peer is not null)
            await peer.DisposeAsync();
    }

    /// <summary>The ports of the peer and of the server under test.</summary>
    internal async Task<(int Peer, int Subject)> PortsAsync()
    {
        peer ??= await StartRedisAsync();
        subject ??= await StartSubjectAsync();
        return (peer.Port, subject.Port);
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
