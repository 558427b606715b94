using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using RespKv.Protocol;
using RespKv.Server.Kv;
using RespKv.Server.Kv.Hashes;
using RespKv.Server.Storage;
using RespKv.Server.Storage.Faster;

namespace RespKv.Server.Commands;

/// <summary>What all connections share: the store, the namespaces, the commands, the clients, the counts.</summary>
internal sealed class ServerState
{
    private readonly ConcurrentBag<CommandContext> contexts = [];
    private long lastClientId;
    private bool isLoading;

    [ThreadStatic]
    private static CommandContext? threadContext;

    public ServerState(FasterStore store, int databases, ILogger logger)
    {
        Logger = logger;
        Store = store;
        Namespaces = new Namespaces(store, databases);
        Commands = new CommandTable();
        Access = new AccessControl(this);
        Stats = new ServerStats(Commands.Count);
        MissingKeys = new MissingKeys(store);
        Pause = new ClientPause(store.Clock);
        Scripts = new Scripts(this);
        Tracking = new KeyTracking(id => Clients.GetValueOrDefault(id));
        store.KeyGone = TellGone;
        store.FieldsExpired = (keys, key) => TellByItself(KeyEvent.HashExpired, keys, key);
        store.HashEmptied = (keys, key) => TellByItself(KeyEvent.Delete, keys, key);
        Namespaces.Events.Publish = (channel, message) => PubSub.Publish(null, channel, message);
        // Whoever pauses writes wants the data to stay as they are.
        // While nothing can be logged, what has expired is only hidden: to reclaim it would fill what is left of the log's ring.
        store.KeepsExpired = () => Pause.IsActive || store.Log.Failure != null;
        Sampler = new ServerSampler(Stats, store);
        Gauges.PubSubChannels = () => PubSub.Count(SubscriptionKind.Channel);
        Gauges.PubSubPatterns = () => PubSub.Count(SubscriptionKind.Pattern);
        Gauges.PubSubShardChannels = () => PubSub.Count(SubscriptionKind.Shard);
        Gauges.PubSubClients = () => Clients.Values.Count(c => c.IsSubscribed);
        Gauges.WatchingClients = () => Clients.Values.Count(c => c.Watched != null);
        Gauges.TrackingClients = () => Tracking.Clients;
        Gauges.WatchedKeys = () => Clients.Values.Sum(c => (long)(c.Watched?.Count ?? 0));
    }

    public ILogger Logger { get; }

    public FasterStore Store { get; }

    /// <summary>What the store does for itself; counts reclaimed keys.</summary>
    public StoreMaintenance? Maintenance { get; set; }

    /// <summary>What fetches records that are not in memory; null where all are.</summary>
    public ColdReads? ColdReads { get; set; }

    /// <summary>How the data are kept; null when they are in memory only.</summary>
    public Persistence? Persistence { get; set; }

    /// <summary>Whether the data are still being loaded, and commands that need them are refused.</summary>
    public bool IsLoading
    {
        get => Volatile.Read(ref isLoading);
        set => Volatile.Write(ref isLoading, value);
    }

    /// <summary>Whether an orderly end may make a checkpoint (SHUTDOWN NOSAVE says no).</summary>
    public bool SavesAtEnd { get; set; } = true;

    /// <summary>The users, and which client is whom.</summary>
    public AccessControl Access { get; }

    public Namespaces Namespaces { get; }

    public CommandTable Commands { get; }

    public ServerStats Stats { get; }

    /// <summary>Rates and peaks.</summary>
    public ServerSampler Sampler { get; }

    /// <summary>Counts that other families of commands keep.</summary>
    public ServerGauges Gauges { get; } = new();

    /// <summary>Keys reclaimed because their time was up.</summary>
    public long ExpiredKeys => Maintenance?.ExpiredKeys ?? Store.Cleaner.ExpiredKeys;

    public ServerIdentity Identity { get; } = new();

    public SlowLog SlowLog { get; } = new();

    public LatencyMonitor Latency { get; } = new();

    /// <summary>The parameters of CONFIG.</summary>
    public IConfiguration Configuration { get; set; } = NoConfiguration.Instance;

    /// <summary>Told when SHUTDOWN asks the server to end; returns at once. Null where nobody can end it.</summary>
    public Action? RequestShutdown { get; set; }

    /// <summary>Connected clients by id.</summary>
    public ConcurrentDictionary<long, Client> Clients { get; } = new();

    public PubSubRegistry PubSub { get; } = new();

    public Monitors Monitors { get; } = new();

    public ClientPause Pause { get; }

    public KeyTracking Tracking { get; }

    /// <summary>Connections to servers that keys were moved to.</summary>
    public MigrateConnections MigrateConnections { get; } = new();

    /// <summary>Keys that are watched and missing.</summary>
    public MissingKeys MissingKeys { get; }

    public Scripts Scripts { get; }

    /// <summary>What a client with subscriptions may leave unread (<c>client-output-buffer-limit pubsub</c>).</summary>
    public OutputLimit PubSubOutput { get; set; } = new(32L * 1024 * 1024, 8L * 1024 * 1024, 60);

    /// <summary>What any other client may leave unread (<c>client-output-buffer-limit normal</c>).</summary>
    public OutputLimit NormalOutput { get; set; } = new(0, 0, 0);

    /// <summary>Most bytes of an incomplete request and of commands queued by MULTI (<c>client-query-buffer-limit</c>).</summary>
    public long QueryBufferBytesMax { get; set; } = 1L << 30;

    /// <summary>Who may use DEBUG.</summary>
    public DebugAccess DebugAccess { get; set; } = DebugAccess.Local;

    /// <summary>Whether DUMP packs long values (<c>rdbcompression</c>).</summary>
    public bool CompressesDumps { get; set; } = true;

    public KvLimits KvLimits { get; } = new();

    public HashLimits HashLimits { get; } = new();

    /// <summary>Longest value that a command may make, in bytes (<c>proto-max-bulk-len</c>).</summary>
    public long BulkBytesMax { get; set; } = RespLimits.BulkBytesMaxDefault;

    public long NextClientId() => Interlocked.Increment(ref lastClientId);

    /// <summary>A client has gone, and its loop has ended; whatever it held is let go.</summary>
    public void ClientLeft(Client client)
    {
        client.Result = null;
        client.Transaction = null;
        client.Unwatch();
        PubSub.RemoveAll(client);
        Monitors.Remove(client);
        if (client.Tracking != null)
            Tracking.Set(client, null);
    }

    // A key has gone that nobody deleted.
    private void TellGone(Keyset keys, ReadOnlySpan<byte> key, bool isEvicted) => TellByItself(isEvicted ? KeyEvent.Evicted : KeyEvent.Expired, keys, key);

    private void TellByItself(KeyEvent what, Keyset keys, ReadOnlySpan<byte> key)
    {
        if (Namespaces.Events.Classes != KeyEventClasses.None)
            Namespaces.Events.Tell(what, keys.EventName, key);
        TellChanged(key);
    }

    /// <summary>Tells of a key that has gone, or that somebody has changed who is no client here.</summary>
    public void TellChanged(ReadOnlySpan<byte> key)
    {
        if (Tracking.Any)
            Tracking.TellChange(key, null);
    }

    /// <summary>Lends a context with a session, for one batch.</summary>
    public CommandContext Lease()
    {
        if (threadContext is { } mine && mine.Server == this)
        {
            threadContext = null;
            return mine;
        }

        return contexts.TryTake(out var idle) ? idle : new CommandContext(this, new Keyspace(Store.Lease(), Namespaces));
    }

    /// <summary>Runs work in a batch of its own in a namespace, on a worker's thread.</summary>
    public T RunAside<T>(Namespace ns, Func<Keyspace, T> work)
    {
        var context = Lease();
        context.Keyspace.Session.BeginBatch();
        context.Keyspace.Namespace = ns;
        try
        {
            return work(context.Keyspace);
        }
        finally
        {
            context.Keyspace.Session.EndBatch();
            Return(context);
        }
    }

    public void Return(CommandContext context)
    {
        if (context.Keyspace.Session.IsBroken)
            return;
        if (threadContext == null)
            threadContext = context;
        else
            contexts.Add(context);
    }
}
