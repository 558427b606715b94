using System.Globalization;
using RespKv.Protocol;
using RespKv.Tests.Support;

namespace RespKv.Tests.Model;

/// <summary>Keys that come and go without end leave neither the log nor the process growing.</summary>
public sealed class ChurnTests
{
    private const int Laps = 12;
    private const long LogBytesMax = 64L << 20;

    // What an empty server takes, the log, and pages that are dead but not collected.
    private const long ResidentBytesMax = 400L << 20;

    private static readonly byte[] Large = new byte[20_000];

    [Fact]
    public Task New_keys_with_a_short_life() => ChurnAsync((lap, i) => ["SET", $"{lap}:{i}", Large, "PX", 20]);

    [Fact]
    public Task New_keys_that_are_deleted() => ChurnAsync((lap, i) => i % 2 == 0 ? ["SET", $"{lap}:{i}", Large] : ["DEL", $"{lap}:{i - 1}"]);

    [Fact]
    public Task The_same_keys_set_and_deleted() => ChurnAsync((_, i) => i % 2 == 0 ? ["SET", "k" + (i % 50), Large] : ["DEL", "k" + ((i - 1) % 50)]);

    [Fact]
    public Task Values_that_grow_and_shrink() => ChurnAsync((_, i) => ["SET", "k" + (i % 50), new byte[i * 4 % 200_000]]);

    [Fact]
    public Task Large_values_over_and_over() => ChurnAsync((_, i) => i % 40 == 0 ? ["SET", "k" + (i % 3), new byte[300_000 + (i * 50)]] : ["GET", "none"]);

    [Fact]
    public Task Databases_that_are_flushed() => ChurnAsync((_, i) => i % 500 == 499 ? ["FLUSHDB"] : ["SET", "k" + i, Large]);

    [Fact]
    public Task Namespaces_that_are_dropped() => ChurnAsync((lap, i) => (i % 100) switch
    {
        0 => ["KV.USE", $"space {lap} {i}"],
        99 => ["KV.DROP", $"space {lap} {i - 99}"],
        _ => ["SET", "k" + i, Large],
    });

    /// <summary>Each lap sends 3,000 commands, about 60 MB.</summary>
    private static async Task ChurnAsync(Func<int, int, RespArgument[]> command)
    {
        await using var server = await RespServerProcess.StartAsync("--maxmemory-policy", "noeviction");
        await using var client = await server.ConnectAsync();
        for (var lap = 0; lap < Laps; lap++)
            await RunAsync(client, lap, command);

        await Commands.RunningServer.UntilAsync(async () => await FigureAsync(client, "respkv", "log_total_bytes") < LogBytesMax);
        await Commands.RunningServer.UntilAsync(async () => await FigureAsync(client, "memory", "used_memory_rss") < ResidentBytesMax);
    }

    private static async Task RunAsync(RespClient client, int lap, Func<int, int, RespArgument[]> command)
    {
        for (var first = 0; first < 3000; first += 100)
        {
            await client.SendAsync(Enumerable.Range(first, 100).SelectMany(i => RespArgument.Request(command(lap, i))).ToArray());
            for (var i = 0; i < 100; i++)
                Assert.False((await client.ReadReplyAsync()).IsError);
        }
    }

    private static async Task<long> FigureAsync(RespClient client, string section, string field)
    {
        var info = (await client.ExecuteAsync("INFO", section)).Text;
        var line = info.Split("\r\n").First(line => line.StartsWith(field + ':', StringComparison.Ordinal));
        return long.Parse(line[(field.Length + 1)..], CultureInfo.InvariantCulture);
    }
}
