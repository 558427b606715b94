using RespKv.Protocol;

namespace RespKv.Tests.Model;

/// <summary>Several connections on one large hash at the same time.</summary>
public sealed class HashRaceTests
{
    private const int Connections = 6;
    private const int Rounds = 300;

    // Long enough for no hash of ten to be kept in its key's record.
    private static readonly string Filler = new('x', 5000);

    [Fact]
    public async Task Increments_of_a_field_of_a_large_hash_add_up()
    {
        await using var server = await InProcessServer.StartAsync();
        await using var first = await server.ConnectAsync();
        await FillAsync(first, "h");

        await OnEachAsync(server, async (client, _) =>
        {
            for (var i = 0; i < Rounds; i++)
                await client.ExecuteAsync("HINCRBY", "h", "n", "1");
        });

        Assert.Equal((Connections * Rounds).ToString(System.Globalization.CultureInfo.InvariantCulture), (await first.ExecuteAsync("HGET", "h", "n")).Text);
    }

    [Fact]
    public async Task Fields_of_several_writers_all_stay_while_the_hash_becomes_large()
    {
        await using var server = await InProcessServer.StartAsync();
        await using var first = await server.ConnectAsync();

        await OnEachAsync(server, async (client, number) =>
        {
            for (var i = 0; i < Rounds; i++)
                Assert.Equal(1, (await client.ExecuteAsync("HSET", "h", $"{number}:{i}", "v")).Integer);
        });

        Assert.Equal(Connections * Rounds, (await first.ExecuteAsync("HLEN", "h")).Integer);
    }

    [Fact]
    public async Task Whatever_becomes_of_large_hashes_at_the_same_time_nothing_of_them_is_left_when_their_keys_are_gone()
    {
        await using var server = await InProcessServer.StartAsync();
        await using var last = await server.ConnectAsync();

        await OnEachAsync(server, async (client, number) =>
        {
            for (var i = 0; i < Rounds; i++)
            {
                var key = "h" + (i % 2);
                await FillAsync(client, key);
                await client.ExecuteAsync("HSET", key, "f" + number, Filler);
                await client.ExecuteAsync("HDEL", key, "f" + ((number + 1) % Connections));
                await client.ExecuteAsync((i + number) % 3 == 0 ? ["RENAME", key, "other"] : (i + number) % 3 == 1 ? ["SET", key, "v"] : ["DEL", key]);
                await client.ExecuteAsync("DEL", "other", "h0", "h1");
            }
        });
        await last.ExecuteAsync("DEL", "h0", "h1", "other");

        Assert.Equal((0, 0, 0), (server.Store.KeyCount, server.Store.FieldCount, server.Store.LiveBytes));
    }

    [Fact]
    public async Task A_reader_of_several_fields_sees_all_of_a_write_of_them_or_nothing()
    {
        await using var server = await InProcessServer.StartAsync();
        await using var writer = await server.ConnectAsync();
        await using var reader = await server.ConnectAsync();
        await FillAsync(writer, "h");
        await writer.ExecuteAsync("HSET", "h", "a", "0", "b", "0");

        var writing = Task.Run(async () =>
        {
            for (var i = 1; i <= Rounds; i++)
                await writer.ExecuteAsync("HSET", "h", "a", i.ToString(System.Globalization.CultureInfo.InvariantCulture), "b", i.ToString(System.Globalization.CultureInfo.InvariantCulture));
        });
        var torn = 0;
        while (!writing.IsCompleted)
        {
            var both = await reader.ExecuteAsync("HMGET", "h", "a", "b");
            torn += both[0].Text == both[1].Text ? 0 : 1;
        }

        await writing;
        Assert.Equal(0, torn);
    }

    private static async Task FillAsync(RespClient client, string key)
    {
        var words = new List<RespArgument> { "HSET", key };
        for (var i = 0; i < 10; i++)
            words.AddRange(["filler" + i, Filler]);
        await client.ExecuteAsync([.. words]);
    }

    private static Task OnEachAsync(InProcessServer server, Func<RespClient, int, Task> work) =>
        Task.WhenAll(Enumerable.Range(0, Connections).Select(number => Task.Run(async () =>
        {
            await using var client = await server.ConnectAsync();
            await work(client, number);
        })));
}
