using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using RespKv.Crash;
using RespKv.Protocol;
using RespKv.Tests.Support;

namespace RespKv.Tests.Durability;

/// <summary>Replies to clients that compete for keys, while one checkpoint after the other is made.</summary>
public sealed class CompetingClientsTests
{
    private const int Clients = 4;
    private const int Seed = 20261128;

    [Fact]
    public async Task Locks_chains_and_counters_give_no_wrong_reply_while_checkpoints_are_made()
    {
        using var folder = new TemporaryFolder();
        await using var server = await RespServerProcess.StartAsync("--dir", folder["data"], "--appendfsync", "everysec");
        const int rounds = 400;
        var chain = new ConcurrentBag<(string Before, string After)>();
        var counts = new ConcurrentBag<long>();
        var wrong = new ConcurrentBag<string>();

        await WhileSavingAsync(server, async () => await Task.WhenAll(Enumerable.Range(0, Clients).Select(async number =>
        {
            await using var client = await server.ConnectAsync();
            for (var i = 0; i < rounds; i++)
            {
                var mine = string.Create(CultureInfo.InvariantCulture, $"{number}.{i}");
                if ((await client.ExecuteAsync("SETNX", "lock", mine)).Integer == 1)
                {
                    if ((await client.ExecuteAsync("GET", "lock")).ToString() is var owner && owner != $"\"{mine}\"")
                        wrong.Add($"{mine} has the lock, and GET says {owner}");
                    if ((await client.ExecuteAsync("DEL", "lock")).ToString() is var deleted && deleted != "1")
                        wrong.Add($"{mine} had the lock, and DEL says {deleted}");
                }

                chain.Add(((await client.ExecuteAsync("GETSET", "chain", mine)).ToString().Trim('"'), mine));
                counts.Add((await client.ExecuteAsync("INCR", "counter")).Integer);
            }
        })));

        Assert.Empty(wrong);
        Assert.Equal(Clients * rounds, chain.Select(link => link.Before).Distinct().Count());
        Assert.Single(chain, link => link.Before == "(null)");
        Assert.Equal(Enumerable.Range(1, Clients * rounds).Select(i => (long)i), counts.Order());
    }

    [Fact]
    public async Task Histories_of_single_keys_are_linearizable_while_checkpoints_are_made()
    {
        using var folder = new TemporaryFolder();
        await using var server = await RespServerProcess.StartAsync("--dir", folder["data"]);
        var connections = await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => server.ConnectAsync()));

        var histories = new List<List<HistoryEvent>>();
        await WhileSavingAsync(server, async () =>
        {
            for (var history = 0; history < 150; history++)
            {
                var key = "key:" + history.ToString(CultureInfo.InvariantCulture);
                var events = await Task.WhenAll(connections.Select((client, number) => RunAsync(client, key, new Random(Seed + (history * Clients) + number))));
                histories.Add([.. events.SelectMany(each => each)]);
            }
        });

        Assert.All(histories, history => Assert.True(Linearizability.Holds(history), string.Join('\n', history.OrderBy(each => each.Invoked))));
        Assert.True(histories.Any(history => history.Any(a => history.Any(b => a.Invoked < b.Returned && b.Invoked < a.Returned && a != b))), "No two operations overlapped.");
        await Task.WhenAll(connections.Select(client => client.DisposeAsync().AsTask()));
    }

    [Fact]
    public async Task Replies_fit_together_while_records_are_spilled_and_checkpoints_made()
    {
        using var folder = new TemporaryFolder();

        var result = await LinearRun.RunAsync(folder["data"], rounds => rounds >= 1, Seed, _ => { });

        Assert.Empty(result.Faults);
        Assert.True(result is { Histories: > 0, Contests: > 0, Saves: > 0, SpillFiles: > 0 }, result.ToString());
    }

    private static async Task<List<HistoryEvent>> RunAsync(RespClient client, string key, Random random)
    {
        var events = new List<HistoryEvent>();
        for (var i = 0; i < 5; i++)
        {
            var command = new[] { "GET", "SET", "GETSET", "SETNX", "DEL", "INCR" }[random.Next(6)];
            var argument = command is "SET" or "GETSET" or "SETNX" ? random.Next(1000).ToString(CultureInfo.InvariantCulture) : null;
            var invoked = Stopwatch.GetTimestamp();
            var reply = await (argument == null ? client.ExecuteAsync(command, key) : client.ExecuteAsync(command, key, argument));
            events.Add(new HistoryEvent(invoked, Stopwatch.GetTimestamp(), command, argument, reply.IsNull ? null : reply.Text));
        }

        return events;
    }

    private static async Task WhileSavingAsync(RespServerProcess server, Func<Task> work)
    {
        await using var filler = await server.ConnectAsync();
        await filler.SendAsync(Enumerable.Range(0, 5000).SelectMany(i => RespArgument.Request("SET", $"filler:{i}", new string('f', 100))).ToArray());
        for (var i = 0; i < 5000; i++)
            await filler.ReadReplyAsync();
        var working = work();
        var saves = 0;
        for (; !working.IsCompleted; saves++)
            Assert.Equal("OK", (await filler.ExecuteAsync("SAVE")).Text);
        await working;
        Assert.True(saves > 1, $"There were {saves} checkpoints.");
    }
}
