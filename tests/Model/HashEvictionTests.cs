using RespKv.Protocol;
using RespKv.Tests.Support;

namespace RespKv.Tests.Model;

/// <summary>Large hashes where memory is short.</summary>
public sealed class HashEvictionTests
{
    private const int Hashes = 200;
    private const int Fields = 300;
    private static readonly string Value = new('v', 500);

    [Fact]
    public async Task A_hash_is_evicted_with_all_of_its_fields_or_not_at_all()
    {
        await using var server = await RespServerProcess.StartAsync("--maxmemory", "24mb", "--maxmemory-policy", "allkeys-lru");
        await using var client = await server.ConnectAsync();
        for (var i = 0; i < Hashes; i++)
        {
            var words = new List<RespArgument> { "HSET", "h" + i };
            for (var field = 0; field < Fields; field++)
                words.AddRange(["field:" + field, Value]);
            Assert.False((await client.ExecuteAsync([.. words])).IsError);
        }

        var lengths = new List<long>();
        for (var i = 0; i < Hashes; i++)
            lengths.Add((await client.ExecuteAsync("HLEN", "h" + i)).Integer);

        Assert.All(lengths, length => Assert.Contains(length, new long[] { 0, Fields }));
        Assert.Contains(0, lengths);
        Assert.Contains(Fields, lengths);
    }
}
