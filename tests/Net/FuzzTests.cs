using System.Net.Sockets;
using System.Text;
using RespKv.Protocol;
using Xunit.Abstractions;

namespace RespKv.Tests.Net;

/// <summary>Thousands of broken connections beside one that checks what it is told. A failure names its seed.</summary>
public sealed class FuzzTests(HostileServer server, ITestOutputHelper output) : IClassFixture<HostileServer>
{
    private const int Vandals = 8;
    private const int ConnectionsEach = 400;

    private static readonly string[] Words =
    [
        "GET", "SET", "DEL", "INCR", "APPEND", "MGET", "MSET", "PING", "ECHO", "HELLO", "MULTI", "EXEC", "WATCH", "SUBSCRIBE", "CLIENT", "INFO", "SELECT", "SCAN", "KEYS", "QUIT", "RESET",
        "GETRANGE", "SETBIT", "BITCOUNT", "KV.PUT", "KV.LIST", "KV.GETMETA", "EXPIRE", "AUTH", "OBJECT", "COMMAND", "REPLY", "OFF", "SKIP", "LIST", "0", "-1", "3", "k", "k2", "*", "EX", "10", "",
    ];

    [Fact]
    public async Task Broken_and_hostile_streams_harm_nobody_else()
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        using var stop = new CancellationTokenSource();
        var checking = CheckAsync(seed, stop.Token);

        var vandalism = Enumerable.Range(0, Vandals).Select(i => Task.Run(() => VandaliseAsync(new Random(seed + i)))).ToArray();
        await Task.WhenAny(Task.WhenAll(vandalism), checking);
        await stop.CancelAsync();
        Assert.InRange(await checking, 100, int.MaxValue);
        await Task.WhenAll(vandalism);

        await server.AssertSoundAsync();
        await using var observer = await server.ConnectAsync();
        await HostileServer.UntilAsync(async () => (await observer.ExecuteAsync("INFO", "clients")).Text.Contains("connected_clients:1\r\n", StringComparison.Ordinal));
    }

    /// <summary>Writes and reads keys of its own, each reply checked; how many rounds it made.</summary>
    private async Task<int> CheckAsync(int seed, CancellationToken stop)
    {
        var random = new Random(seed);
        await using var client = await server.ConnectAsync();
        await client.ExecuteAsync(["SELECT", 9], CancellationToken.None);
        var rounds = 0;
        for (; !stop.IsCancellationRequested; rounds++)
        {
            var value = new byte[random.Next(random.Next(4) == 0 ? 200_000 : 500)];
            random.NextBytes(value);
            var key = $"checked:{random.Next(50)}";
            byte[] pipeline = [.. RespArgument.Request("SET", key, value), .. RespArgument.Request("GET", key), .. RespArgument.Request("STRLEN", key)];
            await client.SendAsync(pipeline, CancellationToken.None);
            Assert.Equal("OK", (await client.ReadReplyAsync(CancellationToken.None)).Text);
            var stored = await client.ReadReplyAsync(CancellationToken.None);
            Assert.True(stored.Bytes.Span.SequenceEqual(value), $"seed {seed}");
            Assert.Equal(value.Length, (await client.ReadReplyAsync(CancellationToken.None)).Integer);
        }

        return rounds;
    }

    private async Task VandaliseAsync(Random random)
    {
        for (var i = 0; i < ConnectionsEach; i++)
        {
            using var socket = await server.ConnectRawAsync();
            try
            {
                await SendInPiecesAsync(socket, random, random.Next(4) == 0 ? Noise(random) : Mutated(random, Pipeline(random)));
                await LeaveAsync(socket, random);
            }
            catch (SocketException)
            {
                // The server has closed the connection, as it may.
            }
        }
    }

    private static async Task SendInPiecesAsync(Socket socket, Random random, byte[] bytes)
    {
        var pieces = random.Next(1, 5);
        for (var i = 0; i < pieces; i++)
            await socket.SendAsync(bytes.AsMemory(bytes.Length * i / pieces, (bytes.Length * (i + 1) / pieces) - (bytes.Length * i / pieces)));
    }

    private static async Task LeaveAsync(Socket socket, Random random)
    {
        switch (random.Next(4))
        {
            case 0:
                HostileServer.Reset(socket);
                break;
            case 1:
                socket.Shutdown(SocketShutdown.Send);
                var buffer = new byte[64 * 1024];
                using (var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20)))
                {
                    while (await socket.ReceiveAsync(buffer, limit.Token) > 0)
                    {
                        // All that it is told.
                    }
                }

                break;
            case 2:
                await socket.ReceiveAsync(new byte[1], new CancellationTokenSource(5).Token).AsTask().ContinueWith(_ => { }, TaskScheduler.Default);
                break;
            default:
                break;
        }
    }

    private static byte[] Noise(Random random)
    {
        const string favourites = "*$:+-\r\n\r\n\"' 0123456789\\x\0";
        var bytes = new byte[random.Next(1, 3000)];
        random.NextBytes(bytes);
        for (var i = 0; i < bytes.Length; i++)
            bytes[i] = random.Next(3) == 0 ? bytes[i] : (byte)favourites[random.Next(favourites.Length)];
        return bytes;
    }

    private static byte[] Pipeline(Random random)
    {
        var pipeline = new MemoryStream();
        var requests = random.Next(1, 60);
        for (var i = 0; i < requests; i++)
        {
            var words = Enumerable.Range(0, random.Next(1, 6)).Select(n => random.Next(12) == 0 ? Blob(random) : Words[random.Next(Words.Length)]).ToArray();
            pipeline.Write(random.Next(4) == 0
                ? Encoding.Latin1.GetBytes(string.Join(' ', words) + "\r\n")
                : RespArgument.Request([.. words.Select(word => (RespArgument)Encoding.Latin1.GetBytes(word))]));
        }

        return pipeline.ToArray();
    }

    private static string Blob(Random random) => new((char)random.Next(256), random.Next(random.Next(5) == 0 ? 200_000 : 300));

    // A third stays whole; the rest loses, repeats or changes bytes.
    private static byte[] Mutated(Random random, byte[] bytes)
    {
        var mutated = bytes.ToList();
        for (var changes = random.Next(3) == 0 ? 0 : random.Next(1, 6); changes > 0 && mutated.Count > 1; changes--)
        {
            var at = random.Next(mutated.Count);
            var length = Math.Min(random.Next(1, 20), mutated.Count - at);
            switch (random.Next(4))
            {
                case 0:
                    mutated[at] = (byte)random.Next(256);
                    break;
                case 1:
                    mutated.RemoveRange(at, length);
                    break;
                case 2:
                    mutated.InsertRange(at, mutated.GetRange(at, length));
                    break;
                default:
                    mutated.RemoveRange(at, mutated.Count - at);
                    break;
            }
        }

        return [.. mutated];
    }
}
