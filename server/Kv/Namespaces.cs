using System.Collections.Concurrent;
using RespKv.Server.Storage;
using RespKv.Server.Storage.Faster;

namespace RespKv.Server.Kv;

/// <summary>
/// The namespaces: databases 0 to n-1, where 0 is named <c>default</c> and others by their number, and those that KV.USE named.
/// Whatever replaces a keyset is to be called while no other batch runs (<see cref="StoreSession.BeAlone"/>).
/// </summary>
internal sealed class Namespaces
{
    /// <summary>Most namespaces that may be made by name.</summary>
    public const int NamedMax = 100_000;

    /// <summary>Longest name, in bytes of UTF-8.</summary>
    public const int NameBytesMax = 512;

    private readonly FasterStore store;
    private readonly Namespace[] databases;
    private readonly ConcurrentDictionary<string, Namespace> named = new(StringComparer.Ordinal);

    private readonly Lock adding = new();

    // Those that a client was in when they were dropped, until none is. Used while no other batch runs.
    private readonly List<Namespace> dropped = [];
    private long flushedKeys;

    public Namespaces(FasterStore store, int databaseCount)
    {
        this.store = store;
        databases = [.. Enumerable.Range(0, databaseCount).Select(i => new Namespace(NameOf(i), i, store.NewKeyset()))];
        foreach (var database in databases)
            named[database.Name] = database;
    }

    /// <summary>Told of what happens to keys.</summary>
    public KeyEvents Events { get; } = new();

    /// <summary>Keys that flushes have taken; what they held is given back by the store's own work, later.</summary>
    public long FlushedKeys => Interlocked.Read(ref flushedKeys);

    /// <summary>The namespace of a new connection.</summary>
    public Namespace Default => databases[0];

    public IReadOnlyList<Namespace> Databases => databases;

    /// <summary>All namespaces: the databases by number, then the named ones by name.</summary>
    public IEnumerable<Namespace> All =>
        databases.Concat(named.Values.Where(n => n.Number == null && n.IsThere).OrderBy(n => n.Name, StringComparer.Ordinal));

    public Namespace? Find(string name) => named.GetValueOrDefault(name == "0" ? Default.Name : name);

    /// <summary>The namespace of that name, made if need be; null when there are too many.</summary>
    public Namespace? FindOrAdd(string name)
    {
        if (Find(name) is { } existing)
        {
            existing.IsDropped = false;
            return existing;
        }

        lock (adding)
        {
            if (Find(name) is { } made)
                return made;
            if (named.Count >= NamedMax)
                return null;
            var created = new Namespace(name, null, store.NewKeyset());
            // Before anybody can write to it.
            store.Name(name, created.Keys);
            return named[name] = created;
        }
    }

    /// <summary>Takes over what recovery has found. Nobody uses the data yet.</summary>
    public void Adopt()
    {
        var before = named.Values.Select(ns => ns.Keys).ToList();
        foreach (var (name, id) in store.Names)
        {
            if (FieldsName.Is(name))
                continue;
            var keys = store.RestoreKeyset(id);
            if (named.TryGetValue(name, out var ns))
                ns.Keys = keys;
            else
                named[name] = new Namespace(name, null, keys);
        }

        foreach (var database in databases)
        {
            if (store.Names.ContainsKey(database.Name))
                continue;
            database.Keys = store.NewKeyset();
            store.Name(database.Name, database.Keys);
        }

        var inUse = named.Values.Select(ns => ns.Keys).ToHashSet();
        foreach (var keys in before.Where(keys => !inUse.Contains(keys)))
            store.Drop(keys);
    }

    /// <summary>Empties a namespace at once: it gets a new keyset.</summary>
    public void Flush(Namespace ns)
    {
        var old = ns.Keys;
        ns.Keys = store.NewKeyset();
        store.Name(ns.Name, ns.Keys);
        Interlocked.Add(ref flushedKeys, old.Directory.Count);
        store.Drop(old);
    }

    /// <summary>
    /// Empties a namespace and, unless it is a database, forgets it. One that a client is in is forgotten when none is any more: until then it is not shown, unless
    /// somebody writes to it or asks for it again, and then it is there for all.
    /// </summary>
    public void Remove(Namespace ns, Predicate<Namespace> isInUse)
    {
        Flush(ns);
        if (ns.Number != null)
            return;
        ns.IsDropped = true;
        if (!dropped.Contains(ns))
            dropped.Add(ns);
        dropped.RemoveAll(n => !n.IsDropped || TryForget(n, isInUse));
    }

    /// <summary>Gives a named namespace another name; false when that is taken.</summary>
    public bool TryRename(Namespace ns, string name)
    {
        if (Find(name) is { } other)
        {
            if (other == ns || other.IsThere)
                return other == ns;
            // One that was dropped, and that a client is still in: it goes without its name.
            named.TryRemove(name, out _);
        }

        named.TryRemove(ns.Name, out _);
        store.Name(name, ns.Keys);
        store.Name(ns.Name, null);
        ns.Name = name;
        named[name] = ns;
        return true;
    }

    private bool TryForget(Namespace ns, Predicate<Namespace> isInUse)
    {
        if (ns.IsThere || isInUse(ns))
            return false;
        // Another may have its name by now.
        if (named.TryRemove(KeyValuePair.Create(ns.Name, ns)))
            store.Name(ns.Name, null);
        store.Drop(ns.Keys);
        return true;
    }

    /// <summary>Exchanges the keys of two databases.</summary>
    public void Swap(Namespace a, Namespace b)
    {
        (a.Keys, b.Keys) = (b.Keys, a.Keys);
        store.Name(a.Name, a.Keys);
        store.Name(b.Name, b.Keys);
    }

    private static string NameOf(int number) => number == 0 ? "default" : number.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
