using System.Diagnostics.CodeAnalysis;
using RespKv.Server.Kv;

namespace RespKv.Server.Commands;

/// <summary>
/// The keys that WATCH remembers, each with the version it had, or none when it was not there. A key is looked for through its namespace, so flushes and expiry show as
/// a changed version; what would leave none behind is told by <see cref="Touch"/>.
/// </summary>
internal sealed class WatchedKeys(MissingKeys missing)
{
    private readonly Dictionary<Key, KeyVersion> versions = new(KeyComparer.Instance);
    private volatile bool isTouched;

    public int Count => versions.Count;

    /// <summary>A key has changed; from any thread.</summary>
    public void Touch() => isTouched = true;

    /// <summary>Remembers a key of the client's namespace, if that is not done.</summary>
    public void Add(CommandContext context, ReadOnlySpan<byte> key)
    {
        var watched = new Key(context.Namespace, key.ToArray());
        if (versions.ContainsKey(watched))
            return;
        var version = VersionNow(context, watched);
        if (version == default)
        {
            // It may come before anybody tells of it: so it is looked for again.
            missing.Add(watched.Namespace.EventName, watched.Name, this);
            if (VersionNow(context, watched) != default)
                Touch();
        }

        versions[watched] = version;
    }

    /// <summary>Whether a key has changed. To be asked while no other batch runs.</summary>
    public bool HasChanged(CommandContext context)
    {
        if (isTouched)
            return true;
        foreach (var (key, version) in versions)
        {
            if (VersionNow(context, key) != version)
                return true;
        }

        return false;
    }

    /// <summary>Two databases are about to be exchanged, while no other batch runs: a key that is in either of them changes.</summary>
    public void TouchExchanged(CommandContext context, Namespace first, Namespace second)
    {
        foreach (var key in versions.Keys)
        {
            if (key.Namespace != first && key.Namespace != second)
                continue;
            if (VersionNow(context, key with { Namespace = first }) != default || VersionNow(context, key with { Namespace = second }) != default)
                Touch();
        }
    }

    /// <summary>Nothing is watched any more.</summary>
    public void End()
    {
        foreach (var (key, version) in versions)
        {
            if (version == default)
                missing.Remove(key.Namespace.EventName, key.Name, this);
        }
    }

    private static KeyVersion VersionNow(CommandContext context, Key key) =>
        KeyVersion.Of(context.Keyspace, key.Namespace, key.Name, context.Reusable<RecordInfoReader>());

    private readonly record struct Key(Namespace Namespace, byte[] Name);

    private sealed class KeyComparer : IEqualityComparer<Key>
    {
        public static readonly KeyComparer Instance = new();

        public bool Equals(Key x, Key y) => x.Namespace == y.Namespace && ByteKeys.Comparer.Equals(x.Name, y.Name);

        public int GetHashCode([DisallowNull] Key obj) => ByteKeys.Comparer.GetHashCode(obj.Name);
    }
}
