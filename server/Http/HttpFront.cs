using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using RespKv.Server.Kv;

namespace RespKv.Server.Http;

/// <summary>The HTTP front: Kestrel by itself, without the rest of ASP.NET, over sockets that are bound already. Disposing answers what was received and ends it.</summary>
internal sealed class HttpFront : IAsyncDisposable
{
    private const int RequestLineBytesMax = 64 * 1024;

    // Metadata that is far too long is still to be told how long it is.
    private const int HeaderBytesMax = 256 * 1024;

    // What a connection has received and nobody has taken yet; a whole head has to fit.
    private const int ReceivedBytesMax = HeaderBytesMax + RequestLineBytesMax;

    private static readonly TimeSpan RateGrace = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan HeadersLimit = TimeSpan.FromSeconds(30);

    // Longer than workerd keeps a connection that it does not use.
    private static readonly TimeSpan IdleLimit = TimeSpan.FromSeconds(130);

    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(3);

    private readonly HttpSockets sockets;
    private readonly KestrelServer server;

    private HttpFront(HttpSockets sockets, HttpSettings settings, int connectionsMax, HttpFigures figures)
    {
        this.sockets = sockets;
        var options = new KestrelServerOptions { AddServerHeader = false, RequestHeaderEncodingSelector = _ => Encoding.Latin1 };
        options.Limits.MaxRequestBodySize = null;
        // A Worker may stream what comes slowly, and may let its reader pause; but who does nothing at all is not to hold on to what he has.
        options.Limits.MinRequestBodyDataRate = settings.BytesPerSecondMin == 0 ? null : new MinDataRate(settings.BytesPerSecondMin, RateGrace);
        options.Limits.MinResponseDataRate = options.Limits.MinRequestBodyDataRate;
        options.Limits.RequestHeadersTimeout = HeadersLimit;
        options.Limits.KeepAliveTimeout = IdleLimit;
        options.Limits.MaxRequestBufferSize = ReceivedBytesMax;
        options.Limits.MaxRequestLineSize = RequestLineBytesMax;
        options.Limits.MaxRequestHeadersTotalSize = HeaderBytesMax;
        options.Limits.MaxConcurrentConnections = connectionsMax;
        foreach (var (_, endPoint, role) in sockets.All)
            options.Listen(endPoint, listen => Configure(listen, role, figures));
        var transport = new SocketTransportFactory(
            Options.Create(new SocketTransportOptions
            {
                CreateBoundListenSocket = endPoint => sockets.All.First(s => ReferenceEquals(s.EndPoint, endPoint)).Socket,
                MaxReadBufferSize = ReceivedBytesMax,
            }),
            NullLoggerFactory.Instance);
        server = new KestrelServer(Options.Create(options), transport, NullLoggerFactory.Instance);
    }

    /// <summary>Starts it.</summary>
    /// <param name="sockets">What it listens on; the front owns them from here on.</param>
    /// <param name="settings">The settings, which are read again for each request.</param>
    /// <param name="connectionsMax">Connections at a time; further ones are closed.</param>
    /// <param name="data">The data.</param>
    /// <param name="limits">The limits of Workers KV.</param>
    /// <param name="status">What is told of the server as a whole.</param>
    /// <param name="figures">Counts what is served.</param>
    /// <param name="logger">The log.</param>
    public static async Task<HttpFront> StartAsync(
        HttpSockets sockets, HttpSettings settings, int connectionsMax, KeyspaceBatches data, KvLimits limits, IServerStatus status, HttpFigures figures, ILogger logger)
    {
        var front = new HttpFront(sockets, settings, connectionsMax, figures);
        var access = new AccessRules(settings);
        var kv = new KvData(data, limits, new GatheredMemory(() => settings.GatheredBytesMax), figures);
        var application = new FrontApplication(access, new KvRequests(kv), new RestApi(access, kv), new OperatorPages(access, status), figures, logger);
        await front.server.StartAsync(application, CancellationToken.None).ConfigureAwait(false);
        return front;
    }

    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(StopLimit);
        await server.StopAsync(limit.Token).ConfigureAwait(false);
        server.Dispose();
        sockets.Dispose();
    }

    private static void Configure(ListenOptions listen, EndPointRole role, HttpFigures figures)
    {
        listen.Protocols = HttpProtocols.Http1;
        listen.Use(next => async connection =>
        {
            var reader = new RequestLineReader(connection.Transport.Input);
            connection.Transport = new Duplex(reader, connection.Transport.Output);
            connection.Features.Set(reader);
            connection.Features.Set(role);
            figures.ConnectionOpened();
            try
            {
                await next(connection).ConfigureAwait(false);
            }
            finally
            {
                figures.ConnectionClosed();
            }
        });
    }

    private sealed class Duplex(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input { get; } = input;

        public PipeWriter Output { get; } = output;
    }
}
