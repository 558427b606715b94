using RespKv.Server.Kv;

namespace RespKv.Server.Http;

/// <summary>
/// The data as HTTP sees it: what each request does in a namespace that it names. Namespaces come into being when they are written to; until then they are empty.
/// </summary>
internal sealed class KvData(KeyspaceBatches batches, KvLimits limits, GatheredMemory memory, HttpFigures figures)
{
    /// <summary>What begins the text of a fault of the disk, as Redis has it.</summary>
    public const string WriteFault = "Errors writing to the AOF file: ";

    public KvLimits Limits { get; } = limits;

    /// <summary>What requests hold in memory, all together.</summary>
    public GatheredMemory Memory { get; } = memory;

    public Namespaces Namespaces => batches.Namespaces;

    /// <summary>The clock, Unix ms.</summary>
    public long NowMs => batches.NowMs;

    /// <summary>Has an entry read; whether the key is there.</summary>
    /// <exception cref="HttpFault">It is no string.</exception>
    public async ValueTask<bool> ReadAsync(string ns, byte[] key, EntryReader entry) =>
        await ReadAnyAsync(ns, key, entry).ConfigureAwait(false) || (entry.IsWrongType ? throw HttpFault.WrongType() : false);

    /// <summary>The same, where what is no string is not there.</summary>
    public async ValueTask<bool> ReadAnyAsync(string ns, byte[] key, EntryReader entry)
    {
        var found = await ReadAsync(keyspace =>
        {
            if (!Enter(keyspace, ns))
                return false;
            if (keyspace.Read(key, entry))
                return true;
            keyspace.Tell(KeyEvent.Miss, key);
            return false;
        }).ConfigureAwait(false);
        figures.CountLookup(found);
        return found && !entry.IsWrongType;
    }

    /// <summary>Refuses what cannot be served at the moment, before any of its body is taken in.</summary>
    /// <exception cref="HttpFault">The data are being loaded, or what is to be written could not be kept.</exception>
    public void DemandReady(bool writes, bool needsMemory = false)
    {
        if (batches.IsLoading())
            throw HttpFault.Loading();
        if (!writes)
            return;
        if (batches.WriteRefusal() is { } refusal)
            throw HttpFault.NotKept(refusal);
        if (needsMemory && batches.IsOutOfMemory)
            throw HttpFault.OutOfMemory();
    }

    /// <summary>Begins to take in a value.</summary>
    /// <param name="length">Its length; null where it is not known.</param>
    public IncomingValue BeginValue(long? length) => batches.BeginValue((int)Math.Min(length ?? Limits.ValueBytesMax, int.MaxValue), isLength: length != null);

    /// <summary>Stores a value with what is beside it.</summary>
    /// <exception cref="HttpFault">It cannot be kept, or there are too many namespaces.</exception>
    public async ValueTask PutAsync(string ns, byte[] key, PutUpdate update)
    {
        DemandReady(writes: true, needsMemory: true);
        var isDone = await WriteAsync(keyspace =>
        {
            if (!EnterOrAdd(keyspace, ns))
                return false;
            keyspace.Overwrite(key, update);
            batches.Changed?.Invoke(key);
            keyspace.TellWritten(KeyEvent.Set, key);
            if (update.ExpiresAtMs != 0)
                keyspace.Tell(KeyEvent.Expire, key);
            return true;
        }).ConfigureAwait(false);
        if (!isDone)
            throw HttpFault.TooManyNamespaces();
    }

    /// <summary>Deletes a key; whether it was there.</summary>
    /// <exception cref="HttpFault">That it has gone cannot be kept.</exception>
    public ValueTask<bool> DeleteAsync(string ns, byte[] key)
    {
        DemandReady(writes: true);
        return WriteAsync(keyspace =>
        {
            if (!Enter(keyspace, ns) || !keyspace.Delete(key, new DeleteUpdate()))
                return false;
            batches.Changed?.Invoke(key);
            keyspace.Tell(KeyEvent.Delete, key);
            return true;
        });
    }

    /// <summary>A page of keys, none of which is other than text.</summary>
    /// <param name="ns">The namespace.</param>
    /// <param name="prefix">What the keys begin with.</param>
    /// <param name="lastKey">The key that the page comes after; null from the start.</param>
    /// <param name="limit">Most keys of it.</param>
    /// <returns>Null when there is no such namespace.</returns>
    /// <exception cref="HttpFault">There is no index of keys.</exception>
    public async ValueTask<ListPage?> ListAsync(string ns, byte[] prefix, byte[]? lastKey, int limit)
    {
        if (!batches.ListsKeys)
            throw HttpFault.NoKeyIndex();
        while (true)
        {
            var (page, building) = await ReadAsync<(ListPage?, Task?)>(keyspace =>
            {
                // That a key is not listed may be told as well.
                keyspace.Session.DependOnAll();
                if (!Enter(keyspace, ns))
                    return (null, null);
                if (!keyspace.Namespace.Keys.IsOrdered)
                    return (null, keyspace.Namespace.Keys.BuildOrdered());
                var page = new ListPage { TakesTextOnly = true };
                page.Fill(keyspace, prefix, lastKey, limit, withValues: false);
                return (page, null);
            }).ConfigureAwait(false);
            if (building == null)
                return page;
            await building.ConfigureAwait(false);
        }
    }

    /// <summary>Names of all namespaces that are there: the default one, databases with keys, and those that were named.</summary>
    public ValueTask<List<string>> NamespacesAsync() =>
        ReadAsync(keyspace =>
        {
            keyspace.Session.DependOnAll();
            return keyspace.Namespaces.All.Where(n => n.Number is null or 0 || n.Keys.Directory.Count > 0).Select(n => n.Name).ToList();
        });

    /// <summary>Whether a namespace is there.</summary>
    public ValueTask<bool> HasNamespaceAsync(string ns) => ReadAsync(keyspace => keyspace.Namespaces.Find(ns) is { IsThere: true });

    /// <summary>Makes a namespace; false when it is there.</summary>
    /// <exception cref="HttpFault">There are too many.</exception>
    public async ValueTask<bool> AddNamespaceAsync(string ns)
    {
        DemandReady(writes: true);
        var isNew = await WriteAsync<bool?>(keyspace =>
        {
            var isThere = keyspace.Namespaces.Find(ns) is { IsThere: true };
            var found = keyspace.Namespaces.FindOrAdd(ns);
            keyspace.Session.DependOnAll();
            return isThere ? false : found == null ? null : true;
        }).ConfigureAwait(false);
        return isNew ?? throw HttpFault.TooManyNamespaces();
    }

    /// <summary>Gives a namespace another name; false when that is taken.</summary>
    public ValueTask<bool> RenameNamespaceAsync(string ns, string name)
    {
        DemandReady(writes: true);
        return WriteAsync(keyspace =>
        {
            BeAlone(keyspace);
            return keyspace.Namespaces.Find(ns) is { Number: null } found && keyspace.Namespaces.TryRename(found, name);
        });
    }

    /// <summary>Deletes a namespace with all its keys; a database is emptied.</summary>
    public async ValueTask RemoveNamespaceAsync(string ns)
    {
        DemandReady(writes: true);
        await WriteAsync(keyspace =>
        {
            BeAlone(keyspace);
            if (keyspace.Namespaces.Find(ns) is { } found)
                keyspace.Namespaces.Remove(found, batches.IsInUse);
            batches.AllChanged?.Invoke();
            return true;
        }).ConfigureAwait(false);
    }

    // A reply waits for the log, and tells why where that would take too long.
    private ValueTask<T> ReadAsync<T>(Func<Keyspace, T> work) => OrFaultAsync(batches.ReadAsync(work));

    private ValueTask<T> WriteAsync<T>(Func<Keyspace, T> work) => OrFaultAsync(batches.WriteAsync(work));

    private async ValueTask<T> OrFaultAsync<T>(ValueTask<T> running)
    {
        try
        {
            return await running.ConfigureAwait(false);
        }
        catch (IOException error)
        {
            throw HttpFault.NotKept(batches.WriteRefusal() ?? WriteFault + error.Message);
        }
    }

    // What becomes of a namespace is begun only if it can be kept, since all that is read depends on it.
    private void BeAlone(Keyspace keyspace)
    {
        keyspace.BeAlone();
        if (!batches.HasRoomForNames)
            throw HttpFault.OutOfMemory();
    }

    // A namespace is looked for within the batch, since it may be dropped between two.
    private static bool Enter(Keyspace keyspace, string ns)
    {
        if (keyspace.Namespaces.Find(ns) is not { } found)
            return false;
        keyspace.Namespace = found;
        return true;
    }

    private static bool EnterOrAdd(Keyspace keyspace, string ns)
    {
        if (keyspace.Namespaces.FindOrAdd(ns) is not { } found)
            return false;
        keyspace.Namespace = found;
        return true;
    }
}
