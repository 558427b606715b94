using System.Globalization;
using static RespKv.Tests.Model.ModelReplies;

namespace RespKv.Tests.Model;

/// <summary>
/// What a server must answer, by a plain dictionary for each namespace. Takes the commands that <see cref="RandomCommands"/> makes, and no others.
/// </summary>
internal sealed partial class KeyspaceModel
{
    private readonly Dictionary<string, Dictionary<string, ModelEntry>> namespaces = new() { ["default"] = [] };
    private readonly HashSet<string> dropped = [];

    /// <summary>Unix ms.</summary>
    public long NowMs { get; set; }

    /// <summary>The live keys of a namespace, in byte order.</summary>
    public SortedDictionary<string, ModelEntry> Live(string name)
    {
        foreach (var (key, entry) in Keys(name).Where(pair => pair.Value.ExpiresAtMs is > 0 and var at && at <= NowMs).ToList())
            namespaces[name].Remove(key);
        return new SortedDictionary<string, ModelEntry>(namespaces[name], StringComparer.Ordinal);
    }

    /// <summary>The reply of a command.</summary>
    public string Execute(ModelClient client, string[] command)
    {
        var name = command[0];
        if (client.Queue != null && name is not ("MULTI" or "EXEC" or "DISCARD"))
        {
            client.Queue.Add(command);
            return "+QUEUED";
        }

        return name switch
        {
            "MULTI" => Multi(client),
            "DISCARD" => Discard(client),
            "EXEC" => Exec(client),
            "SELECT" => Select(client, NameOf(command[1])),
            "KV.USE" => Select(client, command[1]),
            "KV.DROP" => Drop(command[1]),
            "SWAPDB" => Swap(NameOf(command[1]), NameOf(command[2])),
            "FLUSHDB" => Flush(client.Namespace),
            _ => ExecuteOnKeys(Keys(client.Namespace), client, command),
        };
    }

    private static string NameOf(string number) => number == "0" ? "default" : number;

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    private static string Multi(ModelClient client)
    {
        if (client.Queue != null)
            return "-ERR MULTI calls can not be nested";
        client.Queue = [];
        return Ok;
    }

    private static string Discard(ModelClient client)
    {
        if (client.Queue == null)
            return "-ERR DISCARD without MULTI";
        client.Queue = null;
        return Ok;
    }

    private string Exec(ModelClient client)
    {
        if (client.Queue is not { } queue)
            return "-ERR EXEC without MULTI";
        client.Queue = null;
        return Array(queue.Select(command => Execute(client, command)).ToList());
    }

    private string Select(ModelClient client, string name)
    {
        client.Namespace = name;
        dropped.Remove(name);
        Keys(name);
        return Ok;
    }

    private string Drop(string name)
    {
        if (!namespaces.TryGetValue(name, out var keys) || (dropped.Contains(name) && Live(name).Count == 0))
            return ":0";
        keys.Clear();
        dropped.Add(name);
        return ":1";
    }

    private string Swap(string first, string second)
    {
        var (a, b) = (Keys(first), Keys(second));
        (namespaces[first], namespaces[second]) = (b, a);
        return Ok;
    }

    private string Flush(string name)
    {
        Keys(name).Clear();
        return Ok;
    }

    private Dictionary<string, ModelEntry> Keys(string name)
    {
        if (!namespaces.TryGetValue(name, out var keys))
            namespaces[name] = keys = [];
        return keys;
    }

    private ModelEntry? Find(Dictionary<string, ModelEntry> keys, string key)
    {
        if (!keys.TryGetValue(key, out var entry))
            return null;
        if (entry.ExpiresAtMs == 0 || entry.ExpiresAtMs > NowMs)
            return entry;
        keys.Remove(key);
        return null;
    }
}
