using Medallion.Threading.Redis;
using RedLockNet.SERedis;
using RedLockNet.SERedis.Configuration;
using RespKv.Tests.Commands;

namespace RespKv.Tests.Clients.DotNet;

/// <summary>Locks of DistributedLock.Redis and of RedLock.net: who has one, for how long, and who may give it back. (Reader-writer locks are sets, semaphores sorted sets.)</summary>
public sealed class LockTests(EitherServer servers) : IClassFixture<EitherServer>
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Theory, OnRespKv, OnRedis]
    public async Task A_lock_has_one_owner_until_that_one_releases_it(ServerKind kind)
    {
        var server = await servers.OpenAsync(kind);
        RedisDistributedLock NewLock() => new("lock:one", server.Database, options => options.Expiry(Minute));

        var owner = await NewLock().AcquireAsync();
        Assert.Null(await NewLock().TryAcquireAsync());
        await server.LivesForAsync("lock:one", Minute);
        await owner.DisposeAsync();
        Assert.False(await server.Database.KeyExistsAsync("lock:one"));

        await using var next = await NewLock().TryAcquireAsync();
        Assert.NotNull(next);
    }

    [Theory, OnRespKv, OnRedis]
    public async Task Who_waits_for_a_lock_gets_it_in_turn(ServerKind kind)
    {
        var server = await servers.OpenAsync(kind);
        var inside = 0;

        await Task.WhenAll(Enumerable.Range(0, 5).Select(async _ =>
        {
            var turn = new RedisDistributedLock("lock:turns", server.Database, options => options.BusyWaitSleepTime(TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(10)));
            await using var held = await turn.AcquireAsync(TimeSpan.FromSeconds(30));
            Assert.Equal(1, Interlocked.Increment(ref inside));
            await server.Database.PingAsync();
            Interlocked.Decrement(ref inside);
        }));
    }

    [Theory, OnRespKv, OnRedis]
    public async Task A_lock_that_has_gone_to_another_is_not_released_by_the_last(ServerKind kind)
    {
        var server = await servers.OpenAsync(kind);
        var last = await new RedisDistributedLock("lock:lost", server.Database).AcquireAsync();

        await server.Database.StringSetAsync("lock:lost", "another");
        await last.DisposeAsync();

        Assert.Equal("another", await server.Database.StringGetAsync("lock:lost"));
    }

    [Theory, OnRespKv, OnRedis]
    public async Task A_lock_is_extended_while_it_is_held(ServerKind kind)
    {
        var server = await servers.OpenAsync(kind);
        var extended = new RedisDistributedLock("lock:extended", server.Database, options => options.Expiry(Minute).ExtensionCadence(TimeSpan.FromMilliseconds(20)));
        await using var held = await extended.AcquireAsync();

        await server.Database.KeyExpireAsync("lock:extended", TimeSpan.FromSeconds(20));

        await RunningServer.UntilAsync(async () => await server.Database.KeyTimeToLiveAsync("lock:extended") > TimeSpan.FromSeconds(50));
        Assert.False(held.HandleLostToken.IsCancellationRequested);
    }

    [Theory, OnRespKv, OnRedis]
    public async Task A_redlock_is_had_by_one_extended_and_released(ServerKind kind)
    {
        var server = await servers.OpenAsync(kind);
        using var factory = RedLockFactory.Create([new RedLockMultiplexer(server.Redis)]);

        await using (var first = await factory.CreateLockAsync("red", Minute))
        {
            Assert.True(first.IsAcquired);
            await server.LivesForAsync("redlock:red", Minute);
            await using var second = await factory.CreateLockAsync("red", Minute);
            Assert.False(second.IsAcquired);
            Assert.True(await server.Database.KeyExistsAsync("redlock:red"));
        }

        Assert.False(await server.Database.KeyExistsAsync("redlock:red"));
        await using var third = await factory.CreateLockAsync("red", Minute);
        Assert.True(third.IsAcquired);
    }
}
