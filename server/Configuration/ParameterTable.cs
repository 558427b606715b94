using System.Globalization;
using Microsoft.Extensions.Logging;
using RespKv.Server.Commands;
using RespKv.Server.Http;
using RespKv.Server.Storage.Durability;

namespace RespKv.Server.Configuration;

/// <summary>
/// All parameters that RespKv acts on, each defined in one place. Names, ranges and defaults are those of Redis 7.4, but for <c>maxmemory</c>, which is never without a
/// bound unless it is told so, its policy, the bound of <c>proto-max-bulk-len</c>, and <c>enable-debug-command</c>.
/// </summary>
internal static class ParameterTable
{
    private const long Gigabyte = 1L << 30;

    // Redis takes no more.
    private const int AddressesMax = 16;

    /// <summary>Those that have an effect, in the order in which help shows them.</summary>
    public static readonly IReadOnlyList<Parameter> Effective =
    [
        new("port", new IntegerKind(0, 65535), "6379")
        {
            Summary = "TCP port to listen on; 0 for none",
            Apply = (settings, value) => settings.Port = Int(value) is 0 ? ServerSettings.NoPort : Int(value),
        },
        new("bind", new WordsKind(AddressesFault), "127.0.0.1 -::1")
        {
            Summary = "addresses to listen on; one that begins with - may be missing on this machine; * for all",
            Apply = (settings, value) => settings.Bind = value.Split(' ', StringSplitOptions.RemoveEmptyEntries),
        },
        new("http-port", new IntegerKind(0, 65535), "8379")
        {
            Summary = "TCP port of the HTTP front; 0 for none; where only the default is taken, there is none", IsImmutable = true, Apply = (settings, value) => settings.Http.Port = Int(value),
        },
        new("http-bind", new WordsKind(), "127.0.0.1")
        {
            Summary = "addresses of the HTTP front; others than this host's need http-tokens, or a password of the default user", IsImmutable = true,
            Apply = (settings, value) => settings.Http.Bind = value.Split(' ', StringSplitOptions.RemoveEmptyEntries),
        },
        new("http-namespace-header", new HeaderNameKind(), "X-KV-Namespace")
        {
            Summary = "header of a request that names its namespace", IsImmutable = true, Apply = (settings, value) => settings.Http.NamespaceHeader = value,
        },
        new("http-namespaces", new WordsKind(NamespaceEndPointsFault), "")
        {
            Summary = "ports and UNIX sockets that serve one namespace each: name=8380 name=/run/name.sock", IsImmutable = true,
            Apply = (settings, value) => settings.Http.NamespaceEndPoints = [.. WordsOf(value).Select(word => NamespaceEndPoint.TryParse(word, out var endPoint) == null ? endPoint : null!)],
        },
        new("http-tokens", new WordsKind(words => AccessTokens.TryParse([.. words.Select(ByteText.ToText)], out _)), "")
        {
            Summary = "bearer tokens, what for, and for which namespace or all: sessions:rw:token *:ro:token",
            Apply = (settings, value) => settings.Http.Tokens = AccessTokens.TryParse(WordsOf(value), out var tokens) == null ? tokens : AccessTokens.None,
        },
        new("http-buffer-limit", new BytesKind(1 << 20, long.MaxValue), "268435456")
        {
            Summary = "bytes of bodies and answers that all HTTP requests together may hold in memory; who needs more waits, and is refused after half a minute",
            Apply = (settings, value) => settings.Http.GatheredBytesMax = Long(value),
        },
        new("http-min-rate", new IntegerKind(0, int.MaxValue), "64")
        {
            Summary = "least bytes a second of a body or an answer of HTTP, after half a minute; slower ones are closed; 0 for no least", IsImmutable = true,
            Apply = (settings, value) => settings.Http.BytesPerSecondMin = Int(value),
        },
        new("unixsocket", new TextKind(), "")
        {
            Summary = "path of a UNIX socket to listen on as well", IsImmutable = true, Apply = (settings, value) => settings.UnixSocket = ByteText.ToText(value),
        },
        new("unixsocketperm", new OctalKind(), "0")
        {
            Summary = "permissions of the UNIX socket, as octal digits; 0 for the system's", IsImmutable = true, Apply = (settings, value) => settings.UnixSocketPermissions = Int(value),
        },
        new("tcp-backlog", new IntegerKind(0, int.MaxValue), "511")
        {
            Summary = "connections that may wait to be accepted", IsImmutable = true, Apply = (settings, value) => settings.TcpBacklog = Int(value),
        },
        new("protected-mode", new FlagKind(), "yes")
        {
            Summary = "refuse clients of other hosts while there is no password", Apply = (settings, value) => settings.ProtectedMode = IsYes(value),
        },
        new("requirepass", new TextKind(), "")
        {
            Summary = "password that clients give with AUTH; none when empty", Apply = (settings, value) => settings.RequirePass = value,
        },
        new("aclfile", new FilePathKind(), "")
        {
            Summary = "file of users, a line for each, which ACL LOAD reads and ACL SAVE writes", IsImmutable = true, Apply = (settings, value) => settings.AclFile = ByteText.ToText(value),
        },
        new("acl-pubsub-default", new ChoiceKind("allchannels", "resetchannels"), "resetchannels")
        {
            Summary = "which channels new users may use: allchannels, resetchannels (none)", Apply = (settings, value) => settings.UsersStartWithAllChannels = value == "allchannels",
        },
        new("acllog-max-len", new IntegerKind(0, long.MaxValue), "128")
        {
            Summary = "entries of ACL LOG", Apply = (settings, value) => settings.AclLogLengthMax = Long(value),
        },
        .. TlsParameters.All,
        new("maxclients", new IntegerKind(1, uint.MaxValue), "10000")
        {
            Summary = "clients at a time", Apply = (settings, value) => settings.MaxClients = settings.Http.ConnectionsMax = (int)Math.Min(Long(value), int.MaxValue),
        },
        new("timeout", new IntegerKind(0, int.MaxValue), "0")
        {
            Summary = "seconds after which an idle client is closed; 0 for never", Apply = (settings, value) => settings.TimeoutSeconds = Int(value),
        },
        new("tcp-keepalive", new IntegerKind(0, int.MaxValue), "300")
        {
            Summary = "seconds between probes of an idle connection; 0 for none", Apply = (settings, value) => settings.TcpKeepAliveSeconds = Int(value),
        },
        new("databases", new IntegerKind(1, int.MaxValue), "16")
        {
            Summary = "numbered databases", IsImmutable = true, Apply = (settings, value) => settings.Databases = Int(value),
        },
        new("maxmemory", new BytesKind(0, long.MaxValue), DefaultMemoryBytes())
        {
            Summary = "bytes that the data may take, such as 100mb; 0 for no limit",
            DefaultMeaning = "three quarters of the machine's memory, or nine sixteenths of a container's limit",
            Apply = (settings, value) => settings.Store.MaxMemoryBytes = Long(value),
        },
        new("maxmemory-policy", new ChoiceKind("volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl", "allkeys-lru", "allkeys-lfu", "allkeys-random", "noeviction"), "allkeys-lru")
        {
            Summary = "which keys go when the memory is full", Apply = (settings, value) => settings.Store.Policy = PolicyNames.Parse(value),
        },
        new("lfu-log-factor", new IntegerKind(0, int.MaxValue), "10")
        {
            Summary = "how much harder an LFU counter grows the higher it is", Apply = (settings, value) => settings.Store.LfuLogFactor = Int(value),
        },
        new("lfu-decay-time", new IntegerKind(0, int.MaxValue), "1")
        {
            Summary = "minutes without use that take one off an LFU counter", Apply = (settings, value) => settings.Store.LfuDecayMinutes = Int(value),
        },
        new("proto-max-bulk-len", new BytesKind(1 << 20, Gigabyte), "536870912")
        {
            Summary = "bytes of the longest argument and value", Apply = (settings, value) => settings.BulkBytesMax = Long(value),
        },
        new("client-query-buffer-limit", new BytesKind(1 << 20, long.MaxValue), "1073741824")
        {
            Summary = "bytes of an incomplete request, and of a transaction's queue", Apply = (settings, value) => settings.QueryBufferBytesMax = Long(value),
        },
        new("client-output-buffer-limit", new WordsKind(OutputLimits.Fault), OutputLimits.Default)
        {
            Summary = "what clients may leave unread: class, hard limit, soft limit, seconds",
            Apply = (settings, value) => (settings.NormalOutput, settings.PubSubOutput) = (OutputLimits.Of(value, "normal"), OutputLimits.Of(value, "pubsub")),
        },
        new("loglevel", new ChoiceKind("debug", "verbose", "notice", "warning", "nothing"), "notice")
        {
            Summary = "least of what is logged: debug, verbose, notice, warning, nothing", Apply = (settings, value) => settings.LogLevel = LevelOf(value),
        },
        new("slowlog-log-slower-than", new IntegerKind(-1, long.MaxValue), "10000")
        {
            Summary = "microseconds from which on a call is in the slow log; -1 for none", Apply = (settings, value) => settings.SlowLogMicroseconds = Long(value),
        },
        new("slowlog-max-len", new IntegerKind(0, long.MaxValue), "128")
        {
            Summary = "entries of the slow log", Apply = (settings, value) => settings.SlowLogLengthMax = (int)Math.Min(Long(value), int.MaxValue),
        },
        new("latency-monitor-threshold", new IntegerKind(0, long.MaxValue), "0")
        {
            Summary = "milliseconds from which on an event is in the latency monitor; 0 for none", Apply = (settings, value) => settings.LatencyThresholdMs = Long(value),
        },
        new("latency-tracking", new FlagKind(), "yes")
        {
            Summary = "keep how long calls take", Apply = (settings, value) => settings.TracksLatency = IsYes(value),
        },
        new("latency-tracking-info-percentiles", new WordsKind(PercentilesFault), "50 99 99.9")
        {
            Summary = "percentiles in INFO latencystats",
            Apply = (settings, value) => settings.LatencyPercentiles = [.. value.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(w => double.Parse(w, CultureInfo.InvariantCulture))],
        },
        new("busy-reply-threshold", new IntegerKind(0, long.MaxValue), "5000")
        {
            Alias = "lua-time-limit", Summary = "milliseconds that a script may run before others are told BUSY and it can be killed; 0 for no end",
            Apply = (settings, value) => settings.BusyThresholdMs = Long(value),
        },
        new("script-memory-limit", new BytesKind(1 << 20, long.MaxValue), "268435456")
        {
            Summary = "bytes that the values of scripts may take", IsHidden = true, Apply = (settings, value) => settings.ScriptMemoryBytes = Long(value),
        },
        new("tracking-table-max-keys", new IntegerKind(0, long.MaxValue), "1000000")
        {
            Summary = "keys remembered for CLIENT TRACKING; 0 for no limit", Apply = (settings, value) => settings.TrackedKeysMax = Long(value),
        },
        new("rdbcompression", new FlagKind(), "yes")
        {
            Summary = "compress what DUMP returns", Apply = (settings, value) => settings.CompressesDumps = IsYes(value),
        },
        new("notify-keyspace-events", new KeyEventsKind(), "")
        {
            Summary = "events on keys that are published, a letter for each class, and K, E or both for the channels; none when empty",
            Apply = (settings, value) => settings.KeyEvents = KeyEventsKind.ClassesOf(value),
        },
        new("enable-debug-command", new ChoiceKind("no", "yes", "local"), "local")
        {
            Summary = "who may use DEBUG: no, yes, local", IsImmutable = true, Apply = (settings, value) => settings.DebugAccess = Enum.Parse<DebugAccess>(value, ignoreCase: true),
        },
        new("key-index", new ChoiceKind("on", "off"), "on")
        {
            Summary = "keep an index of keys: on; off saves its memory, and SCAN, KEYS, RANDOMKEY, KV.LIST and KV.DELPREFIX are refused", IsImmutable = true, IsHidden = true,
            Apply = (settings, value) => settings.Store.ListsKeys = value == "on",
        },
        new("persistence", new ChoiceKind("on", "off"), "on")
        {
            Summary = "whether data are kept in a folder; off is a cache in memory only", IsImmutable = true, IsHidden = true, Apply = (settings, value) => settings.IsPersistent = value == "on",
        },
        new("dir", new FolderKind(), ByteText.FromText(Path.GetFullPath("respkv-data")))
        {
            Summary = "the data folder; made if need be", DefaultMeaning = "respkv-data in the folder it is started in", IsProtected = true,
            Apply = (settings, value) => settings.Folder = ByteText.ToText(value),
        },
        new("appendonly", new FlagKind(), "yes")
        {
            Summary = "log every write in the data folder; else only checkpoints are kept", Apply = (settings, value) => settings.Persistence.LogsWrites = IsYes(value),
        },
        new("appendfsync", new ChoiceKind("everysec", "always", "no"), "everysec")
        {
            Summary = "when the log is synced to the disk: everysec, always (before the reply), no",
            Apply = (settings, value) => settings.Persistence.Sync = Enum.Parse<SyncPolicy>(value, ignoreCase: true),
        },
        new("save", new WordsKind(SaveFault), "3600 1 300 100 60 10000")
        {
            Summary = "seconds and changes after which a checkpoint is made where writes are not logged; empty for never", Apply = (settings, value) => settings.Persistence.SavePoints = SavePoints(value),
        },
        new("hash-max-listpack-entries", new IntegerKind(0, long.MaxValue), "512")
        {
            Alias = "hash-max-ziplist-entries", Summary = "fields up to which OBJECT ENCODING calls a hash a listpack", Apply = (settings, value) => settings.HashListpackEntriesMax = Long(value),
        },
        new("hash-max-listpack-value", new BytesKind(0, long.MaxValue), "64")
        {
            Alias = "hash-max-ziplist-value", Summary = "bytes of a name or value up to which it does", Apply = (settings, value) => settings.HashListpackValueMax = Long(value),
        },
        new("auto-aof-rewrite-min-size", new BytesKind(0, long.MaxValue), "67108864")
        {
            Summary = "bytes of log below which none of it is replaced by a checkpoint", Apply = (settings, value) => settings.Persistence.CheckpointLogBytesMin = Long(value),
        },
        new("auto-aof-rewrite-percentage", new IntegerKind(0, int.MaxValue), "100")
        {
            Summary = "log in per cent of the last checkpoint after which a new one is made; 0 for never", Apply = (settings, value) => settings.Persistence.CheckpointLogPercent = Int(value),
        },
        new("stop-writes-on-bgsave-error", new FlagKind(), "yes")
        {
            Summary = "refuse writes while checkpoints fail, where writes are not logged", Apply = (settings, value) => settings.Persistence.StopsWritesOnFault = IsYes(value),
        },
    ];

    private static readonly Dictionary<string, Parameter> ByName = Index();

    /// <summary>All, those without effect too.</summary>
    public static IEnumerable<Parameter> All => Effective.Concat(RememberedParameters.All);

    /// <summary>All names, older ones too.</summary>
    public static IEnumerable<string> Names => ByName.Keys;

    /// <summary>The parameter of a name in either case; null when there is none.</summary>
    public static Parameter? Find(string name) => ByName.GetValueOrDefault(name.ToLowerInvariant());

    private static Dictionary<string, Parameter> Index()
    {
        var index = new Dictionary<string, Parameter>();
        foreach (var parameter in All)
        {
            index.Add(parameter.Name, parameter);
            if (parameter.Alias != null)
                index.Add(parameter.Alias, parameter);
        }

        return index;
    }

    // What the runtime may use is the machine's memory, or three quarters of a container's limit.
    private static string DefaultMemoryBytes() => (GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4 * 3).ToString(CultureInfo.InvariantCulture);

    private static string? AddressesFault(string[] words) => words.Length > AddressesMax ? "Too many bind addresses specified." : null;

    private static string? PercentilesFault(string[] words)
    {
        foreach (var word in words)
        {
            if (!double.TryParse(word, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var percentile))
                return "Invalid latency-tracking-info-percentiles parameters";
            if (percentile is < 0 or > 100)
                return "latency-tracking-info-percentiles parameters should sit between [0.0,100.0]";
        }

        return null;
    }

    // Pairs of seconds and changes; none, for never.
    private static string? SaveFault(string[] words) =>
        words.Length % 2 == 0 && words.All(w => long.TryParse(w, out var number) && number >= 0) ? null : "Invalid save parameters";

    private static List<(long Seconds, long Changes)> SavePoints(string value) =>
        [.. value.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Long).Chunk(2).Select(pair => (pair[0], pair[1]))];

    private static string? NamespaceEndPointsFault(string[] words) => words.Select(word => NamespaceEndPoint.TryParse(ByteText.ToText(word), out _)).FirstOrDefault(fault => fault != null);

    private static string[] WordsOf(string value) => [.. value.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(ByteText.ToText)];

    private static LogLevel LevelOf(string name) => name switch
    {
        "debug" => LogLevel.Trace,
        "verbose" => LogLevel.Debug,
        "warning" => LogLevel.Warning,
        "nothing" => LogLevel.None,
        _ => LogLevel.Information,
    };

    private static bool IsYes(string value) => value == "yes";

    private static int Int(string value) => int.Parse(value, CultureInfo.InvariantCulture);

    private static long Long(string value) => long.Parse(value, CultureInfo.InvariantCulture);
}
