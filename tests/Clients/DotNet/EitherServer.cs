using System.Reflection;
using RespKv.Tests.Support;
using StackExchange.Redis;
using Xunit.Sdk;

namespace RespKv.Tests.Clients.DotNet;

/// <summary>What a scenario is played on.</summary>
public enum ServerKind
{
    /// <summary>The server of this project.</summary>
    RespKv,

    /// <summary>The installed <c>redis-server</c>, which shows that a scenario asks for nothing that Redis does not do.</summary>
    Redis,
}

/// <summary>
/// RespKv and Redis for the tests of a class, each started by the first test that asks. The tests of a class run one after another, so
/// nothing here is locked; each uses keys and channels of its own.
/// </summary>
public sealed class EitherServer : IAsyncLifetime
{
    private readonly Dictionary<ServerKind, OpenServer> opened = [];

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var server in opened.Values)
            await server.DisposeAsync();
    }

    internal async Task<OpenServer> OpenAsync(ServerKind kind)
    {
        if (!opened.TryGetValue(kind, out var server))
        {
            ServerProcess process = kind == ServerKind.Redis ? await RedisServerProcess.StartAsync() : await RespServerProcess.StartAsync();
            opened[kind] = server = new OpenServer(process, await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{process.Port},allowAdmin=true"));
        }

        return server;
    }
}

/// <summary>A server that runs, and a connection by which a test looks at what a framework has left there.</summary>
internal sealed class OpenServer(ServerProcess process, ConnectionMultiplexer redis) : IAsyncDisposable
{
    /// <summary>Host and port.</summary>
    public string Address { get; } = $"127.0.0.1:{process.Port}";

    public ConnectionMultiplexer Redis { get; } = redis;

    public IDatabase Database { get; } = redis.GetDatabase();

    /// <summary>The names of the keys that begin so.</summary>
    public async Task<string[]> KeysAsync(string prefix)
    {
        var keys = new List<string>();
        await foreach (var key in Redis.GetServers()[0].KeysAsync(pattern: prefix + "*"))
            keys.Add(key.ToString());
        return [.. keys];
    }

    /// <summary>Fails unless a key goes within a time, and not before nine tenths of it.</summary>
    public async Task LivesForAsync(string key, TimeSpan time)
    {
        var left = await Database.KeyTimeToLiveAsync(key);
        Assert.True(left is not null, $"{key} has no expiry.");
        Assert.InRange(left.Value, time * 0.9, time);
    }

    public async ValueTask DisposeAsync()
    {
        await Redis.DisposeAsync();
        await process.DisposeAsync();
    }
}

/// <summary>Plays a scenario on RespKv.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class OnRespKvAttribute : DataAttribute
{
    public override IEnumerable<object[]> GetData(MethodInfo testMethod) => [[ServerKind.RespKv]];
}

/// <summary>Plays a scenario on Redis; skipped by name where that is missing, unless <see cref="Peers.RequireVariable"/> is 1.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class OnRedisAttribute : DataAttribute
{
    public OnRedisAttribute() => Skip = Peers.SkipReason(RedisServerProcess.Program);

    public override IEnumerable<object[]> GetData(MethodInfo testMethod) => [[ServerKind.Redis]];
}
