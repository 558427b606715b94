using RespKv.Server.Storage;

namespace RespKv.Server.Kv;

/// <summary>Deletes the keys under a prefix, some at a turn; keys that come meanwhile may stay.</summary>
internal sealed class PrefixDeletion(byte[] prefix) : IKeySink
{
    private const int TurnKeys = 500;
    private readonly List<byte[]> names = [];
    private readonly DeleteUpdate update = new();
    private byte[]? last;

    /// <summary>Keys deleted so far.</summary>
    public long Deleted { get; private set; }

    /// <summary>Deletes the next ones; false when there are no more.</summary>
    public bool RunTurn(Keyspace keyspace)
    {
        names.Clear();
        keyspace.Namespace.Keys.Ordered?.List(prefix, last ?? [], last != null, TurnKeys, this);
        foreach (var name in names)
        {
            last = name;
            if (!keyspace.Delete(name, update))
                continue;
            Deleted++;
            keyspace.Tell(KeyEvent.Delete, name);
        }

        return names.Count == TurnKeys;
    }

    public void Add(ReadOnlySpan<byte> key, byte type, bool mayBeExpired) => names.Add(key.ToArray());
}
