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

    /// <summary>Takes all of a part of a form.</summary>
    /// <exception cref="HttpFault">It is longer than a value may be.</exception>
    public static async ValueTask<ReceivedValue> ReceiveAsync(Stream part, long lengthMax, CancellationToken cancellation)
    {
        var value = new ReceivedValue();
        try
        {
            await value.TakeAsync(part, lengthMax, cancellation).ConfigureAwait(false);
            return value;
        }
        catch
        {
            value.Dispose();
            throw;
        }
    }

    /// <summary>Takes bytes that are here already.</summary>
    public static ReceivedValue Of(ReadOnlySpan<byte> bytes)
    {
        var value = new ReceivedValue();
        value.blocks.Append(bytes);
        return value;
    }

    /// <summary>The update that stores it.</summary>
    public PutUpdate ToUpdate(ReadOnlyMemory<byte> metadata, long expiresAtMs) => new(blocks, metadata, expiresAtMs);

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

    private async ValueTask TakeAsync(Stream part, long lengthMax, CancellationToken cancellation)
    {
        var length = 0L;
        while (true)
        {
            var room = blocks.GetMemory(1);
            var count = await part.ReadAsync(room, cancellation).ConfigureAwait(false);
            if (count == 0)
                break;
            length += count;
            // Of one that is too long only the length is wanted.
            if (length <= lengthMax)
                blocks.Advance(count);
            else
                blocks.Clear();
        }

        if (length > lengthMax)
            throw HttpFault.ValueTooLong(length, lengthMax);
    }
}
