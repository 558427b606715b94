using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using RespKv.Server.Commands;
using RespKv.Server.Storage;
using RespKv.Server.Telemetry;

namespace RespKv.Server.Net;

/// <summary>
/// Looks after the connections ten times a second: closes those that have been idle too long, and, while all unread replies together are too many, the one
/// with the most that takes none. Takes the sample that the rates of INFO are made of, too.
/// </summary>
internal sealed class ConnectionKeeper(ServerSettings settings, ServerSampler sampler, ServerStats stats, ConcurrentDictionary<ClientConnection, Task> connections, ILogger logger) : IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(100);

    // Looks in a row without progress before a client with too much unread is closed, and before one at its own limit is.
    private const int StalledLooks = 10;
    private const int StalledLooksAlone = 600;

    // Looks between two at blocks that nobody has needed, and bytes of such that are worth collecting.
    private const int LooksBetweenTrims = 10;

    // Looks between two at all connections while no client has anything unread: then only the time that they have been idle for counts, which is in seconds.
    private const int LooksBetweenQuietOnes = 10;
    private const long BytesWorthCollecting = 64L * 1024 * 1024;

    private readonly CancellationTokenSource stopping = new();
    private long bytesDropped;
    private long looks;

    public void Start() => _ = Task.Run(RunAsync);

    public void Dispose()
    {
        stopping.Cancel();
        stopping.Dispose();
    }

    private async Task RunAsync()
    {
        using var timer = new PeriodicTimer(Period);
        try
        {
            while (await timer.WaitForNextTickAsync(stopping.Token).ConfigureAwait(false))
            {
                if (!settings.Store.IsAtRest)
                    LookSafely();
            }
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
    }

    // Without the keeper nothing bounds what clients leave unread, so no fault may end it.
    private void LookSafely()
    {
        try
        {
            Look();
        }
        catch (Exception fault)
        {
            Log.KeeperFault(logger, fault);
        }
    }

    private void Look()
    {
        sampler.Sample();
        if (++looks % LooksBetweenTrims == 0)
            GiveMemoryBack();
        if (settings.Output.Bytes == 0 && looks % LooksBetweenQuietOnes != 0)
            return;
        ClientConnection? worst = null;
        // Not the keys alone: they would be copied, under all locks.
        foreach (var (connection, _) in connections)
        {
            connection.NoteProgress();
            if (connection.StalledLooks >= StalledLooks && (worst == null || connection.PendingOutputBytes > worst.PendingOutputBytes))
                worst = connection;
            if (connection.CloseIfOverLimit())
                continue;
            if (settings.TimeoutSeconds > 0 && connection.IsIdleFor(settings.TimeoutSeconds * 1000L))
                connection.Abort();
        }

        if (worst != null && (settings.Output.IsSpent || (worst.StalledLooks >= StalledLooksAlone && !settings.Output.Allows(worst.PendingOutputBytes))))
            Close(worst);
    }

    // After a backlog the memory would stay with the process until the collector has a reason of its own.
    private void GiveMemoryBack()
    {
        NativeBlocks.Trim();
        bytesDropped += BlockPool.Trim();
        if (bytesDropped < BytesWorthCollecting)
            return;
        bytesDropped = 0;
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    }

    private void Close(ClientConnection connection)
    {
        stats.CountOutputBufferDisconnection();
        Log.ClientNotReading(logger, connection.Client.Id, connection.PendingOutputBytes);
        connection.Abort();
    }
}
