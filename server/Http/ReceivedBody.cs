using System.Text.Json;
using RespKv.Server.Kv;

namespace RespKv.Server.Http;

/// <summary>The body of a request that is read as a whole before anything is done.</summary>
internal sealed class ReceivedBody : IDisposable
{
    private readonly ValueBlocks blocks = new();

    /// <summary>Takes it.</summary>
    /// <param name="exchange">The request.</param>
    /// <param name="lengthMax">Most bytes that it may have.</param>
    /// <param name="memory">What the request holds in memory; null for a body that is small at most.</param>
    /// <exception cref="HttpFault">It is too long.</exception>
    public static async ValueTask<ReceivedBody> ReceiveAsync(HttpExchange exchange, long lengthMax, GatheredMemory.Share? memory = null)
    {
        var body = new ReceivedBody();
        try
        {
            while (true)
            {
                var read = await exchange.ReadBodyAsync().ConfigureAwait(false);
                if (body.blocks.Length + read.Buffer.Length > lengthMax)
                {
                    exchange.Body.AdvanceTo(read.Buffer.Start);
                    throw HttpFault.BodyTooLong(lengthMax);
                }

                body.blocks.Append(read.Buffer);
                exchange.Body.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted)
                    break;
                if (memory != null)
                    await memory.HoldAsync(body.blocks.Length, exchange.Aborted).ConfigureAwait(false);
            }

            exchange.BodyIsRead();
            return body;
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    /// <summary>Bytes of it.</summary>
    public long Length => blocks.Length;

    /// <summary>All of it; valid until this is disposed.</summary>
    public System.Buffers.ReadOnlySequence<byte> AsSequence() => blocks.AsSequence();

    /// <summary>The JSON that it is; null when it is none. Valid until this is disposed.</summary>
    public JsonDocument? TryParse()
    {
        try
        {
            return JsonDocument.Parse(blocks.AsSequence());
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public void Dispose() => blocks.Dispose();
}
