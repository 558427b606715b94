using RespKv.Protocol;
using RespKv.Tests.Support;

namespace RespKv.Tests.Durability;

/// <summary>A large hash that memory has no room for.</summary>
public sealed class HashSpillTests
{
    private const int Fields = 60_000;
    private const int FieldsPerCall = 500;

    [Fact]
    public async Task Fields_that_are_on_the_disk_are_read_changed_and_listed()
    {
        using var folder = new TemporaryFolder();
        await using var server = await RespServerProcess.StartAsync("--dir", folder["data"], "--maxmemory", "32mb");
        await using var client = await server.ConnectAsync();
        for (var i = 0; i < Fields; i += FieldsPerCall)
            Assert.Equal(FieldsPerCall, (await client.ExecuteAsync([.. new[] { "HSET", "h" }.Concat(Enumerable.Range(i, FieldsPerCall).SelectMany(n => new[] { "f" + n, Value(n) })).Select(word => (RespArgument)word)])).Integer);

        // The first ones have been written to the disk since.
        for (var i = 0; i < Fields; i += 300)
            Assert.Equal(Value(i), (await client.ExecuteAsync("HGET", "h", "f" + i)).Text);
        Assert.Equal([Value(7), Value(8)], (await client.ExecuteAsync("HMGET", "h", "f7", "f8")).Items.Select(item => item.Text));
        Assert.Equal(0, (await client.ExecuteAsync("HSET", "h", "f1", "changed", "f2", "changed")).Integer);
        Assert.Equal(1, (await client.ExecuteAsync("HDEL", "h", "f3")).Integer);
        Assert.Equal(Fields - 1, (await client.ExecuteAsync("HLEN", "h")).Integer);
        Assert.Equal("changed", (await client.ExecuteAsync("HGET", "h", "f1")).Text);
        Assert.Equal(4, (await client.ExecuteAsync("HRANDFIELD", "h", "2", "WITHVALUES")).Items.Count);

        var all = await client.ExecuteAsync("HGETALL", "h");
        Assert.Equal(Fields - 1, all.Items.Chunk(2).Count(pair => pair[1].Text is "changed" || pair[1].Text == Value(int.Parse(pair[0].Text![1..], System.Globalization.CultureInfo.InvariantCulture))));
        Assert.Equal(Fields - 1, await ScanAsync(client));
    }

    private static string Value(int number) => string.Concat(Enumerable.Repeat(number + ":", 150));

    private static async Task<int> ScanAsync(RespClient client)
    {
        var (count, cursor) = (0, "0");
        do
        {
            var page = await client.ExecuteAsync("HSCAN", "h", cursor, "COUNT", "1000");
            (count, cursor) = (count + (page[1].Items.Count / 2), page[0].Text!);
        }
        while (cursor != "0");
        return count;
    }
}
