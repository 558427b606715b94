using System.Threading.RateLimiting;
using RedisRateLimiting;

namespace RespKv.Tests.Clients.DotNet;

/// <summary>The limiters of RedisRateLimiting that count in strings and hashes; its sliding window and its limit of concurrent calls are sorted sets.</summary>
public sealed class RateLimitTests(EitherServer servers) : IClassFixture<EitherServer>
{
    [Theory, OnRespKv, OnRedis]
    public async Task A_fixed_window_lets_through_what_is_allowed_over_all_nodes(ServerKind kind)
    {
        var server = await servers.OpenAsync(kind);
        RedisFixedWindowRateLimiter<string> NewLimiter() =>
            new("window", new RedisFixedWindowRateLimiterOptions { ConnectionMultiplexerFactory = () => server.Redis, PermitLimit = 5, Window = TimeSpan.FromMinutes(10) });
        await using var one = NewLimiter();
        await using var two = NewLimiter();

        var leases = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => (i % 2 == 0 ? one : two).AcquireAsync(1).AsTask()));

        Assert.Equal(5, leases.Count(lease => lease.IsAcquired));
        Assert.True(leases.First(lease => !lease.IsAcquired).TryGetMetadata(RateLimitMetadataName.RetryAfter, out var seconds));
        Assert.InRange(seconds, 1, 600);
        Assert.All(await server.KeysAsync("rl:fw:"), key => Assert.InRange(server.Database.KeyTimeToLive(key)!.Value.TotalSeconds, 500, 602));
    }

    [Theory, OnRespKv, OnRedis]
    public async Task A_bucket_gives_its_tokens_and_is_filled_again(ServerKind kind)
    {
        var server = await servers.OpenAsync(kind);
        RedisTokenBucketRateLimiter<string> NewLimiter(string key, TimeSpan period) => new(key, new RedisTokenBucketRateLimiterOptions
        {
            ConnectionMultiplexerFactory = () => server.Redis, TokenLimit = 4, TokensPerPeriod = 4, ReplenishmentPeriod = period,
        });
        await using var slow = NewLimiter("slow", TimeSpan.FromHours(10));
        await using var quick = NewLimiter("quick", TimeSpan.FromMilliseconds(100));
        static async Task<bool> TakeAsync(RateLimiter limiter, int tokens) => (await limiter.AcquireAsync(tokens)).IsAcquired;

        bool[] taken = [await TakeAsync(slow, 3), await TakeAsync(slow, 2), await TakeAsync(slow, 1), await TakeAsync(slow, 1)];
        Assert.Equal([true, false, true, false], taken);
        Assert.True(await TakeAsync(quick, 4));
        await Commands.RunningServer.UntilAsync(() => TakeAsync(quick, 4));
    }
}
