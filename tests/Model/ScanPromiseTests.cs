using RespKv.Protocol;
using RespKv.Tests.Support;

namespace RespKv.Tests.Model;

/// <summary>SCAN returns every key that is there from beginning to end, whatever other connections do meanwhile.</summary>
public sealed class ScanPromiseTests
{
    private const int Lasting = 2000;
    private const long CursorMax = 1L << 53;

    [Theory]
    [InlineData("lasting:*", false)]
    [InlineData("lasting:*", true)]
    [InlineData("*", false)]
    public async Task Every_key_that_stays_is_returned(string pattern, bool isOrdered)
    {
        await using var server = await RespServerProcess.StartAsync("--maxmemory-policy", "noeviction");
        await using var client = await server.ConnectAsync();
        await using var other = await server.ConnectAsync();
        await SendAsync(client, Enumerable.Range(0, Lasting).Select(i => new RespArgument[] { "SET", $"lasting:{i}", i }));
        if (isOrdered)
            await client.ExecuteAsync("KV.LIST", "LIMIT", 1);
        using var isOver = new CancellationTokenSource();
        var changing = new[] { ComeAndGoAsync(server, "a", isOver.Token), ComeAndGoAsync(server, "b", isOver.Token), OverwriteAsync(server, isOver.Token) };

        // Each page is asked for by another connection, with another count.
        for (var round = 0; round < 6; round++)
        {
            var found = new HashSet<string>();
            var cursor = 0L;
            var calls = 0;
            do
            {
                var reply = await (calls % 2 == 0 ? client : other).ExecuteAsync("SCAN", cursor, "MATCH", pattern, "COUNT", 1 + (calls++ * 37 % 400), "TYPE", "string");
                cursor = reply[0].Integer;
                Assert.InRange(cursor, 0, CursorMax - 1);
                found.UnionWith(reply[1].Items.Select(key => key.Text));
            }
            while (cursor != 0);
            Assert.Equal(Lasting, found.Count(key => key.StartsWith("lasting:", StringComparison.Ordinal)));
        }

        await isOver.CancelAsync();
        await Task.WhenAll(changing);
    }

    /// <summary>Brings thousands of keys, some with a short life, and takes them away again, so that the directory grows and shrinks.</summary>
    private static async Task ComeAndGoAsync(RespServerProcess server, string name, CancellationToken isOver)
    {
        await using var client = await server.ConnectAsync();
        while (!isOver.IsCancellationRequested)
        {
            await SendAsync(client, Enumerable.Range(0, 10_000).Select(i => i % 3 == 0 ? new RespArgument[] { "SET", $"{name}:{i}", i, "PX", 5 } : ["SET", $"{name}:{i}", i]));
            await SendAsync(client, Enumerable.Range(0, 10_000).Select(i => new RespArgument[] { "DEL", $"{name}:{i}" }));
        }
    }

    private static async Task OverwriteAsync(RespServerProcess server, CancellationToken isOver)
    {
        await using var client = await server.ConnectAsync();
        for (var lap = 0; !isOver.IsCancellationRequested; lap++)
            await SendAsync(client, Enumerable.Range(0, Lasting).Select(i => new RespArgument[] { "SET", $"lasting:{i}", new byte[(i + (lap * 13)) % 300] }));
    }

    private static async Task SendAsync(RespClient client, IEnumerable<RespArgument[]> commands)
    {
        foreach (var chunk in commands.Chunk(500))
        {
            await client.SendAsync(chunk.SelectMany(command => RespArgument.Request(command)).ToArray());
            for (var i = 0; i < chunk.Length; i++)
                Assert.False((await client.ReadReplyAsync()).IsError);
        }
    }
}
