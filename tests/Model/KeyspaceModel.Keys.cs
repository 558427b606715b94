using static RespKv.Tests.Model.ModelReplies;

namespace RespKv.Tests.Model;

internal sealed partial class KeyspaceModel
{
    private string ExecuteOnKeys(Dictionary<string, ModelEntry> keys, ModelClient client, string[] command) => command[0] switch
    {
        "DEL" or "UNLINK" => Integer(command.Skip(1).Count(key => Find(keys, key) != null && keys.Remove(key))),
        "EXISTS" or "TOUCH" => Integer(command.Skip(1).Count(key => Find(keys, key) != null)),
        "TYPE" => Find(keys, command[1]) == null ? "+none" : "+string",
        "EXPIRE" => Expire(keys, command, NowMs + (Number(command[2]) * 1000)),
        "PEXPIRE" => Expire(keys, command, NowMs + Number(command[2])),
        "EXPIREAT" => Expire(keys, command, Number(command[2]) * 1000),
        "PEXPIREAT" => Expire(keys, command, Number(command[2])),
        "PERSIST" => Persist(keys, command[1]),
        "TTL" => Time(keys, command[1], at => (at - NowMs + 500) / 1000),
        "PTTL" => Time(keys, command[1], at => at - NowMs),
        "EXPIRETIME" => Time(keys, command[1], at => (at + 500) / 1000),
        "PEXPIRETIME" => Time(keys, command[1], at => at),
        "RENAME" => Rename(keys, command[1], command[2]),
        "RENAMENX" => RenameIfMissing(keys, command[1], command[2]),
        "COPY" => Copy(keys, client, command),
        "MOVE" => Move(keys, client, command[1], NameOf(command[2])),
        "KV.PUT" or "KV.GET" or "KV.MGET" or "KV.SETMETA" or "KV.DELPREFIX" or "KV.META" => ExecuteKv(keys, command),
        "SETBIT" or "GETBIT" or "BITCOUNT" or "BITOP" or "BITPOS" => ExecuteOnBits(keys, command),
        _ => ExecuteOnStrings(keys, command),
    };

    private string Expire(Dictionary<string, ModelEntry> keys, string[] command, long at)
    {
        if (Find(keys, command[1]) is not { } entry)
            return ":0";
        var has = entry.ExpiresAtMs != 0;
        var holds = command.Skip(3).All(option => option switch
        {
            "NX" => !has,
            "XX" => has,
            "GT" => has && at > entry.ExpiresAtMs,
            _ => !has || at < entry.ExpiresAtMs,
        });
        if (!holds)
            return ":0";
        if (at <= NowMs)
            keys.Remove(command[1]);
        else
            keys[command[1]] = entry with { ExpiresAtMs = at };
        return ":1";
    }

    private string Persist(Dictionary<string, ModelEntry> keys, string key)
    {
        if (Find(keys, key) is not { ExpiresAtMs: > 0 } entry)
            return ":0";
        keys[key] = entry with { ExpiresAtMs = 0 };
        return ":1";
    }

    private string Time(Dictionary<string, ModelEntry> keys, string key, Func<long, long> show) => Find(keys, key) switch
    {
        null => ":-2",
        { ExpiresAtMs: 0 } => ":-1",
        var entry => Integer(show(entry.ExpiresAtMs)),
    };

    private string Rename(Dictionary<string, ModelEntry> keys, string from, string to)
    {
        if (Find(keys, from) is not { } entry)
            return "-ERR no such key";
        keys.Remove(from);
        keys[to] = entry;
        return Ok;
    }

    private string RenameIfMissing(Dictionary<string, ModelEntry> keys, string from, string to)
    {
        if (Find(keys, from) == null)
            return "-ERR no such key";
        if (Find(keys, to) != null)
            return ":0";
        Rename(keys, from, to);
        return ":1";
    }

    // COPY source destination [DB n] [REPLACE]
    private string Copy(Dictionary<string, ModelEntry> keys, ModelClient client, string[] command)
    {
        var db = System.Array.IndexOf(command, "DB", 3);
        var target = db < 0 ? client.Namespace : NameOf(command[db + 1]);
        if (target == client.Namespace && command[1] == command[2])
            return "-ERR source and destination objects are the same";
        var targetKeys = Keys(target);
        if (Find(keys, command[1]) is not { } entry || (Find(targetKeys, command[2]) != null && command[^1] != "REPLACE"))
            return ":0";
        targetKeys[command[2]] = entry;
        return ":1";
    }

    private string Move(Dictionary<string, ModelEntry> keys, ModelClient client, string key, string target)
    {
        if (target == client.Namespace)
            return "-ERR source and destination objects are the same";
        var targetKeys = Keys(target);
        if (Find(keys, key) is not { } entry || Find(targetKeys, key) != null)
            return ":0";
        keys.Remove(key);
        targetKeys[key] = entry;
        return ":1";
    }
}
