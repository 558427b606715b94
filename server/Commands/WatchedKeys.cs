using System.Diagnostics.CodeAnalysis;
using RespKv.Server.Kv;

namespace RespKv.Server.Commands;

/// <summary>
/// The keys that WATCH remembers, each with the version it had, or 0 when it was not there. A key is looked for through its namespace, so flushes,
/// exchanges of databases and expiry show as a changed version. A key that was not there, came and went again counts as unchanged.
/// </summary>
internal sealed class WatchedKeys
{
    private readonly Dictionary<Key, (ulong Version, long FieldWrites)> versions = new(KeyComparer.Instance);

    public int Count => versions.Count;

    /// <summary>Remembers a key of the client's namespace, if that is not done.</summary>
    public void Add(CommandContext context, ReadOnlySpan<byte> key)
    {
        var watched = new Key(context.Namespace, key.ToArray());
        if (!versions.ContainsKey(watched))
            versions[watched] = VersionNow(context, watched);
    }

    /// <summary>Whether a key has changed. To be asked while no other batch runs.</summary>
    public bool HasChanged(CommandContext context)
    {
        foreach (var (key, version) in versions)
        {
            if (VersionNow(context, key) != version)
                return true;
        }

        return false;
    }

    // Fields of a large hash change without its key's record.
    private static (ulong Version, long FieldWrites) VersionNow(CommandContext context, Key key)
    {
        var info = context.Reusable<RecordInfoReader>();
        if (!context.Keyspace.Read(key.Namespace, key.Name, info.AsUse(false)))
            return default;
        return (info.Version, info.FieldsId == 0 ? 0 : context.Server.Store.FindKeyset(info.FieldsId)?.Writes ?? 0);
    }

    private readonly record struct Key(Namespace Namespace, byte[] Name);

    private sealed class KeyComparer : IEqualityComparer<Key>
    {
        public static readonly KeyComparer Instance = new();

        public bool Equals(Key x, Key y) => x.Namespace == y.Namespace && ByteKeys.Comparer.Equals(x.Name, y.Name);

        public int GetHashCode([DisallowNull] Key obj) => ByteKeys.Comparer.GetHashCode(obj.Name);
    }
}
