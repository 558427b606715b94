using System.Diagnostics;
using System.Globalization;
using RespKv.Protocol;

namespace RespKv.Crash;

/// <summary>
/// Short histories of many keys, written by clients that compete for one key at a time. Between two turns of the same key all others have theirs, and as much else is written as pushes it out of memory, so that commands
/// meet a record wherever it may be: where it can be changed, where it cannot any more, and on the disk.
/// </summary>
internal sealed class Histories
{
    private const int Turns = 5;
    private const int LargeBytes = 300_000;
    private static readonly string[] StringCommands = ["GET", "EXISTS", "SET", "GETSET", "SET GET", "SETNX", "DEL", "GETDEL", "INCR", "INCR", "APPEND", "APPEND"];
    private static readonly string[] FieldCommands = ["GET", "EXISTS", "HSET", "SETNX", "DEL", "INCR"];

    private readonly IReadOnlyList<RespClient> clients;
    private readonly Random[] random;
    private readonly List<HistoryEvent>[] events;
    private readonly string prefix;

    /// <param name="clients">A connection each.</param>
    /// <param name="keys">How many histories.</param>
    /// <param name="prefix">What their keys begin with; none of them is there.</param>
    /// <param name="seed">Of the commands.</param>
    public Histories(IReadOnlyList<RespClient> clients, int keys, string prefix, int seed)
    {
        this.clients = clients;
        this.prefix = prefix;
        random = [.. clients.Select((_, i) => new Random(seed + i))];
        events = [.. Enumerable.Range(0, keys).Select(_ => new List<HistoryEvent>())];
    }

    /// <summary>Runs all of them.</summary>
    /// <param name="betweenTurns">Awaited between two turns.</param>
    /// <returns>Those that no order of their commands explains, as text; and how many there were.</returns>
    public async Task<(List<string> Wrong, int Count)> RunAsync(Func<Task> betweenTurns)
    {
        for (var turn = 0; turn < Turns; turn++)
        {
            for (var key = 0; key < events.Length; key++)
            {
                var number = key;
                var all = await Task.WhenAll(clients.Select((client, i) => RunOneAsync(client, number, random[i]))).ConfigureAwait(false);
                events[key].AddRange(all);
            }

            await betweenTurns().ConfigureAwait(false);
        }

        var wrong = events.Select((history, key) => Linearizability.Holds(history) ? null : Text(key, history)).OfType<string>().ToList();
        for (var key = 0; key < events.Length; key++)
            await clients[0].ExecuteAsync("DEL", Key(key)).ConfigureAwait(false);
        return (wrong, events.Length);
    }

    // One of eight has values too large for the log, one of eight is a field of a small hash, and one of a large one.
    private static bool IsLarge(int key) => key % 8 == 1;

    private static bool IsField(int key) => key % 8 is 2 or 3;

    private static bool IsLargeHash(int key) => key % 8 == 3;

    private static async Task<RespReply> MakeLargeAsync(RespClient client, string key)
    {
        RespArgument[] fields = [.. Enumerable.Range(0, 400).SelectMany(i => new RespArgument[] { "other:" + i.ToString(CultureInfo.InvariantCulture), "o" })];
        return await client.ExecuteAsync(["HSET", key, .. fields], CancellationToken.None).ConfigureAwait(false);
    }

    private string Key(int key) => prefix + key.ToString(CultureInfo.InvariantCulture);

    private async Task<HistoryEvent> RunOneAsync(RespClient client, int key, Random dice)
    {
        var commands = IsField(key) ? FieldCommands : StringCommands;
        var command = commands[dice.Next(commands.Length)];
        var argument = command is "SET" or "HSET" or "GETSET" or "SET GET" or "SETNX" or "APPEND" ? dice.Next(1, 1000).ToString(CultureInfo.InvariantCulture) : null;
        if (IsLarge(key) && argument != null && command != "APPEND")
            argument = argument.PadRight(LargeBytes, '.');
        if (IsLargeHash(key) && events[key].Count == 0)
            await MakeLargeAsync(client, Key(key)).ConfigureAwait(false);
        var request = IsField(key) ? FieldRequest(Key(key), command, argument) : Request(Key(key), command, argument);
        var invoked = Stopwatch.GetTimestamp();
        var reply = await client.ExecuteAsync(request).ConfigureAwait(false);
        return new HistoryEvent(invoked, Stopwatch.GetTimestamp(), command, argument, reply.IsNull ? null : reply.Text);
    }

    private static RespArgument[] Request(string key, string command, string? argument) => command switch
    {
        "SET GET" => ["SET", key, argument!, "GET"],
        _ when argument == null => [command, key],
        _ => [command, key, argument],
    };

    private static RespArgument[] FieldRequest(string key, string command, string? argument) => command switch
    {
        "GET" => ["HGET", key, "f"],
        "EXISTS" => ["HEXISTS", key, "f"],
        "HSET" => ["HSET", key, "f", argument!],
        "SETNX" => ["HSETNX", key, "f", argument!],
        "DEL" => ["HDEL", key, "f"],
        _ => ["HINCRBY", key, "f", 1],
    };

    private string Text(int key, List<HistoryEvent> history) =>
        $"{Key(key)} has replies that no order of its commands explains:\n" + string.Join('\n', history.OrderBy(each => each.Invoked).Select(each =>
            $"  {each.Invoked} to {each.Returned}: {each.Command} {Short(each.Argument)} -> {Short(each.Reply)}"));

    private static string Short(string? text) => text switch
    {
        null => "(null)",
        { Length: > 40 } => $"{text.TrimEnd('.')[..Math.Min(20, text.TrimEnd('.').Length)]}... ({text.Length} bytes)",
        _ => text,
    };
}
