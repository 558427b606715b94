using RespKv.Server.Kv;

namespace RespKv.Server.Http;

/// <summary>The requests that the KV binding of a Worker sends: one method each.</summary>
internal sealed class KvRequests(KvData data)
{
    public const string MetadataHeader = "CF-KV-Metadata";
    private const string ExpirationHeader = "CF-Expiration";
    private const string JsonType = "application/json";

    private KvLimits Limits => data.Limits;

    /// <inheritdoc cref="KvData.DemandReady"/>
    public void DemandReady(bool writes) => data.DemandReady(writes);

    // GET /<key>?urlencoded=true[&cache_ttl=<s>]
    public async ValueTask GetAsync(HttpExchange exchange, string ns)
    {
        exchange.Operation = HttpOperation.Get;
        var key = exchange.Target.Key();
        KvRules.CheckKey(key, Limits);
        exchange.Grant?.Demand(key);
        KvRules.CheckCacheTtl(exchange.Target.Query("cache_ttl"), Limits);
        using var entry = new EntryReader(withValue: true);
        if (!await data.ReadAsync(ns, key, entry).ConfigureAwait(false))
            throw HttpFault.NotFound();
        SetEntryHeaders(exchange, entry);
        await exchange.AnswerAsync(entry).ConfigureAwait(false);
    }

    // HEAD /<key>: what GET says of the value, which is not read
    public async ValueTask HeadAsync(HttpExchange exchange, string ns)
    {
        exchange.Operation = HttpOperation.Get;
        var key = exchange.Target.Key();
        KvRules.CheckKey(key, Limits);
        using var entry = new EntryReader(withValue: false);
        if (!await data.ReadAsync(ns, key, entry).ConfigureAwait(false))
            throw HttpFault.NotFound();
        SetEntryHeaders(exchange, entry);
        exchange.AnswerHead(entry.Length);
    }

    /// <summary>Puts what is beside a value into the headers of its answer.</summary>
    public static void SetEntryHeaders(HttpExchange exchange, EntryReader entry)
    {
        if (entry.Expiration is { } seconds)
            exchange.ResponseHeaders[ExpirationHeader] = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        if (entry.Metadata.Length > 0)
            exchange.ResponseHeaders[MetadataHeader] = HeaderJson.Of(entry.Metadata);
    }

    // PUT /<key>?urlencoded=true[&expiration=<s>][&expiration_ttl=<s>]
    public async ValueTask PutAsync(HttpExchange exchange, string ns)
    {
        exchange.Operation = HttpOperation.Put;
        var key = exchange.Target.Key();
        KvRules.CheckKey(key, Limits);
        exchange.Grant?.Demand(key);
        var expiresAtMs = KvRules.ExpiresAtMs(exchange.Target.Query("expiration_ttl"), exchange.Target.Query("expiration"), data.NowMs, Limits);
        var metadata = KvRules.Metadata(exchange.Headers[MetadataHeader] is { Count: > 0 } header ? header.ToString() : null, Limits);
        data.DemandReady(writes: true, needsMemory: true);
        using var value = await ReceivedValue.ReceiveAsync(exchange, data).ConfigureAwait(false);
        await data.PutAsync(ns, key, value.ToUpdate(metadata, expiresAtMs)).ConfigureAwait(false);
        await exchange.AnswerEmptyAsync().ConfigureAwait(false);
    }

    // DELETE /<key>?urlencoded=true
    public async ValueTask DeleteAsync(HttpExchange exchange, string ns)
    {
        exchange.Operation = HttpOperation.Delete;
        var key = exchange.Target.Key();
        KvRules.CheckKey(key, Limits);
        exchange.Grant?.Demand(key);
        await data.DeleteAsync(ns, key).ConfigureAwait(false);
        // What is not there has been deleted as well.
        await exchange.AnswerEmptyAsync().ConfigureAwait(false);
    }

    // GET /[?key_count_limit=<n>][&prefix=<p>][&cursor=<c>]
    public async ValueTask ListAsync(HttpExchange exchange, string ns)
    {
        exchange.Operation = HttpOperation.List;
        var target = exchange.Target;
        var limit = KvRules.ListLimit(target.Query("key_count_limit"), Limits);
        var prefix = KvRules.Prefix(target.Query("prefix"), Limits);
        var lastKey = KvRules.Cursor(target.Query("cursor"));
        exchange.Grant?.DemandPrefix(prefix);
        var page = await data.ListAsync(ns, prefix, lastKey, limit).ConfigureAwait(false);
        using var json = new ValueBlocks();
        ListJson.Write(json, page);
        await exchange.AnswerAsync(json, JsonType).ConfigureAwait(false);
    }

    // POST /bulk/get
    public async ValueTask BulkGetAsync(HttpExchange exchange, string ns)
    {
        exchange.Operation = HttpOperation.BulkGet;
        var request = await BulkGetRequest.ReceiveAsync(exchange, Limits).ConfigureAwait(false);
        using var memory = data.Memory.Begin();
        using var json = new ValueBlocks();
        await BulkGet.WriteAsync(json, data, ns, request, memory, exchange.Aborted).ConfigureAwait(false);
        await exchange.AnswerAsync(json, JsonType).ConfigureAwait(false);
    }
}
