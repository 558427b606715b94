using System.Text;
using RespKv.Protocol;
using RespKv.Tests.Support;

namespace RespKv.Tests.Model;

/// <summary>
/// Connections change the same keys at the same time on the real process, while the log is cleaned and the index grows. Every value says what it belongs to and
/// carries its length and a checksum, so a torn or a foreign value shows wherever it is read.
/// </summary>
public sealed class SoakTests
{
    private const int Writers = 4;
    private const int Rounds = 250;
    private const int CommandsPerRound = 40;
    private const int Families = 150;
    private const int Counters = 20;

    [Theory]
    [InlineData("noeviction", "512mb", 400_000)]
    [InlineData("allkeys-lru", "24mb", 20_000)]
    public async Task No_value_is_torn_or_foreign_whatever_happens_around_it(string policy, string memory, int fillers)
    {
        await using var server = await RespServerProcess.StartAsync("--maxmemory-policy", policy, "--maxmemory", memory);
        var seed = Random.Shared.Next();

        var writing = Enumerable.Range(0, Writers).Select(i => WriteAsync(server, new Random(seed + i), seed)).ToList();
        await Task.WhenAll([.. writing, FillAsync(server, fillers)]);

        var added = 0L;
        foreach (var writer in writing)
            added += await writer;
        await using var client = await server.ConnectAsync();
        await AssertCountersAsync(client, added, mayBeEvicted: policy != "noeviction");
        await AssertCountsAgreeAsync(client);
        await AssertNothingIsLeftAsync(client);
    }

    /// <summary>Plays random commands and checks each value that comes back; returns what was added to counters.</summary>
    private static async Task<long> WriteAsync(RespServerProcess server, Random random, int seed)
    {
        await using var client = await server.ConnectAsync();
        var added = 0L;
        for (var round = 0; round < Rounds; round++)
        {
            var family = new int[CommandsPerRound];
            for (var i = 0; i < CommandsPerRound; i++)
            {
                family[i] = random.Next(Families);
                await client.SendCommandAsync(Command(random, family[i], ref added));
            }

            for (var i = 0; i < CommandsPerRound; i++)
                AssertWhole(await client.ReadReplyAsync(), family[i], seed);
        }

        return added;
    }

    private static RespArgument[] Command(Random random, int family, ref long added)
    {
        var (key, other) = (KeyOf(random, family), KeyOf(random, family));
        switch (random.Next(16))
        {
            case 0:
                return ["DEL", key];
            case 1:
                return ["RENAME", key, other];
            case 2:
                return ["COPY", key, other, "REPLACE"];
            case 3:
                return ["PEXPIRE", key, random.Next(1, 300)];
            case 4:
                return ["PERSIST", key];
            case 5:
                return ["SET", key, SelfDescribing(family, Length(random)), "PX", random.Next(1, 100)];
            case 6:
                return ["SET", key, SelfDescribing(family, Length(random)), "GET"];
            case 7:
                return ["GETDEL", key];
            case 8:
                return ["GETEX", key, "PX", 200];
            case 9:
                added++;
                return ["INCR", "counter:" + random.Next(Counters)];
            case < 13:
                return ["SET", key, SelfDescribing(family, Length(random))];
            default:
                return ["GET", key];
        }
    }

    private static string KeyOf(Random random, int family) => $"family:{family}:{random.Next(3)}";

    private static int Length(Random random) => random.Next(40) switch
    {
        0 => 262_144 + random.Next(-100, 200_000),
        < 4 => random.Next(60_000),
        < 20 => random.Next(3000),
        _ => random.Next(100),
    };

    // Family, length and checksum, then the payload; all in hexadecimal digits of fixed width.
    private static byte[] SelfDescribing(int family, int length)
    {
        var payload = new byte[length];
        new Random(length + family).NextBytes(payload);
        return [.. Encoding.ASCII.GetBytes($"{family:X8}{length:X8}{Checksum(payload):X8}"), .. payload];
    }

    private static uint Checksum(ReadOnlySpan<byte> payload)
    {
        var sum = 2_166_136_261u;
        foreach (var b in payload)
            sum = (sum ^ b) * 16_777_619;
        return sum;
    }

    private static void AssertWhole(RespReply reply, int family, int seed)
    {
        if (reply.Kind != RespReplyKind.BulkString)
        {
            Assert.False(reply.IsError && reply.Text != "ERR no such key" && reply.Text != "ERR source and destination objects are the same", $"seed {seed}: {reply}");
            return;
        }

        var value = reply.Bytes.Span;
        var header = Encoding.ASCII.GetString(value[..24]);
        Assert.Equal($"{family:X8}{value.Length - 24:X8}{Checksum(value[24..]):X8}", header);
    }

    /// <summary>Brings new keys, a thousand at a time.</summary>
    private static async Task FillAsync(RespServerProcess server, int fillers)
    {
        await using var client = await server.ConnectAsync();
        for (var first = 0; first < fillers; first += 1000)
        {
            var request = Enumerable.Range(first, 1000).SelectMany(i => RespArgument.Request("SET", $"filler:{i}", i)).ToArray();
            await client.SendAsync(request);
            for (var i = 0; i < 1000; i++)
                Assert.Equal("OK", (await client.ReadReplyAsync()).Text);
        }
    }

    private static async Task AssertCountersAsync(RespClient client, long added, bool mayBeEvicted)
    {
        var sum = 0L;
        for (var i = 0; i < Counters; i++)
            sum += await client.ExecuteAsync("GET", "counter:" + i) is { IsNull: false } counter ? counter.Integer : 0;
        Assert.InRange(sum, mayBeEvicted ? 0 : added, added);
    }

    /// <summary>DBSIZE, SCAN and INFO count the same keys once those that are due have gone.</summary>
    private static async Task AssertCountsAgreeAsync(RespClient client)
    {
        await Commands.RunningServer.UntilAsync(async () =>
        {
            var size = (await client.ExecuteAsync("DBSIZE")).Integer;
            var info = (await client.ExecuteAsync("INFO", "keyspace")).Text;
            return size == await ScanAsync(client) && info.Contains($"keys={size},", StringComparison.Ordinal) && (await client.ExecuteAsync("DBSIZE")).Integer == size;
        });
    }

    /// <summary>When all keys have been deleted one by one no byte is counted for them.</summary>
    private static async Task AssertNothingIsLeftAsync(RespClient client)
    {
        await client.ExecuteAsync("KV.DELPREFIX", "");
        // Those whose time is up are not deleted but reclaimed, which takes a moment.
        await Commands.RunningServer.UntilAsync(async () => (await client.ExecuteAsync("DBSIZE")).Integer == 0);
        var info = (await client.ExecuteAsync("INFO", "respkv")).Text;
        Assert.Contains("\r\nlog_live_bytes:0\r\n", info);
        Assert.Contains("\r\nlarge_value_bytes:0\r\n", info);
    }

    private static async Task<long> ScanAsync(RespClient client)
    {
        var found = new HashSet<string>();
        var cursor = "0";
        do
        {
            var reply = await client.ExecuteAsync("SCAN", cursor, "COUNT", 5000);
            cursor = reply[0].Text;
            found.UnionWith(reply[1].Items.Select(key => key.Text));
        }
        while (cursor != "0");
        return found.Count;
    }
}
