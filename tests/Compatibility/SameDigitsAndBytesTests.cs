using System.Globalization;
using System.Text;
using RespKv.Protocol;
using RespKv.Tests.Support;

namespace RespKv.Tests.Compatibility;

/// <summary>What depends on how Redis computes: the digits of INCRBYFLOAT and the bytes of DUMP, on random input beside the installed Redis.</summary>
public sealed class SameDigitsAndBytesTests
{
    private const int Pairs = 4_000;
    private const int Values = 1_500;
    private const int FooterBytes = 10;

    [PeerTheory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task INCRBYFLOAT_gives_the_digits_of_Redis(int seed)
    {
        await using var pair = await TwoServers.StartAsync();
        var random = new Random(seed);
        for (var i = 0; i < Pairs; i++)
        {
            var (value, increment) = (Number(random), Number(random));
            await pair.AskAsync("SET", "k", value);
            var (expected, actual) = await pair.AskAsync("INCRBYFLOAT", "k", increment);
            Assert.True(expected.ToString() == actual.ToString(), $"Seed {seed}: {value} plus {increment} is {expected}, not {actual}.");
        }
    }

    [PeerTheory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_dump_of_either_is_the_other_s_and_restores_there(int seed)
    {
        await using var pair = await TwoServers.StartAsync();
        var random = new Random(seed);
        for (var i = 0; i < Values; i++)
        {
            var value = Value(random);
            await pair.AskAsync("SET", "k", value);
            var (expected, actual) = await pair.AskAsync("DUMP", "k");
            // The footer holds the version of the format, which later versions of Redis write otherwise.
            Assert.True(expected.Bytes.Span[..^FooterBytes].SequenceEqual(actual.Bytes.Span[..^FooterBytes]), $"Seed {seed}, value {i}: {Convert.ToBase64String(value)}");
            var (toRedis, toUs) = (await pair.Redis.ExecuteAsync("RESTORE", "r", "0", actual.Bytes.ToArray(), "REPLACE"), await pair.RespKv.ExecuteAsync("RESTORE", "r", "0", expected.Bytes.ToArray(), "REPLACE"));
            Assert.Equal(("OK", "OK"), (toRedis.ToString(), toUs.ToString()));
            var (there, here) = await pair.AskAsync("GET", "r");
            Assert.True(there.Bytes.Span.SequenceEqual(value) && here.Bytes.Span.SequenceEqual(value), $"Seed {seed}, value {i}: {Convert.ToBase64String(value)}");
        }
    }

    [PeerFact]
    public async Task Large_values_are_dumped_and_restored_while_others_are_served()
    {
        await using var pair = await TwoServers.StartAsync();
        var value = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 2_000_000).Select(i => (char)('a' + (i * i % 7)))));
        await pair.AskAsync("SET", "k", value);

        var (expected, actual) = await pair.AskAsync("DUMP", "k");
        await pair.Redis.ExecuteAsync("RESTORE", "r", "0", actual.Bytes.ToArray());
        await pair.RespKv.ExecuteAsync("RESTORE", "r", "0", expected.Bytes.ToArray());
        var (there, here) = await pair.AskAsync("GET", "r");
        var (busyThere, busyHere) = await pair.AskAsync("RESTORE", "r", "0", actual.Bytes.ToArray());

        Assert.True(there.Bytes.Span.SequenceEqual(value) && here.Bytes.Span.SequenceEqual(value));
        Assert.Equal(busyThere.ToString(), busyHere.ToString());
    }

    private static string Number(Random random)
    {
        var sign = random.Next(3) == 0 ? "-" : "";
        return sign + random.Next(9) switch
        {
            0 => random.NextInt64().ToString(CultureInfo.InvariantCulture),
            1 => $"{random.Next(100_000)}.{Digits(random, random.Next(1, 25))}",
            2 => $"{random.Next(10)}.{Digits(random, random.Next(1, 3))}",
            3 => $"{random.Next(1000)}e{random.Next(-30, 30)}",
            4 => $"{Digits(random, random.Next(15, 30))}.{Digits(random, random.Next(15, 30))}",
            5 => $"0x{random.Next():x}.{random.NextInt64():x}p{random.Next(-90, 40)}",
            6 => $"{random.Next(1, 1000)}e{(random.Next(2) == 0 ? random.Next(4920, 4940) : -random.Next(4935, 4960))}",
            7 => $"{random.Next(1 << 20)}.{new string('0', random.Next(10, 19))}5",
            _ => random.NextDouble().ToString("R", CultureInfo.InvariantCulture),
        };
    }

    private static string Digits(Random random, int count) => string.Concat(Enumerable.Range(0, count).Select(_ => (char)('0' + random.Next(10))));

    private static byte[] Value(Random random)
    {
        var length = (int)Math.Pow(2, random.NextDouble() * 14);
        return random.Next(5) switch
        {
            0 => Encoding.ASCII.GetBytes((random.NextInt64() >> random.Next(63)).ToString(CultureInfo.InvariantCulture)),
            1 => [.. Enumerable.Range(0, length).Select(_ => (byte)random.Next(256))],
            2 => [.. Enumerable.Range(0, length).Select(_ => (byte)random.Next('a', 'd'))],
            3 => [.. Enumerable.Repeat((byte)'x', length)],
            _ => Encoding.ASCII.GetBytes(string.Join(',', Enumerable.Range(0, (length / 24) + 1).Select(_ => $"{{\"id\":{random.Next(1_000_000)},\"name\":\"n{random.Next(40)}\"}}"))),
        };
    }

    /// <summary>A connection to Redis and one to RespKv.</summary>
    private sealed class TwoServers(RedisServerProcess redisProcess, RespServerProcess process, RespClient redis, RespClient respKv) : IAsyncDisposable
    {
        public RespClient Redis { get; } = redis;

        public RespClient RespKv { get; } = respKv;

        public static async Task<TwoServers> StartAsync()
        {
            var redisProcess = await RedisServerProcess.StartAsync();
            var process = await RespServerProcess.StartAsync();
            return new TwoServers(redisProcess, process, await redisProcess.ConnectAsync(), await process.ConnectAsync());
        }

        public async Task<(RespReply Redis, RespReply RespKv)> AskAsync(params RespArgument[] words)
        {
            var theirs = Redis.ExecuteAsync(words);
            return (await theirs, await RespKv.ExecuteAsync(words));
        }

        public async ValueTask DisposeAsync()
        {
            await Redis.DisposeAsync();
            await RespKv.DisposeAsync();
            await process.DisposeAsync();
            await redisProcess.DisposeAsync();
        }
    }
}
