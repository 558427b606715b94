namespace RespKv.Server.Commands;

/// <summary>
/// Which clients may have which keys in a cache of their own, so that they are told when a key changes (CLIENT TRACKING). Keys are names, whatever the
/// namespace. A read is remembered before it is made and a change is told after it, so that no change is missed; a client may hear of one it has not seen.
/// While nobody tracks, a command pays for two looks at a field.
/// </summary>
internal sealed class KeyTracking(Func<long, Client?> find)
{
    private readonly Lock changing = new();
    private readonly Dictionary<byte[], HashSet<long>> readers = new(ByteKeys.Comparer);
    private volatile Client[] trackers = [];
    private long items;
    private long keysMax = 1_000_000;

    /// <summary>Whether any client tracks.</summary>
    public bool Any => trackers.Length > 0;

    /// <summary>Clients that track.</summary>
    public int Clients => trackers.Length;

    /// <summary>Keys that some client may have.</summary>
    public long Keys
    {
        get
        {
            lock (changing)
                return readers.Count;
        }
    }

    /// <summary>Pairs of a key and a client that may have it.</summary>
    public long Items => Interlocked.Read(ref items);

    /// <summary>Different prefixes that clients hear of.</summary>
    public long Prefixes => trackers.SelectMany(c => c.Tracking?.Prefixes ?? []).Distinct(ByteKeys.Comparer).Count();

    /// <summary>Most keys remembered (<c>tracking-table-max-keys</c>); 0 for no limit. A key above it is told as changed and forgotten.</summary>
    public long KeysMax
    {
        get => Interlocked.Read(ref keysMax);
        set
        {
            Interlocked.Exchange(ref keysMax, value);
            lock (changing)
                ForgetAboveLimit();
        }
    }

    /// <summary>Begins, changes or (null) ends a client's tracking; called by its own loop, or after that.</summary>
    public void Set(Client client, ClientTracking? tracking)
    {
        lock (changing)
        {
            var others = trackers.Where(c => c != client);
            client.Tracking = tracking;
            trackers = tracking == null ? [.. others] : [.. others, client];
            if (trackers.Length > 0)
                return;
            readers.Clear();
            Interlocked.Exchange(ref items, 0);
        }
    }

    /// <summary>To be called before a command runs: remembers the keys that it reads.</summary>
    public void Remember(CommandContext context, Command command)
    {
        if (context.Client.Tracking is not { RemembersReads: true } || !command.Is(CommandFlags.ReadOnly) || command.Is(CommandFlags.PubSub) || ScriptCommands.RunsScript(command))
            return;
        lock (changing)
        {
            foreach (var (position, _) in KeyPositions.Of(command, context.Request, 0))
                Remember(context.Client.Id, context.Request[position]);
            ForgetAboveLimit();
        }
    }

    /// <summary>To be called when a command that may write has run: tells of the keys that it names.</summary>
    public void TellChanges(CommandContext context, Command command)
    {
        if (!command.Keys.HasKeys)
        {
            TellAll(context);
            return;
        }

        foreach (var (position, use) in KeyPositions.Of(command, context.Request, 0))
        {
            if (!use.HasFlag(KeyUse.ReadOnly))
                TellChange(context.Request[position], context);
        }
    }

    /// <summary>Tells that a key has changed or gone.</summary>
    /// <param name="key">The key.</param>
    /// <param name="by">The command's that changed it; null when its time was up, or it was evicted.</param>
    public void TellChange(ReadOnlySpan<byte> key, CommandContext? by)
    {
        lock (changing)
            TellReaders(key, by);
        if (!trackers.Any(c => c.Tracking is { IsBroadcast: true }))
            return;
        if (by == null)
            Broadcast([key.ToArray()], null);
        else
            by.ChangedKeys.Add(key.ToArray());
    }

    /// <summary>Tells those who hear of all keys what a command, or a whole transaction, has changed: one message for each prefix.</summary>
    public void Broadcast(CommandContext by)
    {
        var keys = by.ChangedKeys.Distinct(ByteKeys.Comparer).ToList();
        by.ChangedKeys.Clear();
        keys.Sort((a, b) => a.AsSpan().SequenceCompareTo(b));
        Broadcast(keys, by);
    }

    private void Broadcast(List<byte[]> keys, CommandContext? by)
    {
        foreach (var client in trackers)
        {
            if (client.Tracking is not { IsBroadcast: true } tracking)
                continue;
            foreach (var prefix in tracking.Prefixes)
            {
                var covered = keys.FindAll(key => key.AsSpan().StartsWith(prefix));
                if (covered.Count > 0)
                    Send(client, tracking, Message.Invalidation(covered), by);
            }
        }
    }

    private void Remember(long id, ReadOnlySpan<byte> key)
    {
        var byKey = readers.GetAlternateLookup<ReadOnlySpan<byte>>();
        if (!byKey.TryGetValue(key, out var ids))
            byKey[key] = ids = [];
        if (ids.Add(id))
            Interlocked.Increment(ref items);
    }

    private void ForgetAboveLimit()
    {
        while (KeysMax > 0 && readers.Count > KeysMax)
            TellReaders(readers.Keys.First(), null);
    }

    private void TellReaders(ReadOnlySpan<byte> key, CommandContext? by)
    {
        if (!readers.GetAlternateLookup<ReadOnlySpan<byte>>().Remove(key, out _, out var ids))
            return;
        Interlocked.Add(ref items, -ids.Count);
        var message = Message.Invalidation([key.ToArray()]);
        foreach (var id in ids)
        {
            if (find(id) is { Tracking: { IsBroadcast: false } tracking } client)
                Send(client, tracking, message, by);
        }
    }

    /// <summary>Tells that all keys may have changed: databases were emptied or exchanged.</summary>
    /// <param name="by">The command's that did it; null where it was none.</param>
    public void TellAll(CommandContext? by)
    {
        lock (changing)
        {
            readers.Clear();
            Interlocked.Exchange(ref items, 0);
        }

        foreach (var client in trackers)
        {
            if (client.Tracking is { } tracking)
                Send(client, tracking, Message.InvalidationOfAll, by);
        }
    }

    private void Send(Client client, ClientTracking tracking, Message message, CommandContext? by)
    {
        if (tracking.IsNoLoop && by != null && by.Client == client)
            return;
        var receiver = client;
        if (tracking.RedirectId != 0)
        {
            // One that has said QUIT is as good as gone.
            if (find(tracking.RedirectId) is not { ClosesAfterReply: false } other)
            {
                tracking.IsRedirectionBroken = true;
                if (client.ProtocolVersion == 3)
                    Post(client, Message.RedirectionBroken(tracking.RedirectId), by);
                return;
            }

            receiver = other;
        }

        // RESP2 has no pushes: there only a client that listens, and stands in for another, can be told.
        if (receiver.ProtocolVersion == 3 || (receiver != client && receiver.IsSubscribed))
            Post(receiver, message, by);
    }

    private static void Post(Client receiver, Message message, CommandContext? by)
    {
        receiver.Connection.Post(message, null);
        if (by != null && by.Client == receiver)
            by.HasOwnMail = true;
    }
}
