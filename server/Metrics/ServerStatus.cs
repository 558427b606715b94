using System.Buffers;
using RespKv.Server.Commands;
using RespKv.Server.Http;

namespace RespKv.Server.Metrics;

/// <summary>The server as operators see it. Figures are gathered when they are asked for, so that nobody pays for them who does not ask.</summary>
internal sealed class ServerStatus(ServerState server, HttpFigures http, Func<bool> isReady) : IServerStatus
{
    private readonly Lazy<PrometheusFigures> figures = new(() => new PrometheusFigures(server, http));

    public bool IsReady => isReady();

    public ValueTask WriteMetricsAsync(IBufferWriter<byte> output) => figures.Value.WriteAsync(output);
}
