using System.Globalization;
using RespKv.Tests.Support;
using StackExchange.Redis;

namespace RespKv.Tests.Clients;

/// <summary>Keys at large, databases, the server itself, passwords, and commands that are ours.</summary>
public abstract partial class StackExchangeRedisTests
{
    [Fact]
    public async Task Keys_are_listed_page_by_page()
    {
        var names = Enumerable.Range(0, 3000).Select(i => $"list:{i}").ToArray();
        await Task.WhenAll(names.Select(name => redis.GetDatabase(1).StringSetAsync(name, "x")));

        var all = Server.Keys(1, pageSize: 100).ToArray();
        var some = Server.Keys(1, "list:29??").ToArray();

        Assert.Equal(names.Order(StringComparer.Ordinal), all.Select(key => key.ToString()).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(100, some.Distinct().Count());
        Assert.Equal(3000, await Server.DatabaseSizeAsync(1));
        Assert.StartsWith("list:", (await redis.GetDatabase(1).KeyRandomAsync()).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_database_has_keys_of_its_own()
    {
        await redis.GetDatabase(2).StringSetAsync("database", "two");
        await redis.GetDatabase(3).StringSetAsync("database", "three");

        Assert.Equal("two", await redis.GetDatabase(2).StringGetAsync("database"));
        await Server.FlushDatabaseAsync(2);

        Assert.Equal(0, await Server.DatabaseSizeAsync(2));
        Assert.Equal("three", await redis.GetDatabase(3).StringGetAsync("database"));
        await Assert.ThrowsAsync<RedisCommandException>(() => redis.GetDatabase(99).StringGetAsync("database"));
    }

    [Fact]
    public async Task Databases_are_swapped_and_keys_are_moved()
    {
        await redis.GetDatabase(4).StringSetAsync("swapped", "four");

        await Server.SwapDatabasesAsync(4, 5);

        Assert.Equal("four", await redis.GetDatabase(5).StringGetAsync("swapped"));
        Assert.True(await redis.GetDatabase(5).KeyMoveAsync("swapped", 6));
        Assert.True(await redis.GetDatabase(6).KeyExistsAsync("swapped"));
    }

    [Fact]
    public async Task Keys_are_renamed_copied_and_touched()
    {
        await database.StringSetAsync("name", "1", Minute);

        Assert.True(await database.KeyRenameAsync("name", "name:new"));
        Assert.True(await database.KeyCopyAsync("name:new", "name:copy"));
        Assert.False(await database.KeyRenameAsync("name:new", "name:copy", When.NotExists));
        Assert.NotNull(await database.KeyTimeToLiveAsync("name:copy"));
        Assert.True(await database.KeyTouchAsync("name:copy"));
        Assert.Equal("int", await database.KeyEncodingAsync("name:copy"));
        Assert.NotNull(await database.KeyIdleTimeAsync("name:copy"));
        Assert.Equal("ERR no such key", (await Assert.ThrowsAsync<RedisServerException>(() => database.KeyRenameAsync("none", "name"))).Message);
    }

    [Fact]
    public async Task A_key_is_dumped_and_restored()
    {
        await database.StringSetAsync("dumped", "value");
        var dump = await database.KeyDumpAsync("dumped");

        await database.KeyRestoreAsync("restored", dump!, Minute);

        Assert.Equal("value", await database.StringGetAsync("restored"));
        Assert.NotNull(await database.KeyTimeToLiveAsync("restored"));
        await Assert.ThrowsAsync<RedisServerException>(() => database.KeyRestoreAsync("restored", dump!));
        Assert.Null(await database.KeyDumpAsync("none"));
    }

    [Fact]
    public async Task Information_comes_in_sections()
    {
        var information = (await Server.InfoAsync()).ToDictionary(section => section.Key, section => section.ToDictionary(field => field.Key, field => field.Value));

        Assert.Equal("standalone", information["Server"]["redis_mode"]);
        Assert.Equal("master", information["Replication"]["role"]);
        Assert.Equal(server.Port.ToString(CultureInfo.InvariantCulture), information["Server"]["tcp_port"]);
        Assert.True(long.Parse(information["Memory"]["used_memory"], CultureInfo.InvariantCulture) > 0);
        Assert.Equal("Clients", Assert.Single(await Server.InfoAsync("clients")).Key);
    }

    [Fact]
    public async Task Parameters_are_read_and_set()
    {
        Assert.Equal("16", Assert.Single(await Server.ConfigGetAsync("databases")).Value);

        await Server.ConfigSetAsync("slowlog-max-len", 77);

        Assert.Equal("77", Assert.Single(await Server.ConfigGetAsync("slowlog-max-len")).Value);
        await Server.ConfigResetStatisticsAsync();
        Assert.Equal(DateTime.UtcNow, await Server.TimeAsync(), TimeSpan.FromMinutes(1));
        Assert.Equal("ERR Unknown option or number of arguments for CONFIG SET - 'nosuch'", (await Assert.ThrowsAsync<RedisServerException>(() => Server.ConfigSetAsync("nosuch", 1))).Message);
    }

    [Fact]
    public async Task Operators_see_memory_slow_calls_latency_and_clients()
    {
        Assert.False((await Server.MemoryStatsAsync()).IsNull);
        Assert.NotEmpty((await Server.MemoryDoctorAsync()));
        Assert.NotNull(await Server.SlowlogGetAsync());
        Assert.NotNull(await Server.LatencyLatestAsync());
        Assert.NotEmpty((await Server.LatencyDoctorAsync()));
        Assert.IsType<Role.Master>(await Server.RoleAsync());
        Assert.Contains(await Server.ClientListAsync(), client => client.LibraryName == "SE.Redis" && client.Protocol == protocol);
        Assert.True(await Server.CommandCountAsync() > 100);
        Assert.Equal(["key"], await Server.CommandGetKeysAsync(["SET", "key", "value"]));
        Assert.Contains("get", await Server.CommandListAsync());
    }

    [Fact]
    public async Task Our_own_commands_are_executed_by_name()
    {
        Assert.Equal("OK", (string?)await database.ExecuteAsync("KV.PUT", "kv", "value", "META", "{\"a\":1}", "EX", "60"));

        var entry = (await database.ExecuteAsync("KV.GETMETA", "kv")).ToDictionary();

        Assert.Equal("value", (string?)entry["value"]);
        Assert.Equal("{\"a\":1}", (string?)entry["metadata"]);
        Assert.InRange((long)entry["expiration"], DateTimeOffset.UtcNow.ToUnixTimeSeconds(), DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 60);
        Assert.True((long)entry["version"] > 0);
        var page = (await database.ExecuteAsync("KV.LIST", "PREFIX", "kv", "LIMIT", "10")).ToDictionary();
        Assert.Equal("kv", (string?)((RedisResult[])page["keys"]!).Single().ToDictionary()["name"]);
    }

    [Fact]
    public async Task A_command_that_is_unknown_says_so() =>
        Assert.Equal(
            "ERR unknown command 'NOSUCH', with args beginning with: 'a' ",
            (await Assert.ThrowsAsync<RedisServerException>(() => database.ExecuteAsync("NOSUCH", "a"))).Message);

    [Fact]
    public async Task A_password_opens_the_server_and_a_wrong_one_does_not()
    {
        await using var guarded = await RespServerProcess.StartAsync("--requirepass", "secret");

        await using var client = await ConnectAsync(guarded.Port, options => (options.Password, options.ClientName, options.DefaultDatabase) = ("secret", "opened", 7));
        await using var named = await ConnectAsync(guarded.Port, options => (options.User, options.Password) = ("default", "secret"));
        var refusal = await Assert.ThrowsAsync<RedisConnectionException>(() => ConnectAsync(guarded.Port, options => (options.Password, options.ConnectRetry) = ("wrong", 1)));

        Assert.True(await client.GetDatabase().StringSetAsync("key", "value"));
        Assert.Equal("value", await named.GetDatabase(7).StringGetAsync("key"));
        Assert.Contains(await client.GetServers()[0].ClientListAsync(), c => c.Name == "opened" && c.Database == 7);
        Assert.Contains("WRONGPASS", refusal.ToString(), StringComparison.Ordinal);
    }
}
