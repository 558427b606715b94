using System.Buffers;

namespace RespKv.Server.Http;

/// <summary>What the front tells of the server as a whole; whoever puts the server together knows it.</summary>
internal interface IServerStatus
{
    /// <summary>Whether requests are served: recovered, and not stopping.</summary>
    bool IsReady { get; }

    /// <summary>Writes all figures in the text form of Prometheus.</summary>
    ValueTask WriteMetricsAsync(IBufferWriter<byte> output);
}
