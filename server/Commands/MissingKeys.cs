using RespKv.Server.Storage;
using RespKv.Server.Storage.Faster;

namespace RespKv.Server.Commands;

/// <summary>
/// Keys that WATCH has found missing. One that comes has changed, though it goes again and leaves no version behind; so the store tells of new keys as long as any is watched.
/// Thread-safe; told under a record's lock, so nothing here calls the store.
/// </summary>
internal sealed class MissingKeys(FasterStore store)
{
    private readonly Lock changing = new();
    private readonly Dictionary<string, Dictionary<byte[], HashSet<WatchedKeys>>> watchers = [];

    /// <summary>From here on the watcher is told when the key comes.</summary>
    /// <param name="database">The event name of the key's namespace.</param>
    /// <param name="key">The key.</param>
    /// <param name="watcher">Who is told.</param>
    public void Add(string database, byte[] key, WatchedKeys watcher)
    {
        lock (changing)
        {
            if (!watchers.TryGetValue(database, out var byKey))
                watchers[database] = byKey = new Dictionary<byte[], HashSet<WatchedKeys>>(ByteKeys.Comparer);
            if (!byKey.TryGetValue(key, out var those))
                byKey[key] = those = [];
            those.Add(watcher);
            store.KeyCreated = TellCreated;
        }

        // Whoever looks for the key after this and does not find it will be told.
        Interlocked.MemoryBarrier();
    }

    /// <summary>Ends that.</summary>
    public void Remove(string database, byte[] key, WatchedKeys watcher)
    {
        lock (changing)
        {
            if (!watchers.TryGetValue(database, out var byKey) || !byKey.TryGetValue(key, out var those) || !those.Remove(watcher) || those.Count > 0)
                return;
            byKey.Remove(key);
            if (byKey.Count == 0)
                watchers.Remove(database);
            if (watchers.Count == 0)
                store.KeyCreated = null;
        }
    }

    private void TellCreated(Keyset keys, ReadOnlySpan<byte> key)
    {
        lock (changing)
        {
            if (!watchers.TryGetValue(keys.EventName, out var byKey) || !byKey.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(key, out var those))
                return;
            foreach (var watcher in those)
                watcher.Touch();
        }
    }
}
