using System.Collections.Concurrent;
using System.Globalization;
using RespKv.Protocol;

namespace RespKv.Crash;

/// <summary>Clients that compete for a lock, a chain and a counter, as strings and as fields of hashes, as fast as they can; replies that contradict each other show at once, or in the end.</summary>
internal sealed class Contest
{
    private readonly ConcurrentBag<string> wrong = [];
    private readonly ConcurrentDictionary<string, string> replaced = new();
    private long counted;
    private long mostCounted;
    private long rounds;

    /// <summary>Rounds of all clients.</summary>
    public long Rounds => Interlocked.Read(ref rounds);

    /// <summary>Competes until it is enough.</summary>
    public async Task RunAsync(ServerRun server, int number, Func<bool> isEnough)
    {
        await using var client = await server.ConnectAsync().ConfigureAwait(false);
        client.Timeout = TimeSpan.FromSeconds(60);
        for (var i = 0; !isEnough(); i++)
        {
            var mine = string.Create(CultureInfo.InvariantCulture, $"{number}.{i}");
            await LockAsync(client, mine, ["SETNX", "contest:lock", mine], ["GET", "contest:lock"], ["DEL", "contest:lock"]).ConfigureAwait(false);
            await LockAsync(client, mine, ["HSETNX", "contest:hash", "lock", mine], ["HGET", "contest:hash", "lock"], ["HDEL", "contest:hash", "lock"]).ConfigureAwait(false);
            await ReplaceAsync(client, mine).ConfigureAwait(false);
            Count((await client.ExecuteAsync("INCR", "contest:counter").ConfigureAwait(false)).Integer);
            Interlocked.Increment(ref rounds);
        }
    }

    /// <summary>What was wrong.</summary>
    public async Task<List<string>> CheckAsync(RespClient client)
    {
        var counter = await client.ExecuteAsync("GET", "contest:counter").ConfigureAwait(false);
        if (Rounds > 0 && (counter.IsNull || counter.Integer != counted || mostCounted != counted))
            wrong.Add($"{counted} INCRs were answered, {mostCounted} was the highest reply, and the counter is {counter}");
        // Each value but the last has been replaced by one other: the chain has as many links as there were rounds.
        if (replaced.Count != Rounds)
            wrong.Add($"{Rounds} values were put in the chain, and {replaced.Count} replaced another");
        return [.. wrong];
    }

    private async Task LockAsync(RespClient client, string mine, RespArgument[] take, RespArgument[] look, RespArgument[] free)
    {
        if ((await client.ExecuteAsync(take).ConfigureAwait(false)).Integer != 1)
            return;
        var owner = (await client.ExecuteAsync(look).ConfigureAwait(false)).ToString();
        if (owner != $"\"{mine}\"")
            wrong.Add($"{mine} has the lock, and it holds {owner}");
        var freed = (await client.ExecuteAsync(free).ConfigureAwait(false)).ToString();
        if (freed != "1")
            wrong.Add($"{mine} had the lock, and its deletion replied {freed}");
    }

    private async Task ReplaceAsync(RespClient client, string mine)
    {
        var before = await client.ExecuteAsync("GETSET", "contest:chain", mine).ConfigureAwait(false);
        if (!replaced.TryAdd(before.IsNull ? "" : before.Text, mine))
            wrong.Add($"two clients were told that they replaced {before}");
    }

    private void Count(long reply)
    {
        Interlocked.Increment(ref counted);
        for (var seen = Volatile.Read(ref mostCounted); seen < reply;)
            seen = Interlocked.CompareExchange(ref mostCounted, reply, seen) is var now && now == seen ? reply : now;
    }
}
