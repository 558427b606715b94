using RespKv.Server.Kv;
using RespKv.Server.Kv.Hashes;

namespace RespKv.Server.Commands;

/// <summary>What DUMP returns for a key; null where the key has gone or become something else since it was looked at.</summary>
internal static class KeyDump
{
    /// <summary>That of a string.</summary>
    /// <param name="keyspace">The batch.</param>
    /// <param name="key">The key.</param>
    /// <param name="reader">Takes the value.</param>
    /// <param name="packer">What packs it; null for no packing.</param>
    public static ReadOnlyMemory<byte>? OfString(Keyspace keyspace, ReadOnlySpan<byte> key, CaptureReader reader, LzfPacker? packer)
    {
        try
        {
            return keyspace.Read(key, reader.Whole()) && !reader.IsWrongType ? DumpPayload.Of(reader.Value.Span, packer) : null;
        }
        finally
        {
            reader.Value.Clear();
        }
    }

    /// <summary>That of a hash; of a large one while no other batch runs.</summary>
    public static ReadOnlyMemory<byte>? OfHash(Keyspace keyspace, ReadOnlySpan<byte> key, LzfPacker packer)
    {
        var (reader, taken) = (new HashReader(), new HashFields());
        if (!HashStore.TryOpen(keyspace, key, reader, out var fields) || reader.IsWrongType)
            return null;
        if (fields != null)
        {
            keyspace.BeAlone();
            taken.TakeAll(keyspace, fields, values: true);
        }
        else
        {
            taken.Take(reader.Bytes.Span, keyspace.NowMs);
        }

        return taken.Count == 0 ? null : HashPayload.Of(taken, packer);
    }
}
