using System.Buffers;
using RespKv.Server.Kv;

namespace RespKv.Server.Http;

/// <summary>
/// The body of a request as a value that is to be stored: taken in as it arrives, and given to the store when all of it is here, so that an upload that breaks off writes
/// nothing. The one place that knows where a value is until then.
/// </summary>
internal sealed class ReceivedValue : IDisposable
{
    private readonly ValueBlocks blocks = new();

    /// <summary>Takes the whole body of a request.</summary>
    /// <exception cref="HttpFault">It is longer than a value may be; all of it has been read.</exception>
    public static async ValueTask<ReceivedValue> ReceiveAsync(HttpExchange exchange, long lengthMax)
    {
        var value = new ReceivedValue();
        try
        {
            await value.TakeAsync(exchange, lengthMax).ConfigureAwait(false);
            return value;
        }
        catch
        {
            value.Dispose();
            throw;
        }
    }

    /// <summary>The update that stores it.</summary>
    public PutUpdate ToUpdate(ReadOnlyMemory<byte> metadata, long expiresAtMs) => new(blocks, metadata, expiresAtMs);

    /// <summary>All of it; valid until this is disposed.</summary>
    public ReadOnlySequence<byte> AsSequence() => blocks.AsSequence();

    public void Dispose() => blocks.Dispose();

    private async ValueTask TakeAsync(HttpExchange exchange, long lengthMax)
    {
        if (exchange.ContentLength > lengthMax)
        {
            await exchange.DrainAsync().ConfigureAwait(false);
            throw HttpFault.ValueTooLong(exchange.ContentLength.Value, lengthMax);
        }

        while (true)
        {
            var read = await exchange.Body.ReadAsync(exchange.Aborted).ConfigureAwait(false);
            if (blocks.Length + read.Buffer.Length > lengthMax)
            {
                var length = blocks.Length;
                blocks.Clear();
                exchange.Body.AdvanceTo(read.Buffer.Start);
                throw HttpFault.ValueTooLong(length + await exchange.DrainAsync().ConfigureAwait(false), lengthMax);
            }

            blocks.Append(read.Buffer);
            exchange.Body.AdvanceTo(read.Buffer.End);
            if (!read.IsCompleted)
                continue;
            exchange.BodyIsRead();
            return;
        }
    }
}
