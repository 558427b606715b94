using System.Globalization;
using RespKv.Protocol;

namespace RespKv.Tests.Commands;

/// <summary>Replies with all fields of large hashes, which are made beside the commands of others, and are of one moment all the same.</summary>
public sealed class LargeHashReplyTests(RunningServer server) : IClassFixture<RunningServer>
{
    private const int Fields = 20_000;
    private const int Replies = 12;

    [Theory]
    [InlineData("HGETALL", 2)]
    [InlineData("HGETALL", 3)]
    [InlineData("HKEYS", 2)]
    [InlineData("HVALS", 3)]
    public async Task All_fields_are_in_it_once(string command, int protocol)
    {
        await using var client = await server.ConnectAsync(protocol);
        var key = $"all:{command}:{protocol}";
        await FillAsync(client, key);

        var reply = await client.ExecuteAsync(command, key);
        var words = reply.Items.Select(item => item.Text).ToList();

        var expected = Enumerable.Range(0, Fields).SelectMany(i => command switch { "HKEYS" => [Field(i)], "HVALS" => ["v" + Field(i)], _ => new[] { Field(i), "v" + Field(i) } });
        Assert.Equal(expected.Order(StringComparer.Ordinal), words.Order(StringComparer.Ordinal));
        Assert.Equal("PONG", (await client.ExecuteAsync("PING")).Text);
    }

    [Fact]
    public async Task It_is_the_hash_of_one_moment_whatever_others_change_meanwhile()
    {
        await using var client = await server.ConnectAsync();
        await FillAsync(client, "moment");
        await client.ExecuteAsync("HSET", "moment", "one", "0", "two", "0", "moved:0", "x");
        using var enough = new CancellationTokenSource();
        var writers = Task.WhenAll(WritePairsAsync("moment", enough.Token), MoveAsync("moment", enough.Token), RewriteAsync("moment", enough.Token));

        var last = 0L;
        for (var i = 0; i < Replies; i++)
        {
            var items = (await client.ExecuteAsync("HGETALL", "moment")).Items;
            var all = Enumerable.Range(0, items.Count / 2).Select(at => (Name: items[2 * at].Text, Value: items[(2 * at) + 1].Text)).ToList();
            var fields = all.ToDictionary(field => field.Name, field => field.Value);
            Assert.Equal(fields.Count, all.Count);
            Assert.Equal(fields["one"], fields["two"]);
            Assert.Single(all, field => field.Name.StartsWith("moved:", StringComparison.Ordinal));
            Assert.Equal(Fields + 3, all.Count);
            var now = long.Parse(fields["one"], CultureInfo.InvariantCulture);
            Assert.True(now >= last, $"{now} after {last}");
            last = now;
        }

        await enough.CancelAsync();
        await writers;
    }

    [Fact]
    public async Task Fields_that_have_ended_are_not_in_it()
    {
        await using var client = await server.ConnectAsync();
        await FillAsync(client, "ended");
        await client.ExecuteAsync(["HPEXPIRE", "ended", "1", "FIELDS", 1000, .. Enumerable.Range(0, 1000).Select(i => (RespArgument)Field(i))], CancellationToken.None);
        await RunningServer.UntilAsync(async () => (await client.ExecuteAsync("HEXISTS", "ended", Field(0))).Integer == 0);

        Assert.Equal(2 * (Fields - 1000), (await client.ExecuteAsync("HGETALL", "ended")).Items.Count);
        Assert.Equal(Fields - 1000, (await client.ExecuteAsync("HKEYS", "ended")).Items.Count);
    }

    [Fact]
    public async Task A_hash_that_goes_meanwhile_is_there_or_not_and_nothing_between()
    {
        await using var client = await server.ConnectAsync();
        await using var other = await server.ConnectAsync();
        for (var i = 0; i < Replies; i++)
        {
            await FillAsync(client, "going");
            var all = client.ExecuteAsync("HGETALL", "going");
            await other.ExecuteAsync("DEL", "going");
            Assert.Contains((await all).Items.Count, new[] { 0, 2 * Fields });
        }

        await FillAsync(client, "going");
        var refused = client.ExecuteAsync("HGETALL", "going");
        await other.ExecuteAsync("SET", "going", "a string");
        Assert.True(await refused is { IsError: true, Text: "WRONGTYPE Operation against a key holding the wrong kind of value" } or { Items.Count: 2 * Fields });
    }

    [Fact]
    public async Task Transactions_and_scripts_have_it_too()
    {
        await using var client = await server.ConnectAsync();
        await FillAsync(client, "within");
        await client.ExecuteAsync("MULTI");
        await client.ExecuteAsync("HGETALL", "within");
        await client.ExecuteAsync("HLEN", "within");

        var both = await client.ExecuteAsync("EXEC");

        Assert.Equal((2 * Fields, Fields), (both[0].Items.Count, both[1].Integer));
        Assert.Equal(2 * Fields, (await client.ExecuteAsync("EVAL", "return #redis.call('HGETALL','within')", 0)).Integer);
    }

    private static string Field(int i) => "field:" + i.ToString(CultureInfo.InvariantCulture);

    private static async Task FillAsync(RespClient client, string key)
    {
        for (var from = 0; from < Fields; from += 1000)
            await client.ExecuteAsync(["HSET", key, .. Enumerable.Range(from, 1000).SelectMany(i => new RespArgument[] { Field(i), "v" + Field(i) })], CancellationToken.None);
    }

    // Both fields have the same number at any moment.
    private Task WritePairsAsync(string key, CancellationToken enough) =>
        UntilEnoughAsync((client, i) => client.ExecuteAsync("HSET", key, "one", i, "two", i), enough);

    // One such field is there at any moment.
    private Task MoveAsync(string key, CancellationToken enough) => UntilEnoughAsync(async (client, i) =>
    {
        await client.ExecuteAsync("MULTI");
        await client.ExecuteAsync("HDEL", key, $"moved:{i - 1}");
        await client.ExecuteAsync("HSET", key, $"moved:{i}", "x");
        await client.ExecuteAsync("EXEC");
    }, enough);

    private Task RewriteAsync(string key, CancellationToken enough) =>
        UntilEnoughAsync((client, i) => client.ExecuteAsync("HSET", key, Field(i % Fields), new string('r', i % 300)), enough);

    private async Task UntilEnoughAsync(Func<RespClient, int, Task> act, CancellationToken enough)
    {
        await using var client = await server.ConnectAsync();
        for (var i = 1; !enough.IsCancellationRequested; i++)
            await act(client, i);
    }
}
