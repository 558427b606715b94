using System.Text;
using RespKv.Protocol;

namespace RespKv.Tests.Model;

/// <summary>Plays random commands on connections of a server and on the model, and compares.</summary>
internal sealed class History : IAsyncDisposable
{
    private const int Connections = 4;
    private const int StepsShown = 25;
    private const int TickMs = 250;

    private static readonly string[] Patterns = ["*", "key:*", "key:1*", "k*", "*1", "nothing*"];

    private readonly InProcessServer server;
    private readonly int seed;
    private readonly Random random;
    private readonly RandomCommands commands;
    private readonly KeyspaceModel model = new();
    private readonly List<(RespClient Socket, ModelClient Model)> clients = [];
    private readonly Queue<string> last = new();
    private readonly Dictionary<long, string> versions = [];
    private int step;

    private History(InProcessServer server, int seed)
    {
        this.server = server;
        this.seed = seed;
        random = new Random(seed);
        commands = new RandomCommands(random);
        AdoptTime();
    }

    public static async Task<History> StartAsync(InProcessServer server, int seed)
    {
        var history = new History(server, seed);
        for (var i = 0; i < Connections; i++)
            history.clients.Add((await server.ConnectAsync(), new ModelClient()));
        return history;
    }

    /// <summary>One command, one move of the clock, or one look at all keys.</summary>
    public async Task StepAsync()
    {
        step++;
        var client = clients[random.Next(Connections)];
        switch (random.Next(60))
        {
            case 0 or 1 or 2:
                Advance(random.Next(1, 900));
                break;
            case 3 when client.Model.Queue == null:
                await LookAtKeysAsync(client);
                break;
            case 4 when client.Model.Queue == null:
                await LookAtListAsync(client);
                break;
            case 5 when client.Model.Queue == null:
                await LookAtEntryAsync(client);
                break;
            default:
                await PlayAsync(client, commands.Next());
                break;
        }
    }

    public async Task EmptyAllAsync()
    {
        var client = clients[0];
        await SendAsync(client, "DISCARD");
        await SendAsync(client, "FLUSHALL");
        foreach (var name in await SendAsync(client, "KV.NAMESPACES") is var names ? names.Items : [])
            await SendAsync(client, "KV.DROP", ModelReplies.Text(name));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (socket, _) in clients)
            await socket.DisposeAsync();
    }

    private async Task PlayAsync((RespClient Socket, ModelClient Model) client, string[] command)
    {
        var expected = model.Execute(client.Model, command);
        var reply = ModelReplies.Show(await SendAsync(client, command));
        Check(expected == reply, () => $"expected {Short(expected)}\n     got {Short(reply)}");
    }

    // KEYS, DBSIZE, RANDOMKEY, and whole iterations of SCAN that go from connection to connection.
    private async Task LookAtKeysAsync((RespClient Socket, ModelClient Model) client)
    {
        var pattern = Patterns[random.Next(Patterns.Length)];
        var live = model.Live(client.Model.Namespace).Keys.ToList();
        var wanted = live.Where(key => Matches(pattern, key)).ToList();
        Check(wanted.SequenceEqual(Sorted(await SendAsync(client, "KEYS", pattern))), () => "KEYS " + pattern);
        Check(wanted.SequenceEqual((await ScanAsync(client, pattern)).Order(StringComparer.Ordinal)), () => "SCAN " + pattern);
        var any = await SendAsync(client, "RANDOMKEY");
        Check(any.IsNull ? live.Count == 0 : live.Contains(ModelReplies.Text(any)), () => "RANDOMKEY");
        await LookAtSizeAsync(client);
    }

    // Keys whose time is up are counted until they are reclaimed. The store looks at them at whole ticks of its clock, so the clock is moved to one.
    private async Task LookAtSizeAsync((RespClient Socket, ModelClient Model) client)
    {
        Advance(TickMs - (int)(server.NowMs % TickMs));
        var live = model.Live(client.Model.Namespace);
        var size = (await SendAsync(client, "DBSIZE")).Integer;
        for (var tries = 0; size != live.Count; tries++)
        {
            Check(tries < 1000, () => $"DBSIZE is {size} and not {live.Count}");
            await Task.Delay(10);
            size = (await client.Socket.ExecuteAsync("DBSIZE")).Integer;
        }
    }

    private async Task<HashSet<string>> ScanAsync((RespClient Socket, ModelClient Model) client, string pattern)
    {
        var found = new HashSet<string>();
        var cursor = "0";
        do
        {
            var peers = clients.Where(c => c.Model.Namespace == client.Model.Namespace && c.Model.Queue == null).ToList();
            var reply = await SendAsync(peers[random.Next(peers.Count)], "SCAN", cursor, "MATCH", pattern, "COUNT", (1 + random.Next(20)).ToString(System.Globalization.CultureInfo.InvariantCulture));
            cursor = ModelReplies.Text(reply[0]);
            found.UnionWith(reply[1].Items.Select(ModelReplies.Text));
        }
        while (cursor != "0");
        return found;
    }

    private async Task LookAtListAsync((RespClient Socket, ModelClient Model) client)
    {
        var prefix = Patterns[random.Next(4)].TrimEnd('*');
        var limit = (1 + random.Next(15)).ToString(System.Globalization.CultureInfo.InvariantCulture);
        var wanted = model.Live(client.Model.Namespace).Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal)).ToList();
        var got = new List<string>();
        var cursor = "";
        do
        {
            var page = await SendAsync(client, "KV.LIST", "PREFIX", prefix, "LIMIT", limit, "WITHVALUES", "CURSOR", cursor);
            got.AddRange(page[1].Items.Select(ModelReplies.Show));
            cursor = page[5].IsNull ? "" : page[5].Text;
            Check(cursor.Length == 0 || page[1].Items.Count == int.Parse(limit, System.Globalization.CultureInfo.InvariantCulture), () => "KV.LIST: a page is not full");
        }
        while (cursor.Length > 0);
        Check(got.SequenceEqual(wanted.Select(pair => ShowListed(pair.Key, pair.Value))), () => "KV.LIST of " + prefix);
    }

    private static string ShowListed(string key, ModelEntry entry) => ModelReplies.Array(
        ["$name", ModelReplies.Bulk(key), "$expiration", Expiration(entry), "$metadata", Metadata(entry), "$value", ModelReplies.Bulk(entry.Value)]);

    private static string Expiration(ModelEntry entry) => entry.Expiration is { } seconds ? ModelReplies.Integer(seconds) : ModelReplies.Null;

    private static string Metadata(ModelEntry entry) => entry.Metadata.Length == 0 ? ModelReplies.Null : ModelReplies.Bulk(entry.Metadata);

    // KV.GETMETA and KV.META agree; a version stands for one state of one key, and IFVERSION writes over that state alone.
    private async Task LookAtEntryAsync((RespClient Socket, ModelClient Model) client)
    {
        var live = model.Live(client.Model.Namespace);
        if (live.Count == 0)
            return;
        var (key, entry) = live.ElementAt(random.Next(live.Count));
        var reply = await SendAsync(client, "KV.GETMETA", key);
        var version = reply[7].Integer;
        var expected = ModelReplies.Array(["$value", ModelReplies.Bulk(entry.Value), "$metadata", Metadata(entry), "$expiration", Expiration(entry), "$version", ModelReplies.Integer(version), "$cachestatus", "null"]);
        Check(expected == ModelReplies.Show(reply), () => $"KV.GETMETA: expected {Short(expected)}\n     got {Short(ModelReplies.Show(reply))}");
        var state = $"{key} {entry.GetHashCode()}";
        Check(versions.TryAdd(version, state) || versions[version] == state, () => $"version {version} came back");
        var meta = await SendAsync(client, "KV.META", key);
        Check(meta[5].Integer == version, () => "KV.META has another version");
        Check((await SendAsync(client, "KV.PUT", key, "other", "IFVERSION", (version + 1).ToString(System.Globalization.CultureInfo.InvariantCulture))).IsNull, () => "IFVERSION wrote over another version");
        await PlayAsync(client, ["KV.PUT", key, entry.Value]);
        Check((await SendAsync(client, "KV.PUT", key, "other", "IFVERSION", version.ToString(System.Globalization.CultureInfo.InvariantCulture))).IsNull, () => "IFVERSION wrote over a newer version");
        var newer = (await SendAsync(client, "KV.META", key))[5].Integer;
        Check(newer > version, () => "a write has not made the version larger");
        Check((await SendAsync(client, "KV.PUT", key, entry.Value, "IFVERSION", newer.ToString(System.Globalization.CultureInfo.InvariantCulture))).Text == "OK", () => "IFVERSION refused its version");
    }

    private async Task<RespReply> SendAsync((RespClient Socket, ModelClient Model) client, params string[] command)
    {
        last.Enqueue($"{step} [{clients.IndexOf(client)} {client.Model.Namespace}] {string.Join(' ', command.Select(Short))}");
        if (last.Count > StepsShown)
            last.Dequeue();
        return await client.Socket.ExecuteAsync([.. command.Select(word => (RespArgument)Encoding.Latin1.GetBytes(word))]);
    }

    private void Advance(int milliseconds)
    {
        server.Clock.Advance(TimeSpan.FromMilliseconds(milliseconds));
        AdoptTime();
        last.Enqueue($"{step} the clock moves by {milliseconds} ms");
    }

    private void AdoptTime() => model.NowMs = commands.NowMs = server.NowMs;

    private static bool Matches(string pattern, string key) =>
        key.Length > 0 && (pattern[0] == '*' ? key.EndsWith(pattern[1..], StringComparison.Ordinal) : key.StartsWith(pattern[..^1], StringComparison.Ordinal));

    private static IEnumerable<string> Sorted(RespReply reply) => reply.Items.Select(ModelReplies.Text).Order(StringComparer.Ordinal);

    private static string Short(string text)
    {
        var shown = string.Concat(text.Take(60).Select(letter => letter is >= ' ' and <= '~' ? letter.ToString() : $"\\x{(int)letter:X2}"));
        return text.Length > 60 ? $"{shown}...({text.Length})" : shown;
    }

    private void Check(bool holds, Func<string> problem)
    {
        if (!holds)
            Assert.Fail($"seed {seed}, step {step}: {problem()}\n{string.Join('\n', last)}");
    }
}
