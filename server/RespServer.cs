using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using RespKv.Server.Commands;
using RespKv.Server.Net;
using RespKv.Server.Storage;
using RespKv.Server.Storage.Faster;
using RespKv.Server.Telemetry;

namespace RespKv.Server;

internal sealed class RespServer : IAsyncDisposable
{
    private readonly FasterStore store;
    private readonly StoreMaintenance maintenance;
    private readonly RespListener listener;
    private readonly OutputBudget budget = new();
    public RespServer(int port, ILogger logger)
    {
        store = new FasterStore(new StoreSettings { MaxMemoryBytes = 18L << 30 }, TimeProvider.System);
        State = new ServerState(store, 16, logger);
        maintenance = new StoreMaintenance(store, fault => Log.MaintenanceFault(logger, fault));
        maintenance.Start();
        listener = new RespListener(new IPEndPoint(IPAddress.Loopback, port), 511, logger, Accept);
        Log.Ready(logger, listener.EndPoint.ToString()!);
        _ = listener.RunAsync();
    }
    public ServerState State { get; }
    private void Accept(Socket socket)
    {
        socket.NoDelay = true;
        var now = store.Clock.NowMs;
        var c = new ClientConnection(State, budget, socket, x => new Client(State.NextClientId(), x, State.Namespaces.Default)
        {
            IsAuthenticated = State.RequirePass.Length == 0, Address = socket.RemoteEndPoint!.ToString()!, LocalAddress = socket.LocalEndPoint!.ToString()!,
            FileDescriptor = (int)socket.Handle, ConnectedAtMs = now, LastActiveMs = now,
        });
        State.Clients[c.Client.Id] = c.Client;
        _ = c.RunAsync().ContinueWith(_ => { State.Clients.TryRemove(c.Client.Id, out Client? _); State.ClientLeft(c.Client); }, TaskScheduler.Default);
    }
    public ValueTask DisposeAsync() { listener.Dispose(); maintenance.Dispose(); store.Dispose(); return default; }
}
