using RespKv.Protocol;
using RespKv.Tests.Support;

namespace RespKv.Tests.Durability;

/// <summary>Hashes, small and large, after the server was killed.</summary>
public sealed class HashDurabilityTests
{
    private static readonly string Filler = new('x', 1000);

    [Fact]
    public async Task Hashes_are_as_they_were_after_a_kill()
    {
        using var folder = new TemporaryFolder();
        string before;
        await using (var server = await StartAsync(folder))
        {
            await using var client = await server.ConnectAsync();
            await MakeHashesAsync(client);
            before = await ShowAsync(client);
            await server.KillAsync();
        }

        await using var again = await StartAsync(folder);
        await using var reader = await again.ConnectAsync();

        Assert.Equal(before, await ShowAsync(reader));
    }

    [Fact]
    public async Task Hashes_are_as_they_were_after_a_checkpoint_more_writes_and_a_kill()
    {
        using var folder = new TemporaryFolder();
        string before;
        await using (var server = await StartAsync(folder))
        {
            await using var client = await server.ConnectAsync();
            await MakeHashesAsync(client);
            Assert.Equal("OK", (await client.ExecuteAsync("SAVE")).Text);
            await client.ExecuteAsync("HSET", "small", "later", "1");
            await client.ExecuteAsync("HSET", "large", "later", "1");
            await client.ExecuteAsync("HDEL", "large", "f1", "f2");
            await client.ExecuteAsync("RENAME", "copy", "moved again");
            await client.ExecuteAsync("HSET", "moved again", "f5", "changed");
            await client.ExecuteAsync("EXPIREAT", "moved again", "4102444800");
            await client.ExecuteAsync("DEL", "renamed");
            await MakeLargeAsync(client, "made later");
            await client.ExecuteAsync("HPEXPIREAT", "made later", "4102444800000", "FIELDS", "1", "f7");
            before = await ShowAsync(client);
            await server.KillAsync();
        }

        await using var again = await StartAsync(folder);
        await using var reader = await again.ConnectAsync();

        Assert.Equal(before, await ShowAsync(reader));
        Assert.Equal(4102444800000, (await reader.ExecuteAsync("HPEXPIRETIME", "made later", "FIELDS", "1", "f7"))[0].Integer);
        Assert.Equal("OK", (await reader.ExecuteAsync("SAVE")).Text);
        Assert.Equal(before, await ShowAsync(reader));
    }

    [Fact]
    public async Task A_hash_whose_last_field_ends_while_the_server_is_down_is_gone()
    {
        using var folder = new TemporaryFolder();
        await using (var server = await StartAsync(folder))
        {
            await using var client = await server.ConnectAsync();
            await MakeLargeAsync(client, "large");
            await client.ExecuteAsync("HSET", "small", "f", "v");
            await client.ExecuteAsync("HPEXPIRE", "small", "200", "FIELDS", "1", "f");
            await client.ExecuteAsync([.. new[] { "HPEXPIRE", "large", "200", "FIELDS", "20" }.Concat(Enumerable.Range(0, 20).Select(i => "f" + i)).Select(word => (RespArgument)word)]);
            await server.KillAsync();
        }

        await using var again = await StartAsync(folder);
        await using var reader = await again.ConnectAsync();

        await Commands.RunningServer.UntilAsync(async () => (await reader.ExecuteAsync("EXISTS", "small", "large")).Integer == 0);
        Assert.Equal(1, (await reader.ExecuteAsync("HSET", "large", "f", "v")).Integer);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Of_many_large_hashes_those_are_left_that_were_not_deleted(bool withCheckpoint)
    {
        const int hashes = 1500;
        using var folder = new TemporaryFolder();
        string before;
        await using (var server = await StartAsync(folder))
        {
            await using var client = await server.ConnectAsync();
            for (var i = 0; i < hashes; i++)
            {
                await client.SendCommandAsync([.. new[] { "HSET", "h" + i }.Concat(Enumerable.Range(0, 10).SelectMany(f => new[] { "f" + f, $"{i} {f} {Filler[..500]}" })).Select(word => (RespArgument)word)]);
                // Nine of ten go again.
                await client.SendCommandAsync("UNLINK", i % 10 == 0 ? "none" : "h" + i);
            }

            for (var i = 0; i < hashes * 2; i++)
                await client.ReadReplyAsync();
            if (withCheckpoint)
                Assert.Equal("OK", (await client.ExecuteAsync("SAVE")).Text);
            before = await ShowAsync(client);
            await server.KillAsync();
        }

        await using var again = await StartAsync(folder);
        await using var reader = await again.ConnectAsync();

        Assert.Equal(before, await ShowAsync(reader));
    }

    [Fact]
    public async Task Large_values_of_fields_stay_and_go_with_their_hash()
    {
        using var folder = new TemporaryFolder();
        string before;
        await using (var server = await StartAsync(folder))
        {
            await using var client = await server.ConnectAsync();
            await client.ExecuteAsync("HSET", "h", "huge", new string('h', 400_000), "other", new string('o', 300_000));
            await client.ExecuteAsync("HSET", "h", "huge", new string('i', 500_000));
            Assert.Equal("ERR hash value is not an integer", (await client.ExecuteAsync("HINCRBY", "h", "huge", "1")).Text);
            Assert.Equal("ERR hash value is not a float", (await client.ExecuteAsync("HINCRBYFLOAT", "h", "huge", "1")).Text);
            await client.ExecuteAsync("HDEL", "h", "other");
            await client.ExecuteAsync("HSET", "gone", "huge", new string('g', 400_000));
            await client.ExecuteAsync("DEL", "gone");
            await client.ExecuteAsync("HSET", "flushed", "huge", new string('f', 400_000));
            await client.ExecuteAsync("MOVE", "flushed", "3");
            await client.ExecuteAsync("SELECT", "3");
            await client.ExecuteAsync("FLUSHDB");
            await client.ExecuteAsync("SELECT", "0");
            before = await ShowAsync(client);
            await server.KillAsync();
        }

        await using var again = await StartAsync(folder);
        await using var reader = await again.ConnectAsync();

        Assert.Equal(before, await ShowAsync(reader));
        Assert.Equal(500_000, (await reader.ExecuteAsync("HSTRLEN", "h", "huge")).Integer);
        Assert.Single(Directory.GetFiles(Path.Combine(folder["data"], "values")));
    }

    private static Task<RespServerProcess> StartAsync(TemporaryFolder folder) => RespServerProcess.StartAsync("--dir", folder["data"]);

    private static async Task MakeHashesAsync(RespClient client)
    {
        await client.ExecuteAsync("HSET", "small", "a", "1", "b", "2");
        await client.ExecuteAsync("HPEXPIREAT", "small", "4102444800000", "FIELDS", "1", "a");
        await MakeLargeAsync(client, "large");
        await client.ExecuteAsync("HINCRBY", "large", "n", "5");
        await client.ExecuteAsync("HSET", "large", "huge", new string('h', 400_000));
        await client.ExecuteAsync("COPY", "large", "copy");
        await client.ExecuteAsync("HSET", "copy", "f3", "changed");
        await MakeLargeAsync(client, "to be renamed");
        await client.ExecuteAsync("RENAME", "to be renamed", "renamed");
        await MakeLargeAsync(client, "deleted");
        await client.ExecuteAsync("DEL", "deleted");
        await MakeLargeAsync(client, "overwritten");
        await client.ExecuteAsync("SET", "overwritten", "v");
    }

    private static async Task MakeLargeAsync(RespClient client, string key)
    {
        for (var i = 0; i < 20; i++)
            await client.ExecuteAsync("HSET", key, "f" + i, i + Filler);
    }

    // All keys with their fields, in the order of their names.
    private static async Task<string> ShowAsync(RespClient client)
    {
        var lines = new List<string>();
        foreach (var key in (await client.ExecuteAsync("KEYS", "*")).Items.Select(item => item.Text).Order(StringComparer.Ordinal))
        {
            var (type, length, all) = (await client.ExecuteAsync("TYPE", key), await client.ExecuteAsync("HLEN", key), await client.ExecuteAsync("HGETALL", key));
            var fields = all.Items.Select(item => item.Text ?? "").Chunk(2).Select(pair => string.Join('=', pair)).Order(StringComparer.Ordinal);
            lines.Add($"{key} {type} {(await client.ExecuteAsync("PEXPIRETIME", key)).Integer} {length}: {string.Join(' ', fields)}");
        }

        return string.Join('\n', lines);
    }
}
