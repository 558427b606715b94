using RespKv.Server.Kv;

namespace RespKv.Server.Http;

/// <summary>A value on its way from the store to a client. The one place that knows where it is between.</summary>
internal sealed class StoredValue : IDisposable
{
    private readonly ValueBlocks blocks = new();

    public StoredValue() => Entry = new EntryReader(blocks);

    /// <summary>Takes the value from the store, with what is beside it.</summary>
    public EntryReader Entry { get; }

    /// <summary>Sends the value.</summary>
    public ValueTask SendAsync(HttpExchange exchange) => exchange.AnswerAsync(blocks, "application/octet-stream");

    public void Dispose() => blocks.Dispose();
}
