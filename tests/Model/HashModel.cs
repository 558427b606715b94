using System.Globalization;
using static RespKv.Tests.Model.ModelReplies;

namespace RespKv.Tests.Model;

/// <summary>What a server must answer to commands on hashes, by plain dictionaries. What lists fields is answered in the order of their names.</summary>
internal sealed class HashModel
{
    private readonly Dictionary<string, Dictionary<string, (string Value, long ExpiresAtMs)>> hashes = [];

    /// <summary>Unix ms.</summary>
    public long NowMs { get; set; }

    /// <summary>The hashes that are there.</summary>
    public IEnumerable<string> Keys => hashes.Keys.Where(key => Live(key).Count > 0).ToList();

    public string Execute(string[] command)
    {
        var key = command.Length > 1 ? command[1] : "";
        var fields = Live(key);
        var reply = command[0] switch
        {
            "HSET" => Integer(command.Skip(2).Chunk(2).Count(pair => Put(fields, pair[0], pair[1]))),
            "HSETNX" => fields.ContainsKey(command[2]) ? ":0" : Flag(Put(fields, command[2], command[3])),
            "HDEL" => Integer(command.Skip(2).Count(fields.Remove)),
            "HGET" => Bulk(ValueOf(fields, command[2])),
            "HMGET" => Array(command.Skip(2).Select(name => Bulk(ValueOf(fields, name)))),
            "HSTRLEN" => Integer(ValueOf(fields, command[2])?.Length ?? 0),
            "HEXISTS" => Flag(fields.ContainsKey(command[2])),
            "HINCRBY" => Increment(fields, command[2], long.Parse(command[3], CultureInfo.InvariantCulture)),
            "HGETALL" => Array(fields.OrderBy(pair => pair.Key, StringComparer.Ordinal).SelectMany(pair => new[] { Bulk(pair.Key), Bulk(pair.Value.Value) })),
            "HPEXPIREAT" => Array(command.Skip(5).Select(name => Expire(fields, name, long.Parse(command[2], CultureInfo.InvariantCulture)))),
            "HPERSIST" => Array(command.Skip(4).Select(name => Persist(fields, name))),
            "HPEXPIRETIME" => Array(command.Skip(4).Select(name => Integer(TimeOf(fields, name)))),
            "DEL" => Flag(fields.Count > 0 && hashes.Remove(key)),
            "RENAME" => Rename(key, command[2], fields),
            "COPY" => Copy(key, command[2], fields),
            _ => throw new ArgumentException("The model does not know " + command[0]),
        };
        return reply;
    }

    /// <summary>Whether the server may still count fields of the hash, or the hash, that have ended.</summary>
    public bool IsTimed(string key) => Live(key).Values.Any(field => field.ExpiresAtMs != 0) || hashes[key].Count == 0;

    public int Count(string key) => Live(key).Count;

    private Dictionary<string, (string Value, long ExpiresAtMs)> Live(string key)
    {
        if (!hashes.TryGetValue(key, out var fields))
            hashes[key] = fields = [];
        foreach (var name in fields.Where(pair => pair.Value.ExpiresAtMs is > 0 and var at && at <= NowMs).Select(pair => pair.Key).ToList())
            fields.Remove(name);
        return fields;
    }

    private static string? ValueOf(Dictionary<string, (string Value, long ExpiresAtMs)> fields, string name) => fields.TryGetValue(name, out var field) ? field.Value : null;

    private static bool Put(Dictionary<string, (string Value, long ExpiresAtMs)> fields, string name, string value)
    {
        var isNew = !fields.ContainsKey(name);
        fields[name] = (value, 0);
        return isNew;
    }

    private static string Increment(Dictionary<string, (string Value, long ExpiresAtMs)> fields, string name, long by)
    {
        var old = fields.TryGetValue(name, out var field) ? field : ("0", 0);
        if (!long.TryParse(old.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) || number.ToString(CultureInfo.InvariantCulture) != old.Value)
            return "-ERR hash value is not an integer";
        fields[name] = old with { Value = (number + by).ToString(CultureInfo.InvariantCulture) };
        return Integer(number + by);
    }

    private string Expire(Dictionary<string, (string Value, long ExpiresAtMs)> fields, string name, long at)
    {
        if (!fields.TryGetValue(name, out var field))
            return ":-2";
        if (at <= NowMs)
            fields.Remove(name);
        else
            fields[name] = field with { ExpiresAtMs = at };
        return at <= NowMs ? ":2" : ":1";
    }

    private static string Persist(Dictionary<string, (string Value, long ExpiresAtMs)> fields, string name)
    {
        if (!fields.TryGetValue(name, out var field))
            return ":-2";
        fields[name] = field with { ExpiresAtMs = 0 };
        return field.ExpiresAtMs == 0 ? ":-1" : ":1";
    }

    private static long TimeOf(Dictionary<string, (string Value, long ExpiresAtMs)> fields, string name) =>
        !fields.TryGetValue(name, out var field) ? -2 : field.ExpiresAtMs == 0 ? -1 : field.ExpiresAtMs;

    private string Rename(string from, string to, Dictionary<string, (string Value, long ExpiresAtMs)> fields)
    {
        if (fields.Count == 0)
            return "-ERR no such key";
        hashes.Remove(from);
        hashes[to] = fields;
        return Ok;
    }

    private string Copy(string from, string to, Dictionary<string, (string Value, long ExpiresAtMs)> fields)
    {
        if (from == to)
            return "-ERR source and destination objects are the same";
        if (fields.Count == 0)
            return ":0";
        hashes[to] = new Dictionary<string, (string Value, long ExpiresAtMs)>(fields);
        return ":1";
    }
}
