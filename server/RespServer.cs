using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging;
using RespKv.Server.Commands;
using RespKv.Server.Http;
using RespKv.Server.Kv;
using RespKv.Server.Metrics;
using RespKv.Server.Net;
using RespKv.Server.Storage.Durability;
using RespKv.Server.Storage.Faster;
using RespKv.Server.Telemetry;

namespace RespKv.Server;

/// <summary>
/// A server: the store, what commands share, the listeners and the connections. Started once; disposing stops accepting, answers what was received, and frees all.
/// </summary>
internal sealed class RespServer : IAsyncDisposable
{
    // Together under the five seconds within which a stop is promised.
    private static readonly TimeSpan DrainLimit = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan AbortLimit = TimeSpan.FromSeconds(1);

    private readonly ServerSettings settings;
    private readonly ILogger logger;
    private readonly FasterStore store;
    private readonly StoreMaintenance maintenance;
    private readonly Persistence? persistence;
    private readonly ColdReads? coldReads;
    private readonly List<RespListener> listeners = [];
    private readonly ConcurrentDictionary<ClientConnection, Task> connections = new();
    private readonly ConnectionKeeper keeper;
    private readonly SocketThreads? socketThreads;
    private readonly HttpFigures httpFigures = new();
    private HttpSockets? httpSockets;
    private HttpFront? http;
    private bool ownsUnixSocket;
    private string requirePass = "";
    private volatile bool isStopping;
    private volatile TlsContext? tls;
    private readonly DescriptorLimit descriptors = new();

    private RespServer(ServerSettings settings, TimeProvider clock, ILogger logger)
    {
        this.settings = settings;
        this.logger = logger;
        store = new FasterStore(settings.Store, clock, settings.IsPersistent ? settings.Folder : null);
        store.LargeValues.Orphaned = settings.Output.Add;
        State = new ServerState(store, settings.Databases, logger);
        maintenance = new StoreMaintenance(store, fault => Log.MaintenanceFault(logger, fault));
        State.Maintenance = maintenance;
        if (settings.IsPersistent)
        {
            State.Persistence = persistence = OpenFolder();
            State.ColdReads = coldReads = new ColdReads(store);
        }

        State.Identity.MaxClients = () => ClientsMax;
        AdoptSettings();
        settings.Http.Users = State.Access.Users;
        settings.Http.Denials = State.Access.Log;
        socketThreads = Epoll.IsSupported ? new SocketThreads(fault => Log.SocketThreadFault(logger, fault)) : null;
        keeper = new ConnectionKeeper(settings, State.Sampler, State.Stats, connections, logger);
    }

    public ServerState State { get; }

    /// <summary>The TCP port, once started; 0 when there is none.</summary>
    public int Port { get; private set; }

    /// <summary>The users as lines of a configuration file, but for a default user of whom that file says all there is by the password; none where they are in a file of their own.</summary>
    public IReadOnlyList<string> UserLines => StartUsers.LinesOf(State.Access, requirePass);

    private int ClientsMax => Math.Min(settings.MaxClients, Math.Max(descriptors.ConnectionsMax - (httpSockets == null ? 0 : HttpConnectionsMax), 1));

    // Each may have the file of a value open as well.
    private int HttpConnectionsMax => Math.Clamp(descriptors.ConnectionsMax / 4, 1, settings.Http.ConnectionsMax);

    /// <summary>Starts a server.</summary>
    /// <param name="settings">What it goes by.</param>
    /// <param name="clock">The time.</param>
    /// <param name="logger">Where it tells what happens.</param>
    /// <param name="prepare">Called before any client can connect.</param>
    /// <param name="stopping">Has it end while it loads its data.</param>
    /// <exception cref="StartFaultException">An end point cannot be listened on.</exception>
    /// <exception cref="OperationCanceledException">It was to end before it had its data; it has.</exception>
    public static async Task<RespServer> StartAsync(ServerSettings settings, TimeProvider clock, ILogger logger, Action<RespServer>? prepare = null, CancellationToken stopping = default)
    {
        var server = new RespServer(settings, clock, logger);
        prepare?.Invoke(server);
        try
        {
            server.RenameCommands();
            StartUsers.Load(server.State.Access, settings, logger);
            server.Listen();
            if (settings.Http.IsOn)
                server.httpSockets = HttpSockets.Bind(settings.Http);
        }
        catch
        {
            await server.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        if (server.ClientsMax < settings.MaxClients)
            Log.StartWarning(logger, $"maxclients is {settings.MaxClients}, but the limit on open descriptors leaves room for {server.ClientsMax} clients");
        server.maintenance.Start();
        server.keeper.Start();
        server.State.IsLoading = server.persistence != null;
        server.RunListeners();
        // Beside the loading, which whoever asks is told of.
        var serving = Task.Run(server.ServeHttpAsync, CancellationToken.None);
        try
        {
            await Task.Run(() => server.Recover(stopping), CancellationToken.None).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            await serving.ConfigureAwait(false);
            await server.EndAsync(saves: false).ConfigureAwait(false);
            throw;
        }
        catch (DataFaultException fault)
        {
            await serving.ConfigureAwait(false);
            await server.EndAsync(saves: false).ConfigureAwait(false);
            throw new StartFaultException(fault.Message);
        }

        server.TellReady();
        await serving.ConfigureAwait(false);
        server.TellHttpReady();
        return server;
    }

    private void RenameCommands()
    {
        foreach (var (place, name, newName) in settings.Renamings)
        {
            if (State.Commands.Rename(name, newName) is { } fault)
                throw new StartFaultException($"{place}: {fault}");
        }
    }

    private Persistence OpenFolder()
    {
        try
        {
            var opened = Persistence.Open(store, settings.Persistence, settings.Folder);
            opened.Notice = (text, isBad) => Log.Persistence(logger, isBad ? LogLevel.Warning : LogLevel.Information, text);
            return opened;
        }
        catch (DataFaultException fault)
        {
            store.Dispose();
            throw new StartFaultException(fault.Message);
        }
    }

    private void Recover(CancellationToken stopping)
    {
        if (persistence == null)
            return;
        persistence.Recover(
            () =>
            {
                State.Namespaces.Adopt();
                State.Scripts.Functions.Adopt();
            },
            stopping);
        maintenance.Persistence = persistence;
        State.IsLoading = false;
    }

    private async Task ServeHttpAsync()
    {
        if (httpSockets is not { All.Count: > 0 } sockets)
            return;
        var data = new KeyspaceBatches(store, State.Namespaces)
        {
            Changed = State.TellChanged,
            AllChanged = () => State.Tracking.TellAll(null),
            IsLoading = () => State.IsLoading,
            WriteRefusal = () => persistence?.WriteRefusal,
            WaitFor = State.Pause.WaitFor,
            IsInUse = ns => State.Clients.Values.Any(client => client.Namespace == ns),
        };
        var status = new ServerStatus(State, httpFigures, () => !isStopping && !State.IsLoading);
        http = await HttpFront.StartAsync(sockets, settings.Http, HttpConnectionsMax, data, State.KvLimits, status, httpFigures, logger).ConfigureAwait(false);
    }

    private void TellHttpReady()
    {
        if (httpSockets?.Warning is { } warning)
            Log.StartWarning(logger, warning);
        foreach (var (_, endPoint, _) in httpSockets?.All ?? [])
            Log.HttpReady(logger, endPoint.ToString()!);
    }

    /// <summary>Acts on settings that have changed; false when what they say cannot be listened on.</summary>
    /// <param name="listensAnew">Whether the port or the addresses to listen on are among them.</param>
    public bool TryAdopt(bool listensAnew)
    {
        AdoptSettings();
        persistence?.Adopt();
        if (!listensAnew)
            return true;
        foreach (var listener in listeners)
            listener.Dispose();
        listeners.Clear();
        try
        {
            Listen();
            RunListeners();
            TellReady();
            return true;
        }
        catch (StartFaultException fault)
        {
            Log.ListeningFailed(logger, fault.Message);
            return false;
        }
    }

    /// <summary>Has new connections go by the present parameters of TLS and what is now in the files that they name; false, and all stays as it is, when that cannot be.</summary>
    public bool TryAdoptTls()
    {
        try
        {
            tls = settings.Tls.Port > 0 ? TlsContext.Load(settings.Tls) : null;
            return true;
        }
        catch (TlsFaultException fault)
        {
            Log.TlsFailed(logger, fault.Message);
            return false;
        }
    }

    private void AdoptSettings()
    {
        State.Access.Users.Settings.StartsWithAllChannels = settings.UsersStartWithAllChannels;
        State.Access.Log.LengthMax = settings.AclLogLengthMax;
        if (requirePass != settings.RequirePass)
            State.Access.SetDefaultPassword(requirePass = settings.RequirePass);
        State.BulkBytesMax = settings.BulkBytesMax;
        State.HashLimits.ListpackEntriesMax = settings.HashListpackEntriesMax;
        State.HashLimits.ListpackValueMax = settings.HashListpackValueMax;
        State.QueryBufferBytesMax = settings.QueryBufferBytesMax;
        State.PubSubOutput = settings.PubSubOutput;
        State.NormalOutput = settings.NormalOutput;
        State.CompressesDumps = settings.CompressesDumps;
        State.DebugAccess = settings.DebugAccess;
        State.SlowLog.ThresholdMicroseconds = settings.SlowLogMicroseconds;
        State.SlowLog.LengthMax = settings.SlowLogLengthMax;
        State.Latency.ThresholdMs = settings.LatencyThresholdMs;
        State.Namespaces.Events.Classes = settings.KeyEvents;
        State.Tracking.KeysMax = settings.TrackedKeysMax;
        State.Scripts.BusyThresholdMs = settings.BusyThresholdMs;
        State.Scripts.MemoryLimitBytes = settings.ScriptMemoryBytes;
        State.Stats.TracksLatency = settings.TracksLatency;
        State.Stats.LatencyPercentiles = settings.LatencyPercentiles;
    }

    private void RunListeners()
    {
        foreach (var listener in listeners)
            _ = Task.Run(listener.RunAsync);
    }

    private void TellReady()
    {
        foreach (var listener in listeners)
            Log.Ready(logger, listener.EndPoint + (listener.IsTls ? " (TLS)" : ""));
    }

    public ValueTask DisposeAsync() => EndAsync(State.SavesAtEnd);

    private async ValueTask EndAsync(bool saves)
    {
        isStopping = true;
        foreach (var listener in listeners)
            listener.Dispose();
        keeper.Dispose();
        State.Scripts.Stop();
        await Task.WhenAll(DrainAsync(), http?.DisposeAsync().AsTask() ?? Task.CompletedTask).ConfigureAwait(false);
        httpSockets?.Dispose();
        if (ownsUnixSocket)
            File.Delete(settings.UnixSocket);
        maintenance.Dispose();
        State.Scripts.Dispose();
        State.MigrateConnections.Dispose();
        coldReads?.Dispose();
        if (persistence != null)
            await Task.Run(() => persistence.Stop(saves && !State.IsLoading)).ConfigureAwait(false);
        store.Dispose();
        persistence?.Dispose();
    }

    /// <summary>Lets connections answer what they have received, then ends those that are left.</summary>
    private async Task DrainAsync()
    {
        foreach (var connection in connections.Keys)
            connection.Finish();
        var all = Task.WhenAll(connections.Values);
        await Task.WhenAny(all, Task.Delay(DrainLimit)).ConfigureAwait(false);
        foreach (var connection in connections.Keys)
            connection.Abort();
        await Task.WhenAny(Task.WhenAll(connections.Values), Task.Delay(AbortLimit)).ConfigureAwait(false);
    }

    private void Listen()
    {
        var (shown, bound) = (new List<(string, string)>(), settings.Bind.Select(address => ",bind=" + address));
        if (settings.Port >= 0)
        {
            Port = ListenTcp(settings.Port, isTls: false);
            shown.Add(("listener0", $"name=tcp{string.Concat(bound)},port={Port}"));
        }

        if (settings.UnixSocket.Length > 0)
        {
            ListenUnix();
            shown.Add(("listener1", "name=unix,bind=" + settings.UnixSocket));
        }

        if (settings.Tls.Port > 0)
        {
            LoadTls();
            ListenTcp(settings.Tls.Port, isTls: true);
            shown.Add(("listener2", $"name=tls{string.Concat(bound)},port={settings.Tls.Port}"));
        }

        State.Identity.Listeners = shown;
        State.Identity.TcpPort = settings.Port >= 0 ? Port : settings.Tls.Port;
        if (listeners.Count == 0)
            throw new StartFaultException("neither a port nor a UNIX socket to listen on");
    }

    private void LoadTls()
    {
        try
        {
            tls ??= TlsContext.Load(settings.Tls);
        }
        catch (TlsFaultException fault)
        {
            throw new StartFaultException(fault.Message);
        }
    }

    private int ListenTcp(int port, bool isTls)
    {
        var count = listeners.Count;
        // With port 0 all addresses share the port that the first one got; also when they are listened on anew.
        var chosen = port == 0 ? Port : port;
        foreach (var address in settings.Bind)
            ListenTcp(address, ref chosen, isTls);
        return listeners.Count > count ? chosen : throw new StartFaultException("none of the addresses to bind is there: " + string.Join(' ', settings.Bind));
    }

    private void ListenTcp(string address, ref int port, bool isTls)
    {
        var isOptional = address.StartsWith('-');
        var name = isOptional ? address[1..] : address;
        if (!TryParseAddress(name, out var ip))
            throw new StartFaultException($"cannot listen on '{name}': not an IP address");
        var endPoint = new IPEndPoint(ip, port);
        try
        {
            var listener = new RespListener(endPoint, settings.TcpBacklog, logger, isTls ? AcceptTls : Accept) { IsTls = isTls };
            listeners.Add(listener);
            port = ((IPEndPoint)listener.EndPoint).Port;
        }
        catch (SocketException error) when (isOptional && error.SocketErrorCode is SocketError.AddressNotAvailable or SocketError.AddressFamilyNotSupported)
        {
            // Redis leaves such an address out as well.
        }
        catch (SocketException error)
        {
            throw new StartFaultException($"cannot listen on {endPoint}: {error.Message}");
        }
    }

    private static bool TryParseAddress(string name, out IPAddress address)
    {
        address = name == "*" ? IPAddress.Any : IPAddress.None;
        return name == "*" || IPAddress.TryParse(name == "localhost" ? "127.0.0.1" : name, out address!);
    }

    private void ListenUnix()
    {
        if (!Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(settings.UnixSocket))))
            throw new StartFaultException($"cannot listen on {settings.UnixSocket}: its folder is not there");
        try
        {
            // What a server that was killed has left is in the way; what one that runs has, and a file that holds something, is not to be taken.
            if (new FileInfo(settings.UnixSocket) is { Exists: true, Length: 0 } && !IsListenedOn(settings.UnixSocket))
                File.Delete(settings.UnixSocket);
            listeners.Add(new RespListener(new UnixDomainSocketEndPoint(settings.UnixSocket), settings.TcpBacklog, logger, Accept));
            ownsUnixSocket = true;
            if (settings.UnixSocketPermissions != 0 && !OperatingSystem.IsWindows())
                File.SetUnixFileMode(settings.UnixSocket, (UnixFileMode)Convert.ToInt32(settings.UnixSocketPermissions.ToString(System.Globalization.CultureInfo.InvariantCulture), 8));
        }
        catch (ArgumentException)
        {
            throw new StartFaultException($"cannot listen on {settings.UnixSocket}: the path is too long for a socket");
        }
        catch (Exception error) when (error is SocketException or IOException or UnauthorizedAccessException)
        {
            throw new StartFaultException($"cannot listen on {settings.UnixSocket}: {error.Message}");
        }
    }

    private static bool IsListenedOn(string path)
    {
        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private void Accept(Socket socket)
    {
        State.Stats.CountConnection();
        if (Refusal(socket) is { } refusal)
        {
            State.Stats.CountRejectedConnection();
            Refuse(socket, refusal);
            return;
        }

        Configure(socket);
        Serve(new ClientConnection(State, settings.Output, socket, c => NewClient(socket, c), socketThreads));
    }

    // A client that there is no room for cannot be told without a handshake, and is closed.
    private void AcceptTls(Socket socket)
    {
        State.Stats.CountConnection();
        var refusal = Refusal(socket);
        if (refusal != null)
            State.Stats.CountRejectedConnection();
        if (refusal == ErrorReplies.MaxClients || tls is not { } context)
        {
            socket.Dispose();
            return;
        }

        Configure(socket);
        Serve(new ClientConnection(State, settings.Output, socket, c => NewClient(socket, c), socketThreads, context) { Refusal = refusal });
    }

    private void Serve(ClientConnection connection)
    {
        State.Clients[connection.Client.Id] = connection.Client;
        State.Access.Begin(connection.Client);
        Task serving;
        // What goes on under no context goes on without the way through it.
        using (ExecutionContext.SuppressFlow())
            serving = connection.RunAsync();
        connections[connection] = serving;
        _ = serving.ContinueWith(_ => Forget(connection), TaskScheduler.Default);
    }

    private void Forget(ClientConnection connection)
    {
        connections.TryRemove(connection, out _);
        State.Clients.TryRemove(connection.Client.Id, out _);
        State.ClientLeft(connection.Client);
    }

    private string? Refusal(Socket socket)
    {
        if (State.Clients.Count >= ClientsMax)
            return ErrorReplies.MaxClients;
        var isForeign = socket.RemoteEndPoint is IPEndPoint remote && !IPAddress.IsLoopback(remote.Address);
        return isForeign && settings.ProtectedMode && State.Access.Users.Default.Rules.NeedsNoPassword ? ErrorReplies.ProtectedMode : null;
    }

    private static void Refuse(Socket socket, string error)
    {
        try
        {
            socket.Blocking = false;
            socket.Send(Encoding.ASCII.GetBytes("-" + error + "\r\n"));
        }
        catch (SocketException)
        {
            // It left before it could be told.
        }

        socket.Dispose();
    }

    private void Configure(Socket socket)
    {
        if (socket.AddressFamily == AddressFamily.Unix)
            return;
        socket.NoDelay = true;
        if (settings.TcpKeepAliveSeconds == 0)
            return;
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, settings.TcpKeepAliveSeconds);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, Math.Max(settings.TcpKeepAliveSeconds / 3, 1));
    }

    private Client NewClient(Socket socket, IClientConnection connection)
    {
        var isUnix = socket.AddressFamily == AddressFamily.Unix;
        var now = store.Clock.NowMs;
        return new Client(State.NextClientId(), connection, State.Namespaces.Default, State.Access.Users.Default)
        {
            IsUnixSocket = isUnix,
            Address = isUnix ? settings.UnixSocket + ":0" : socket.RemoteEndPoint!.ToString()!,
            LocalAddress = isUnix ? settings.UnixSocket + ":0" : socket.LocalEndPoint!.ToString()!,
            FileDescriptor = (int)socket.Handle,
            ConnectedAtMs = now,
            LastActiveMs = now,
        };
    }
}
