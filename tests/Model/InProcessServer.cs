using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using RespKv.Protocol;
using RespKv.Server;
using RespKv.Server.Storage;

namespace RespKv.Tests.Model;

/// <summary>A whole server in this process, on a port of its own, with a clock that the test moves.</summary>
internal sealed class InProcessServer : IAsyncDisposable
{
    private readonly RespServer server;

    private InProcessServer(RespServer server, FakeTimeProvider clock)
    {
        this.server = server;
        Clock = clock;
    }

    public FakeTimeProvider Clock { get; }

    public RespKv.Server.Storage.Faster.FasterStore Store => server.State.Store;

    public long NowMs => Clock.GetUtcNow().ToUnixTimeMilliseconds();

    public static async Task<InProcessServer> StartAsync()
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        var settings = new ServerSettings { Port = 0, Bind = ["127.0.0.1"] };
        settings.Store.Policy = EvictionPolicy.NoEviction;
        return new InProcessServer(await RespServer.StartAsync(settings, clock, NullLogger.Instance), clock);
    }

    public Task<RespClient> ConnectAsync() => RespClient.ConnectAsync("127.0.0.1", server.Port);

    public ValueTask DisposeAsync() => server.DisposeAsync();
}
