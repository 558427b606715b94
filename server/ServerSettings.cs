using Microsoft.Extensions.Logging;
using RespKv.Protocol;
using RespKv.Server.Commands;
using RespKv.Server.Http;
using RespKv.Server.Kv;
using RespKv.Server.Net;
using RespKv.Server.Storage;
using RespKv.Server.Storage.Durability;

namespace RespKv.Server;

/// <summary>What a server is started with. Those that CONFIG SET can change are read again where they are used.</summary>
internal sealed class ServerSettings
{
    /// <summary>TCP port; 0 lets the system choose one, -1 listens on no port.</summary>
    public int Port { get; set; } = 6379;

    /// <summary><see cref="Port"/> of a server without one.</summary>
    public const int NoPort = -1;

    /// <summary>Whether data are kept in <see cref="Folder"/>.</summary>
    public bool IsPersistent { get; set; }

    /// <summary>The data folder.</summary>
    public string Folder { get; set; } = Path.GetFullPath("respkv-data");

    /// <summary>Addresses to listen on; one that begins with - may be missing on this machine.</summary>
    public IReadOnlyList<string> Bind { get; set; } = ["127.0.0.1", "-::1"];

    /// <summary>Path of a UNIX socket; empty for none.</summary>
    public string UnixSocket { get; set; } = "";

    /// <summary>Permissions of the UNIX socket, as octal digits; 0 for what the system gives.</summary>
    public int UnixSocketPermissions { get; set; }

    /// <summary>Connections that wait to be accepted.</summary>
    public int TcpBacklog { get; set; } = 511;

    /// <summary>Numbered databases.</summary>
    public int Databases { get; set; } = 16;

    /// <summary>Whether clients from other hosts are refused while there is no password.</summary>
    public bool ProtectedMode { get; set; } = true;

    /// <summary>Seconds between probes of an idle connection; 0 for none.</summary>
    public int TcpKeepAliveSeconds { get; set; } = 300;

    /// <summary>Seconds after which an idle client is closed; 0 for never.</summary>
    public int TimeoutSeconds { get; set; }

    /// <summary>Most clients at a time.</summary>
    public int MaxClients { get; set; } = 10_000;

    /// <summary>Milliseconds that a script may run before clients are told that it does; 0 for no end.</summary>
    public long BusyThresholdMs { get; set; } = 5000;

    /// <summary>Bytes that the values of scripts may take.</summary>
    public long ScriptMemoryBytes { get; set; } = 256L << 20;

    /// <summary>The password of the default user; empty for none.</summary>
    public string RequirePass { get; set; } = "";

    /// <summary>Users that the configuration file and the command line describe.</summary>
    public List<UserDirective> Users { get; } = [];

    /// <summary>Names that the configuration file gives commands.</summary>
    public List<CommandRenaming> Renamings { get; } = [];

    /// <summary>The file of users, as a full path; empty for none.</summary>
    public string AclFile { get; set; } = "";

    /// <summary>Whether new users may use all channels.</summary>
    public bool UsersStartWithAllChannels { get; set; }

    /// <summary>Entries of the log of what was not allowed.</summary>
    public long AclLogLengthMax { get; set; } = 128;

    /// <summary>Least level of what is logged.</summary>
    public LogLevel LogLevel { get; set; } = LogLevel.Information;

    /// <summary>Longest argument of a request, and longest value that a command may make, in bytes.</summary>
    public long BulkBytesMax { get; set; } = RespLimits.BulkBytesMaxDefault;

    /// <summary>Most bytes of an incomplete request and of commands queued by MULTI.</summary>
    public long QueryBufferBytesMax { get; set; } = 1L << 30;

    /// <summary>What an ordinary client may leave unread before it is closed; 0 for what <see cref="Output"/> allows.</summary>
    public OutputLimit NormalOutput { get; set; } = new(0, 0, 0);

    /// <summary>What a client with subscriptions may leave unread before it is closed.</summary>
    public OutputLimit PubSubOutput { get; set; } = new(32L << 20, 8L << 20, 60);

    /// <summary>Microseconds from which on a call is in the slow log; negative for none.</summary>
    public long SlowLogMicroseconds { get; set; } = 10_000;

    /// <summary>Entries of the slow log.</summary>
    public int SlowLogLengthMax { get; set; } = 128;

    /// <summary>Milliseconds from which on an event is in the latency monitor; 0 for none.</summary>
    public long LatencyThresholdMs { get; set; }

    /// <summary>Whether it is kept how long calls take.</summary>
    public bool TracksLatency { get; set; } = true;

    /// <summary>Percentiles that INFO latencystats shows.</summary>
    public IReadOnlyList<double> LatencyPercentiles { get; set; } = [50, 99, 99.9];

    /// <summary>Keys remembered for clients that track what they read; 0 for no limit.</summary>
    public long TrackedKeysMax { get; set; } = 1_000_000;

    /// <summary>Whether DUMP packs long values.</summary>
    public bool CompressesDumps { get; set; } = true;

    /// <summary>Classes of events on keys that are published.</summary>
    public KeyEventClasses KeyEvents { get; set; }

    /// <summary>Who may use DEBUG.</summary>
    public DebugAccess DebugAccess { get; set; } = DebugAccess.Local;

    /// <summary>Most fields of a hash that counts as a listpack.</summary>
    public long HashListpackEntriesMax { get; set; } = 512;

    /// <summary>Longest name or value in such a hash.</summary>
    public long HashListpackValueMax { get; set; } = 64;

    public StoreSettings Store { get; } = new();

    public TlsSettings Tls { get; } = new();

    /// <summary>How data are kept in the folder.</summary>
    public PersistenceSettings Persistence { get; } = new();

    public HttpSettings Http { get; } = new();

    /// <summary>What clients may leave unread.</summary>
    public OutputBudget Output { get; } = new();
}

/// <summary>Another name for a command, as a line of the configuration file gives it.</summary>
/// <param name="Place">The file and the line.</param>
/// <param name="Name">The command.</param>
/// <param name="NewName">What it is called; empty when it cannot be called any more.</param>
internal sealed record CommandRenaming(string Place, string Name, string NewName);

/// <summary>A user as a line of the configuration file, or the command line, describes it.</summary>
/// <param name="Place">The file and the line, or the option.</param>
/// <param name="Name">The user.</param>
/// <param name="Words">Its rules.</param>
internal sealed record UserDirective(string Place, string Name, IReadOnlyList<string> Words);
