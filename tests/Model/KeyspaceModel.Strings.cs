using System.Globalization;
using static RespKv.Tests.Model.ModelReplies;

namespace RespKv.Tests.Model;

internal sealed partial class KeyspaceModel
{
    private string ExecuteOnStrings(Dictionary<string, ModelEntry> keys, string[] command) => command[0] switch
    {
        "SET" => Set(keys, command),
        "SETEX" => Put(keys, command[1], new ModelEntry(command[3], NowMs + (Number(command[2]) * 1000))),
        "PSETEX" => Put(keys, command[1], new ModelEntry(command[3], NowMs + Number(command[2]))),
        "SETNX" => Find(keys, command[1]) != null ? ":0" : Put(keys, command[1], new ModelEntry(command[2]), ":1"),
        "GETSET" => Put(keys, command[1], new ModelEntry(command[2]), Bulk(Find(keys, command[1])?.Value)),
        "GET" => Bulk(Find(keys, command[1])?.Value),
        "STRLEN" => Integer(Find(keys, command[1])?.Value.Length ?? 0),
        "GETDEL" => GetDelete(keys, command[1]),
        "GETEX" => GetWithExpiry(keys, command),
        "GETRANGE" => Bulk(Range(Find(keys, command[1])?.Value ?? "", Number(command[2]), Number(command[3]))),
        "APPEND" => Append(keys, command[1], command[2]),
        "SETRANGE" => SetRange(keys, command[1], (int)Number(command[2]), command[3]),
        "INCR" => Increment(keys, command[1], 1),
        "DECR" => Increment(keys, command[1], -1),
        "INCRBY" => Increment(keys, command[1], Number(command[2])),
        "DECRBY" => Increment(keys, command[1], -Number(command[2])),
        "MGET" => Array(command.Skip(1).Select(key => Bulk(Find(keys, key)?.Value))),
        "MSET" => PutPairs(keys, command, Ok),
        "MSETNX" => Pairs(command).Any(pair => Find(keys, pair.Key) != null) ? ":0" : PutPairs(keys, command, ":1"),
        _ => throw new ArgumentException("The model does not know " + command[0]),
    };

    private static string Put(Dictionary<string, ModelEntry> keys, string key, ModelEntry entry, string reply = Ok)
    {
        keys[key] = entry;
        return reply;
    }

    private static IEnumerable<(string Key, string Value)> Pairs(string[] command) => command.Skip(1).Chunk(2).Select(pair => (pair[0], pair[1]));

    private static string PutPairs(Dictionary<string, ModelEntry> keys, string[] command, string reply)
    {
        foreach (var (key, value) in Pairs(command))
            keys[key] = new ModelEntry(value);
        return reply;
    }

    // Where EX, PX, EXAT or PXAT puts the end; 0 when none is given.
    private long ExpiryIn(string[] command, int first)
    {
        for (var i = first; i < command.Length - 1; i++)
        {
            var at = command[i] switch
            {
                "EX" => NowMs + (Number(command[i + 1]) * 1000),
                "PX" => NowMs + Number(command[i + 1]),
                "EXAT" => Number(command[i + 1]) * 1000,
                "PXAT" => Number(command[i + 1]),
                _ => 0,
            };
            if (at != 0)
                return at;
        }

        return 0;
    }

    // SET key value [NX | XX] [GET] [EX s | PX ms | EXAT s | PXAT ms | KEEPTTL]
    private string Set(Dictionary<string, ModelEntry> keys, string[] command)
    {
        var old = Find(keys, command[1]);
        var options = command[3..];
        var writes = !(options.Contains("NX") && old != null) && !(options.Contains("XX") && old == null);
        if (writes)
            keys[command[1]] = new ModelEntry(command[2], options.Contains("KEEPTTL") ? old?.ExpiresAtMs ?? 0 : ExpiryIn(command, 3));
        return options.Contains("GET") ? Bulk(old?.Value) : writes ? Ok : Null;
    }

    private string GetDelete(Dictionary<string, ModelEntry> keys, string key)
    {
        var value = Find(keys, key)?.Value;
        keys.Remove(key);
        return Bulk(value);
    }

    private string GetWithExpiry(Dictionary<string, ModelEntry> keys, string[] command)
    {
        if (Find(keys, command[1]) is not { } entry)
            return Null;
        var at = ExpiryIn(command, 2);
        if (at != 0 && at <= NowMs)
            keys.Remove(command[1]);
        else if (command.Length > 2)
            keys[command[1]] = entry with { ExpiresAtMs = at };
        return Bulk(entry.Value);
    }

    private static string Range(string value, long first, long last)
    {
        if (first < 0 && last < 0 && first > last)
            return "";
        var from = Math.Max(first < 0 ? first + value.Length : first, 0);
        var to = Math.Min(Math.Max(last < 0 ? last + value.Length : last, 0), value.Length - 1);
        return from > to ? "" : value[(int)from..(int)(to + 1)];
    }

    private string Append(Dictionary<string, ModelEntry> keys, string key, string tail)
    {
        var old = Find(keys, key) ?? new ModelEntry("");
        keys[key] = old with { Value = old.Value + tail };
        return Integer(keys[key].Value.Length);
    }

    private string SetRange(Dictionary<string, ModelEntry> keys, string key, int offset, string part)
    {
        var old = Find(keys, key) ?? new ModelEntry("");
        if (part.Length == 0)
            return Integer(old.Value.Length);
        var padded = old.Value.PadRight(offset + part.Length, '\0');
        keys[key] = old with { Value = padded[..offset] + part + padded[(offset + part.Length)..] };
        return Integer(keys[key].Value.Length);
    }

    private string Increment(Dictionary<string, ModelEntry> keys, string key, long by)
    {
        var old = Find(keys, key) ?? new ModelEntry("0");
        if (!long.TryParse(old.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) || number.ToString(CultureInfo.InvariantCulture) != old.Value)
            return NotAnInteger;
        try
        {
            number = checked(number + by);
        }
        catch (OverflowException)
        {
            return "-ERR increment or decrement would overflow";
        }

        keys[key] = old with { Value = number.ToString(CultureInfo.InvariantCulture) };
        return Integer(number);
    }
}
