using RespKv.Server.Kv;

namespace RespKv.Server.Commands;

/// <summary>What tells whether a key has been changed; default for one that is not there.</summary>
/// <param name="Version">The version of its record.</param>
/// <param name="FieldWrites">Writes to the fields of a large hash, which change without the key's record; else 0.</param>
internal readonly record struct KeyVersion(ulong Version, long FieldWrites)
{
    /// <summary>That of a key now; the reader then tells the rest of its record.</summary>
    public static KeyVersion Of(Keyspace keyspace, Namespace ns, ReadOnlySpan<byte> key, RecordInfoReader info) =>
        keyspace.Read(ns, key, info.AsUse(false))
            ? new KeyVersion(info.Version, info.FieldsId == 0 ? 0 : keyspace.Session.Store.FindKeyset(info.FieldsId)?.Writes ?? 0)
            : default;
}
