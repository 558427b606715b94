using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RespKv.Server.Commands;
using RespKv.Server.Configuration;
using RespKv.Server.Telemetry;

namespace RespKv.Server.Hosting;

/// <summary>The server as the host starts and stops it.</summary>
internal sealed class ServerService(ServerConfiguration configuration, IHostApplicationLifetime lifetime, ILogger<RespServer> logger) : IHostedService
{
    private const string CannotBind = "Failed to bind to specified addresses.";
    private const string CannotListen = "Unable to listen on this port. Check server logs.";

    private const string CannotLoadTls = "Unable to update TLS configuration. Check server logs.";

    private RespServer? server;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var settings = configuration.Settings;
        settings.Http.IsPortGiven = configuration.IsGiven("http-port");
        Log.Starting(logger, ServerIdentity.Version, Environment.ProcessId, settings.Store.MaxMemoryBytes, PolicyNames.Of(settings.Store.Policy));
        try
        {
            server = await RespServer.StartAsync(settings, TimeProvider.System, logger, Prepare, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            Log.Stopped(logger);
            throw;
        }
    }

    private void Prepare(RespServer starting)
    {
        starting.State.Configuration = configuration;
        starting.State.Identity.ConfigFile = configuration.FilePath;
        starting.State.RequestShutdown = lifetime.StopApplication;
        configuration.UserLines = () => starting.UserLines;
        configuration.Changed = changed => Adopt(starting, changed);
    }

    private static (Parameter Parameter, string Fault)? Adopt(RespServer server, IReadOnlyCollection<Parameter> changed)
    {
        if (changed.FirstOrDefault(TlsParameters.All.Contains) is { } ofTls && !server.TryAdoptTls())
            return (ofTls, CannotLoadTls);
        var endPoint = changed.FirstOrDefault(parameter => parameter.Name is "port" or "bind" or "tls-port");
        return server.TryAdopt(listensAnew: endPoint != null) ? null : (endPoint!, endPoint!.Name == "bind" ? CannotBind : CannotListen);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (server == null)
            return;
        Log.Stopping(logger);
        await server.DisposeAsync().ConfigureAwait(false);
        Log.Stopped(logger);
    }
}
