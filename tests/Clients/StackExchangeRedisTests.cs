using RespKv.Tests.Commands;
using StackExchange.Redis;

namespace RespKv.Tests.Clients;

/// <summary>The tour of StackExchange.Redis over RESP2.</summary>
public sealed class StackExchangeRedisByResp2Tests(RunningServer server) : StackExchangeRedisTests(server, RedisProtocol.Resp2), IClassFixture<RunningServer>;

/// <summary>The tour of StackExchange.Redis over RESP3.</summary>
public sealed class StackExchangeRedisByResp3Tests(RunningServer server) : StackExchangeRedisTests(server, RedisProtocol.Resp3), IClassFixture<RunningServer>;

/// <summary>A tour of StackExchange.Redis: what .NET programs do with it, each test with keys, channels or a database of its own.</summary>
public abstract partial class StackExchangeRedisTests(RunningServer server, RedisProtocol protocol) : IAsyncLifetime
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private ConnectionMultiplexer redis = null!;
    private IDatabase database = null!;

    private IServer Server => redis.GetServers().Single();

    public async Task InitializeAsync()
    {
        redis = await ConnectAsync(server.Port);
        database = redis.GetDatabase();
    }

    public async Task DisposeAsync() => await redis.DisposeAsync();

    private Task<ConnectionMultiplexer> ConnectAsync(int port, Action<ConfigurationOptions>? configure = null)
    {
        var options = new ConfigurationOptions { EndPoints = { { "127.0.0.1", port } }, Protocol = protocol, AllowAdmin = true, AsyncTimeout = 20_000, SyncTimeout = 20_000 };
        configure?.Invoke(options);
        return ConnectionMultiplexer.ConnectAsync(options);
    }

    [Fact]
    public async Task It_takes_the_server_for_a_master_of_Redis_7_4_and_speaks_the_protocol_asked_for()
    {
        Assert.Equal(ServerType.Standalone, Server.ServerType);
        Assert.Equal(new Version(7, 4, 0), Server.Version);
        Assert.False(Server.IsReplica);
        Assert.Equal(16, Server.DatabaseCount);
        Assert.Equal(protocol, Server.Protocol);
        Assert.True(await database.PingAsync() > TimeSpan.Zero);
    }

    [Fact]
    public async Task A_string_is_set_got_and_deleted()
    {
        Assert.True(await database.StringSetAsync("string", "value"));
        Assert.Equal("value", await database.StringGetAsync("string"));
        Assert.Equal(RedisType.String, await database.KeyTypeAsync("string"));
        Assert.True(await database.KeyDeleteAsync("string"));
        Assert.False(await database.KeyDeleteAsync("string"));
        Assert.True((await database.StringGetAsync("string")).IsNull);
    }

    [Fact]
    public async Task When_decides_whether_a_string_is_set()
    {
        Assert.False(await database.StringSetAsync("when", "a", when: When.Exists));
        Assert.True(await database.StringSetAsync("when", "b", when: When.NotExists));
        Assert.False(await database.StringSetAsync("when", "c", when: When.NotExists));
        Assert.True(await database.StringSetAsync("when", "d", when: When.Exists));
        Assert.True(await database.StringSetAsync("when", "e", Minute, when: When.Exists));
        Assert.False(await database.StringSetAsync("when", "f", Minute, when: When.NotExists));
        Assert.True(await database.StringSetAsync("when", "g", when: When.Always));

        Assert.Equal("g", await database.StringGetAsync("when"));
        Assert.Null(await database.KeyTimeToLiveAsync("when"));
    }

    [Fact]
    public async Task Set_and_get_gives_the_value_before()
    {
        Assert.True((await database.StringSetAndGetAsync("before", "a", Minute)).IsNull);
        Assert.Equal("a", await database.StringSetAndGetAsync("before", "b", expiry: null, keepTtl: true));
        Assert.InRange((await database.KeyTimeToLiveAsync("before"))!.Value, TimeSpan.FromSeconds(50), Minute);
        Assert.Equal("b", await database.StringSetAndGetAsync("before", "c", when: When.NotExists));
        Assert.Equal("b", await database.StringGetSetAsync("before", "d"));
    }

    [Fact]
    public async Task A_value_comes_with_its_expiry()
    {
        await database.StringSetAsync("with:expiry", "value", Minute);
        await database.StringSetAsync("without:expiry", "value");

        var found = await database.StringGetWithExpiryAsync("with:expiry");

        Assert.Equal("value", found.Value);
        Assert.InRange(found.Expiry!.Value, TimeSpan.FromSeconds(50), Minute);
        Assert.Null((await database.StringGetWithExpiryAsync("without:expiry")).Expiry);
        Assert.True((await database.StringGetWithExpiryAsync("none")).Value.IsNull);
    }

    [Fact]
    public async Task An_expiry_is_set_kept_moved_and_taken_off()
    {
        var at = DateTime.UtcNow.AddHours(1);
        await database.StringSetAsync("expiry", "value", TimeSpan.FromMilliseconds(61_500));
        Assert.InRange((await database.KeyTimeToLiveAsync("expiry"))!.Value, TimeSpan.FromSeconds(51), TimeSpan.FromSeconds(62));

        Assert.True(await database.StringSetAsync("expiry", "other", expiry: null, keepTtl: true));
        Assert.NotNull(await database.KeyTimeToLiveAsync("expiry"));
        Assert.True(await database.KeyExpireAsync("expiry", at));
        Assert.Equal(at, (await database.KeyExpireTimeAsync("expiry"))!.Value, TimeSpan.FromMilliseconds(1));
        Assert.False(await database.KeyExpireAsync("expiry", Minute, ExpireWhen.GreaterThanCurrentExpiry));
        Assert.True(await database.KeyExpireAsync("expiry", Minute, ExpireWhen.LessThanCurrentExpiry));
        Assert.False(await database.KeyExpireAsync("expiry", Minute, ExpireWhen.HasNoExpiry));
        Assert.Equal("other", await database.StringGetSetExpiryAsync("expiry", at));
        Assert.True(await database.KeyPersistAsync("expiry"));
        Assert.Null(await database.KeyTimeToLiveAsync("expiry"));
        Assert.False(await database.KeyExpireAsync("none", Minute));
    }

    [Fact]
    public async Task A_key_is_gone_after_its_time()
    {
        await database.StringSetAsync("brief", "value", TimeSpan.FromMilliseconds(20));

        await RunningServer.UntilAsync(async () => (await database.StringGetAsync("brief")).IsNull);

        Assert.False(await database.KeyExistsAsync("brief"));
    }

    [Fact]
    public async Task Numbers_are_counted_up_and_down()
    {
        Assert.Equal(1, await database.StringIncrementAsync("number"));
        Assert.Equal(42, await database.StringIncrementAsync("number", 41));
        Assert.Equal(40, await database.StringDecrementAsync("number", 2));
        Assert.Equal(40.5, await database.StringIncrementAsync("number", 0.5));
        Assert.Equal("ERR value is not an integer or out of range", (await Assert.ThrowsAsync<RedisServerException>(() => database.StringIncrementAsync("number"))).Message);
    }

    [Fact]
    public async Task Parts_and_bits_of_a_value_are_changed()
    {
        await database.StringSetAsync("parts", "Hello");
        Assert.Equal(11, await database.StringAppendAsync("parts", " World"));
        Assert.Equal("World", await database.StringGetRangeAsync("parts", 6, -1));
        Assert.Equal(11, await database.StringSetRangeAsync("parts", 6, "Redis"));
        Assert.Equal(11, await database.StringLengthAsync("parts"));
        Assert.Equal("Hello Redis", await database.StringLongestCommonSubsequenceAsync("parts", "parts"));

        Assert.False(await database.StringSetBitAsync("bits", 7, true));
        Assert.True(await database.StringGetBitAsync("bits", 7));
        Assert.Equal(1, await database.StringBitCountAsync("bits"));
        Assert.Equal(1, await database.StringBitOperationAsync(Bitwise.Not, "bits:not", "bits"));
        Assert.Equal(7, await database.StringBitPositionAsync("bits:not", false));
    }

    [Fact]
    public async Task Several_strings_are_set_and_got_at_once()
    {
        Assert.True(await database.StringSetAsync([new("several:1", "a"), new("several:2", "b")]));
        Assert.False(await database.StringSetAsync([new("several:2", "x"), new("several:3", "y")], When.NotExists));

        Assert.Equal(["a", RedisValue.Null, "b"], await database.StringGetAsync(["several:1", "several:3", "several:2"]));
        Assert.Equal(2, await database.KeyExistsAsync(["several:1", "several:2", "several:3"]));
        Assert.Equal(2, await database.KeyDeleteAsync(["several:1", "several:2", "several:3"]));
    }

    [Fact]
    public async Task Keys_and_values_are_any_bytes()
    {
        byte[] everything = [.. Enumerable.Range(0, 256).Select(i => (byte)i)];

        await database.StringSetAsync(everything, everything);

        Assert.Equal(everything, (byte[]?)await database.StringGetDeleteAsync(everything));
        Assert.False(await database.KeyExistsAsync(everything));
    }

    [Fact]
    public async Task Values_of_a_megabyte_come_back_whole_when_many_are_on_the_way()
    {
        var values = Enumerable.Range(0, 20).Select(i => RandomBytes(seed: i, length: 1 << 20)).ToArray();
        await Task.WhenAll(values.Select((value, i) => database.StringSetAsync($"megabyte:{i}", value)));

        var found = await Task.WhenAll(values.Select((_, i) => database.StringGetAsync($"megabyte:{i}")));

        Assert.Equal(values, found.Select(value => (byte[]?)value));
    }

    [Fact]
    public async Task A_lease_holds_a_value()
    {
        await database.StringSetAsync("lease", "leased");

        using var lease = await database.StringGetLeaseAsync("lease");

        Assert.Equal("leased", lease!.DecodeString());
    }

    [Fact]
    public async Task A_hundred_thousand_commands_in_one_pipeline_are_all_answered()
    {
        var sets = Enumerable.Range(0, 100_000).Select(i => database.StringSetAsync($"pipeline:{i % 1000}", i)).ToArray();
        var increments = Enumerable.Range(0, 100_000).Select(_ => database.StringIncrementAsync("pipeline:count")).ToArray();

        Assert.DoesNotContain(false, await Task.WhenAll(sets));
        Assert.Equal(Enumerable.Range(1, 100_000).Select(i => (long)i), await Task.WhenAll(increments));
    }

    [Fact]
    public async Task A_batch_is_sent_at_once()
    {
        var batch = database.CreateBatch();
        var (set, got, count) = (batch.StringSetAsync("batch", "1"), batch.StringGetAsync("batch"), batch.StringIncrementAsync("batch"));

        batch.Execute();

        Assert.True(await set);
        Assert.Equal("1", await got);
        Assert.Equal(2, await count);
    }

    [Fact]
    public async Task Fire_and_forget_is_done_before_what_follows()
    {
        await database.StringSetAsync("forgotten", "done", flags: CommandFlags.FireAndForget);

        Assert.Equal("done", await database.StringGetAsync("forgotten"));
    }

    private static byte[] RandomBytes(int seed, int length)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
