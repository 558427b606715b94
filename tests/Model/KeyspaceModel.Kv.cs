using static RespKv.Tests.Model.ModelReplies;

namespace RespKv.Tests.Model;

internal sealed partial class KeyspaceModel
{
    private string ExecuteKv(Dictionary<string, ModelEntry> keys, string[] command) => command[0] switch
    {
        "KV.PUT" => PutKv(keys, command),
        "KV.GET" => Bulk(Find(keys, command[1])?.Value),
        "KV.MGET" => Array(command.Skip(1).Select(key => Bulk(Find(keys, key)?.Value))),
        "KV.SETMETA" => SetMetadata(keys, command[1], command[2]),
        _ => DeletePrefix(keys, command[1]),
    };

    // KV.PUT key value [EX s | PX ms | EXAT s | PXAT ms] [META json] [NX | XX]
    private string PutKv(Dictionary<string, ModelEntry> keys, string[] command)
    {
        var (old, options) = (Find(keys, command[1]), command[3..]);
        if ((options.Contains("NX") && old != null) || (options.Contains("XX") && old == null))
            return Null;
        var metadata = System.Array.IndexOf(options, "META");
        keys[command[1]] = new ModelEntry(command[2], ExpiryIn(command, 3), metadata < 0 ? "" : options[metadata + 1]);
        return Ok;
    }

    private string SetMetadata(Dictionary<string, ModelEntry> keys, string key, string metadata)
    {
        if (Find(keys, key) is not { } entry)
            return Null;
        keys[key] = entry with { Metadata = metadata };
        return Ok;
    }

    private string DeletePrefix(Dictionary<string, ModelEntry> keys, string prefix) =>
        Integer(keys.Keys.Where(key => key.StartsWith(prefix, StringComparison.Ordinal)).ToList().Count(key => Find(keys, key) != null && keys.Remove(key)));
}
