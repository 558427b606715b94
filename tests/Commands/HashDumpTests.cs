using RespKv.Protocol;
using RespKv.Tests.Support;

namespace RespKv.Tests.Commands;

/// <summary>Hashes go from RespKv to Redis and back by DUMP and RESTORE.</summary>
public sealed class HashDumpTests(RunningServer server) : IClassFixture<RunningServer>
{
    private static readonly string[] Words =
        ["HSET", "h", "a", "1", "b", "hello", "", "empty", "n", "-5", "i", "5000", "j", "-70000", "k", "8388608", "l", "2147483648", "m", "-9223372036854775808", "p", new('p', 64)];

    public static TheoryData<string[]> Hashes => new(
        ["f", "v"],
        Words[2..],
        [.. Words[2..], "long", new string('x', 100)],
        [.. Enumerable.Range(0, 1000).SelectMany(i => new[] { "field:" + i, "value " + i })],
        [.. Enumerable.Range(0, 20).SelectMany(i => new[] { "f" + i, new string((char)('a' + i), 5000) })]);

    [PeerTheory]
    [MemberData(nameof(Hashes))]
    public async Task A_hash_is_the_same_after_a_journey_to_Redis_and_back(string[] fields)
    {
        await using var redis = await RedisServerProcess.StartAsync();
        await using var there = await redis.ConnectAsync();
        await using var here = await server.ConnectAsync();
        var key = "journey:" + fields.Length;
        await here.ExecuteAsync([.. new[] { "HSET", key }.Concat(fields).Select(word => (RespArgument)word)]);
        var before = await ShowAsync(here, key);

        var dump = await here.ExecuteAsync("DUMP", key);
        Assert.Equal("OK", (await there.ExecuteAsync("RESTORE", "h", "0", dump.Bytes.ToArray())).Text);
        Assert.Equal(before, await ShowAsync(there, "h"));
        var back = await there.ExecuteAsync("DUMP", "h");
        Assert.Equal("OK", (await here.ExecuteAsync("RESTORE", key, "0", back.Bytes.ToArray(), "REPLACE")).Text);

        Assert.Equal(before, await ShowAsync(here, key));
    }

    [Fact]
    public async Task Times_of_fields_are_kept_and_fields_that_have_ended_are_left_out()
    {
        await using var client = await server.ConnectAsync();
        await client.ExecuteAsync("HSET", "timed", "a", "1", "b", "2", "c", "3");
        await client.ExecuteAsync("HPEXPIREAT", "timed", "4102444800123", "FIELDS", "1", "a");
        await client.ExecuteAsync("HPEXPIREAT", "timed", "4202444800123", "FIELDS", "1", "b");

        var dump = await client.ExecuteAsync("DUMP", "timed");
        Assert.Equal("OK", (await client.ExecuteAsync("RESTORE", "restored", "0", dump.Bytes.ToArray())).Text);

        var times = await client.ExecuteAsync("HPEXPIRETIME", "restored", "FIELDS", "3", "a", "b", "c");
        Assert.Equal([4102444800123, 4202444800123, -1], times.Items.Select(item => item.Integer));
    }

    // Made by hand after the format of 7.4: type 25, the earliest time, and a listpack of a, 1, 4102444800123, b, 2, 0.
    [Fact]
    public async Task A_listpack_with_times_is_read()
    {
        byte[] elements = [0x81, (byte)'a', 2, 1, 1, 0xF4, .. BitConverter.GetBytes(4102444800123), 9, 0x81, (byte)'b', 2, 2, 1, 0, 1, 0xFF];
        byte[] pack = [.. BitConverter.GetBytes(6 + elements.Length), 6, 0, .. elements];
        byte[] payload = [25, .. BitConverter.GetBytes(4102444800123), (byte)pack.Length, .. pack, .. new byte[Server.Kv.DumpPayload.FooterBytes]];
        Server.Kv.DumpPayload.Sign(payload, Server.Kv.DumpPayload.VersionMax);
        await using var client = await server.ConnectAsync();

        Assert.Equal("OK", (await client.ExecuteAsync("RESTORE", "packed", "0", payload)).Text);

        Assert.Equal(["a=1", "b=2"], await ShowAsync(client, "packed"));
        Assert.Equal([4102444800123, -1], (await client.ExecuteAsync("HPEXPIRETIME", "packed", "FIELDS", "2", "a", "b")).Items.Select(item => item.Integer));
    }

    [Theory]
    [InlineData(new byte[] { 4 })]
    [InlineData(new byte[] { 4, 0 })]
    [InlineData(new byte[] { 4, 2, 1, (byte)'a', 1, (byte)'b' })]
    [InlineData(new byte[] { 4, 2, 1, (byte)'a', 1, (byte)'b', 1, (byte)'a', 1, (byte)'c' })]
    [InlineData(new byte[] { 4, 0x81, 255, 255, 255, 255, 255, 255, 255, 255 })]
    [InlineData(new byte[] { 16, 3, 1, 2, 3 })]
    [InlineData(new byte[] { 16, 10, 10, 0, 0, 0, 1, 0, 0x81, (byte)'a', 2, 0xFF })]
    [InlineData(new byte[] { 16, 13, 13, 0, 0, 0, 2, 0, 0x81, (byte)'a', 2, 0xF0, 255, 255, 0xFF })]
    [InlineData(new byte[] { 24, 1, 2, 3 })]
    public async Task What_is_damaged_is_refused(byte[] body)
    {
        byte[] payload = [.. body, .. new byte[Server.Kv.DumpPayload.FooterBytes]];
        Server.Kv.DumpPayload.Sign(payload);
        await using var client = await server.ConnectAsync();

        Assert.Equal("ERR Bad data format", (await client.ExecuteAsync("RESTORE", "damaged", "0", payload)).Text);
        Assert.Equal(0, (await client.ExecuteAsync("EXISTS", "damaged")).Integer);
    }

    private static async Task<string[]> ShowAsync(RespClient client, string key) =>
        [.. (await client.ExecuteAsync("HGETALL", key)).Items.Select(item => item.Text).Chunk(2).Select(pair => string.Join('=', pair)).Order(StringComparer.Ordinal)];
}
