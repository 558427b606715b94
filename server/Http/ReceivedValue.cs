using RespKv.Server.Kv;

namespace RespKv.Server.Http;

/// <summary>
/// The body of a request as a value that is to be stored: it goes where the store is to keep it as it arrives, and is given to a key when all of it is here, so that an upload that breaks off
/// writes nothing. Disposing of it forgets what has not been stored.
/// </summary>
internal sealed class ReceivedValue : IDisposable
{
    private const int PieceBytes = 16 * 1024;

    private readonly IncomingValue value;
    private readonly GatheredMemory.Share memory;
    private readonly long lengthMax;

    private ReceivedValue(KvData data, long? length)
    {
        value = data.BeginValue(length);
        memory = data.Memory.Begin();
        lengthMax = data.Limits.ValueBytesMax;
    }

    /// <summary>Takes the whole body of a request.</summary>
    /// <exception cref="HttpFault">It is longer than a value may be, or cannot be kept.</exception>
    public static async ValueTask<ReceivedValue> ReceiveAsync(HttpExchange exchange, KvData data)
    {
        if (exchange.ContentLength > data.Limits.ValueBytesMax)
        {
            await exchange.DrainAsync().ConfigureAwait(false);
            throw HttpFault.ValueTooLong(exchange.ContentLength.Value, data.Limits.ValueBytesMax);
        }

        var received = new ReceivedValue(data, exchange.ContentLength);
        try
        {
            await received.TakeAsync(exchange).ConfigureAwait(false);
            return received.IfKept();
        }
        catch
        {
            received.Dispose();
            throw;
        }
    }

    /// <summary>Takes all of a part of a form.</summary>
    /// <exception cref="HttpFault">It is longer than a value may be, or cannot be kept.</exception>
    public static async ValueTask<ReceivedValue> ReceiveAsync(Stream part, KvData data, CancellationToken cancellation)
    {
        var received = new ReceivedValue(data, null);
        try
        {
            await received.TakeAsync(part, cancellation).ConfigureAwait(false);
            return received.IfKept();
        }
        catch
        {
            received.Dispose();
            throw;
        }
    }

    /// <summary>Takes bytes that are here already.</summary>
    /// <exception cref="HttpFault">They cannot be kept.</exception>
    public static ReceivedValue Of(ReadOnlySpan<byte> bytes, KvData data)
    {
        var received = new ReceivedValue(data, bytes.Length);
        received.value.Append(bytes);
        return received.IfKept();
    }

    /// <summary>The update that stores it.</summary>
    public PutUpdate ToUpdate(ReadOnlyMemory<byte> metadata, long expiresAtMs) => value.ToUpdate(metadata, expiresAtMs);

    public void Dispose()
    {
        value.Dispose();
        memory.Dispose();
    }

    private async ValueTask TakeAsync(HttpExchange exchange)
    {
        while (true)
        {
            var read = await exchange.ReadBodyAsync().ConfigureAwait(false);
            if (value.Length + read.Buffer.Length > lengthMax)
            {
                var length = value.Length;
                value.Clear();
                exchange.Body.AdvanceTo(read.Buffer.Start);
                throw HttpFault.ValueTooLong(length + await exchange.DrainAsync().ConfigureAwait(false), lengthMax);
            }

            value.Append(read.Buffer);
            exchange.Body.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
                break;
            await memory.HoldAsync(value.MemoryBytes, exchange.Aborted).ConfigureAwait(false);
        }

        exchange.BodyIsRead();
    }

    private async ValueTask TakeAsync(Stream part, CancellationToken cancellation)
    {
        var piece = new byte[PieceBytes];
        var length = 0L;
        while (await part.ReadAsync(piece, cancellation).ConfigureAwait(false) is > 0 and var count)
        {
            length += count;
            // Of one that is too long only the length is wanted.
            if (length <= lengthMax)
                value.Append(piece.AsSpan(0, count));
            else
                value.Clear();
            await memory.HoldAsync(value.MemoryBytes, cancellation).ConfigureAwait(false);
        }

        if (length > lengthMax)
            throw HttpFault.ValueTooLong(length, lengthMax);
    }

    private ReceivedValue IfKept() => value.Fault is { } fault ? throw HttpFault.NotKept(KvData.WriteFault + fault) : this;
}
