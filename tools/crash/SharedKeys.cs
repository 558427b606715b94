using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using RespKv.Protocol;

namespace RespKv.Crash;

/// <summary>
/// Keys of database 0 that several clients write and others read: counters, registers and pairs of one writer each, whose numbers only rise, and chains, where each write is told the value
/// that it replaces. After a crash none may be behind what any client was told.
/// </summary>
internal sealed class SharedKeys
{
    private const int Counters = 3;
    private const int Chains = 3;

    // For each rising key, the numbers that clients have been told, with the moment.
    private readonly ConcurrentDictionary<string, ConcurrentQueue<(long At, long Number)>> told = new();
    private readonly ConcurrentDictionary<string, long> most = new();

    // For each chain, by the value that was replaced, the one that replaced it, and when that was acknowledged.
    private readonly ConcurrentDictionary<string, ConcurrentDictionary<string, (string Next, long At)>> replaced = new();

    // For each chain: when a value was sent, acknowledged, and first read by somebody.
    private readonly ConcurrentDictionary<(string Key, string Value), Times> values = new();
    private readonly ConcurrentDictionary<(string Key, string Value), byte> earlier = new();
    private readonly ConcurrentBag<string> faults = [];
    private int run;

    private sealed class Times
    {
        public long Sent;
        public long Acknowledged = long.MaxValue;
        public long Seen = long.MaxValue;
    }

    /// <summary>Writes until the connection breaks.</summary>
    public Task WriteAsync(ServerRun server, int number, int seed, CancellationToken enough) => UntilBrokenAsync(server, seed, async (client, random, sequence) =>
    {
        switch (random.Next(4))
        {
            case 0:
                var counter = "counter:" + Digits(random.Next(Counters));
                most.AddOrUpdate(counter, 1, (_, sent) => sent + 1);
                Tell(counter, (await client.ExecuteAsync("INCR", counter).ConfigureAwait(false)).Integer);
                break;
            case 1:
                var register = "register:" + Digits(number);
                most[register] = sequence;
                await ServerState.ExpectAsync(client, "OK", "SET", register, sequence).ConfigureAwait(false);
                Tell(register, sequence);
                break;
            case 2:
                var pair = "pair:" + Digits(number);
                most[pair] = sequence;
                await ServerState.ExpectAsync(client, "OK", "MSET", pair + ":a", sequence, pair + ":b", sequence).ConfigureAwait(false);
                Tell(pair, sequence);
                break;
            default:
                await WriteChainAsync(client, "chain:" + Digits(random.Next(Chains)), $"{number}.{run}.{sequence}").ConfigureAwait(false);
                break;
        }
    }, enough);

    /// <summary>Reads until the connection breaks.</summary>
    public Task ReadAsync(ServerRun server, int writers, int seed, CancellationToken enough) => UntilBrokenAsync(server, seed, async (client, random, _) =>
    {
        switch (random.Next(4))
        {
            case 0:
                await TellAsync(client, "counter:" + Digits(random.Next(Counters))).ConfigureAwait(false);
                break;
            case 1:
                await TellAsync(client, "register:" + Digits(random.Next(writers))).ConfigureAwait(false);
                break;
            case 2:
                await ReadPairAsync(client, "pair:" + Digits(random.Next(writers))).ConfigureAwait(false);
                break;
            default:
                var chain = "chain:" + Digits(random.Next(Chains));
                if (await client.ExecuteAsync("GET", chain).ConfigureAwait(false) is { IsNull: false } value && values.TryGetValue((chain, value.Text), out var times))
                    times.Seen = Math.Min(times.Seen, Stopwatch.GetTimestamp());
                break;
        }
    }, enough);

    /// <summary>Looks at what the server has after a crash; what clients were told before <paramref name="cutoff"/> must not be undone.</summary>
    public async Task<List<string>> CheckAsync(RespClient client, long cutoff, int writers)
    {
        await ServerState.ExpectAsync(client, "OK", "SELECT", 0).ConfigureAwait(false);
        for (var i = 0; i < Counters; i++)
            await CheckRisingAsync(client, "counter:" + Digits(i), "counter:" + Digits(i), cutoff).ConfigureAwait(false);
        for (var i = 0; i < writers; i++)
        {
            await CheckRisingAsync(client, "register:" + Digits(i), "register:" + Digits(i), cutoff).ConfigureAwait(false);
            await CheckRisingAsync(client, "pair:" + Digits(i), "pair:" + Digits(i) + ":a", cutoff).ConfigureAwait(false);
            await ReadPairAsync(client, "pair:" + Digits(i)).ConfigureAwait(false);
        }

        for (var i = 0; i < Chains; i++)
            await CheckChainAsync(client, "chain:" + Digits(i), cutoff).ConfigureAwait(false);
        var found = faults.ToList();
        faults.Clear();
        told.Clear();
        replaced.Clear();
        values.Clear();
        run++;
        return found;
    }

    private static string Digits(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static async Task UntilBrokenAsync(ServerRun server, int seed, Func<RespClient, Random, long, Task> act, CancellationToken enough)
    {
        var random = new Random(seed);
        try
        {
            await using var client = await server.ConnectAsync().ConfigureAwait(false);
            client.Timeout = TimeSpan.FromSeconds(30);
            // Rises over the runs as well.
            for (var sequence = Stopwatch.GetTimestamp(); !enough.IsCancellationRequested; sequence++)
                await act(client, random, sequence).ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or System.Net.Sockets.SocketException or ObjectDisposedException)
        {
            // Killed, as planned.
        }
    }

    private async Task WriteChainAsync(RespClient client, string key, string value)
    {
        var times = values[(key, value)] = new Times { Sent = Stopwatch.GetTimestamp() };
        earlier[(key, value)] = 0;
        var before = await client.ExecuteAsync("SET", key, value, "GET").ConfigureAwait(false);
        times.Acknowledged = Stopwatch.GetTimestamp();
        var links = replaced.GetOrAdd(key, _ => new());
        if (!before.IsNull && !links.TryAdd(before.Text, (value, times.Acknowledged)))
            faults.Add($"{key}: {value} and {links[before.Text].Next} were both told that they replaced {before.Text}");
    }

    private async Task TellAsync(RespClient client, string key)
    {
        var value = await client.ExecuteAsync("GET", key).ConfigureAwait(false);
        if (!value.IsNull)
            Tell(key, value.Integer);
    }

    private void Tell(string key, long number) => told.GetOrAdd(key, _ => new()).Enqueue((Stopwatch.GetTimestamp(), number));

    private async Task ReadPairAsync(RespClient client, string pair)
    {
        var both = await client.ExecuteAsync("MGET", pair + ":a", pair + ":b").ConfigureAwait(false);
        if (both[0].ToString() != both[1].ToString())
            faults.Add($"{pair} is {both}");
        else if (!both[0].IsNull)
            Tell(pair, both[0].Integer);
    }

    private async Task CheckRisingAsync(RespClient client, string name, string key, long cutoff)
    {
        var value = await client.ExecuteAsync("GET", key).ConfigureAwait(false);
        var number = value.IsNull ? 0 : value.Integer;
        var least = told.TryGetValue(name, out var all) ? all.Where(each => each.At <= cutoff).Select(each => each.Number).DefaultIfEmpty().Max() : 0;
        if (number < least)
            faults.Add($"{key} is {number}, and a client had been told {least}");
        if (number > most.GetValueOrDefault(name))
            faults.Add($"{key} is {number}, and no more than {most.GetValueOrDefault(name)} was ever sent");
        if (name.StartsWith("counter", StringComparison.Ordinal))
            most[name] = number;
    }

    private async Task CheckChainAsync(RespClient client, string key, long cutoff)
    {
        var value = (await client.ExecuteAsync("GET", key).ConfigureAwait(false)) is { IsNull: false } reply ? reply.Text : "";
        if (value.Length > 0 && !earlier.ContainsKey((key, value)))
            faults.Add($"{key} is {value}, which nobody has sent");
        if (replaced.TryGetValue(key, out var links) && links.TryGetValue(value, out var next) && next.At <= cutoff)
            faults.Add($"{key} is {value}, and {next.Next} had been acknowledged to have replaced it");
        var acknowledged = values.TryGetValue((key, value), out var own) ? own.Acknowledged : 0;
        foreach (var ((_, other), times) in values.Where(each => each.Key.Key == key && each.Key.Value != value))
        {
            var known = Math.Min(times.Acknowledged, times.Seen);
            if (known < long.MaxValue && known <= cutoff && times.Sent > acknowledged)
                faults.Add($"{key} is {value}, and {other}, which is newer, had been acknowledged or read");
        }
    }
}
