using System.Buffers;
using System.Text;
using System.Text.Json;
using RespKv.Server.Kv;

namespace RespKv.Server.Http;

/// <summary>Many keys at a time over the REST shape. A request is checked as a whole before anything of it is done; its keys are then written one after the other.</summary>
internal sealed class RestBulk(KvData data)
{
    private const int PairsMax = 10_000;
    private const int BodyBytesMax = 100 * 1024 * 1024;

    // Ten thousand of the longest keys, every byte of them escaped.
    private const int KeysBytesMax = 32 * 1024 * 1024;

    // PUT bulk [{"key":,"value":,"expiration":,"expiration_ttl":,"metadata":,"base64":}, ...]
    public async ValueTask PutAsync(HttpExchange exchange, string ns)
    {
        data.DemandReady(writes: true, needsMemory: true);
        using var memory = data.Memory.Begin();
        List<Pair> pairs;
        using (var body = await ReceivedBody.ReceiveAsync(exchange, BodyBytesMax, memory).ConfigureAwait(false))
        {
            // While they are read they are here twice.
            await memory.HoldAsync(2 * body.Length, exchange.Aborted).ConfigureAwait(false);
            pairs = Items(body.AsSequence(), PairOf);
        }

        foreach (var pair in pairs)
            exchange.Grant?.Demand(pair.Key);
        foreach (var pair in pairs)
        {
            using var value = ReceivedValue.Of(pair.Value, data);
            await data.PutAsync(ns, pair.Key, value.ToUpdate(pair.Metadata, pair.ExpiresAtMs)).ConfigureAwait(false);
        }

        await AnswerAsync(exchange, pairs.Count).ConfigureAwait(false);
    }

    // DELETE bulk, POST bulk/delete ["key", ...]
    public async ValueTask DeleteAsync(HttpExchange exchange, string ns)
    {
        data.DemandReady(writes: true);
        using var memory = data.Memory.Begin();
        List<byte[]> keys;
        using (var body = await ReceivedBody.ReceiveAsync(exchange, KeysBytesMax, memory).ConfigureAwait(false))
            keys = Items(body.AsSequence(), KeyOf);
        foreach (var key in keys)
            exchange.Grant?.Demand(key);
        foreach (var key in keys)
            await data.DeleteAsync(ns, key).ConfigureAwait(false);
        await AnswerAsync(exchange, keys.Count).ConfigureAwait(false);
    }

    // POST bulk/get {"keys":[...],"type":,"withMetadata":}
    public async ValueTask GetAsync(HttpExchange exchange, string ns)
    {
        var request = await BulkGetRequest.ReceiveAsync(exchange, data.Limits).ConfigureAwait(false);
        using var memory = data.Memory.Begin();
        using var output = new ValueBlocks();
        output.Append("{\"success\":true,\"errors\":[],\"messages\":[],\"result\":{\"values\":"u8);
        await BulkGet.WriteAsync(output, data, ns, request, memory, exchange.Aborted, withExpiration: true).ConfigureAwait(false);
        output.Append("}}"u8);
        await exchange.AnswerAsync(output, "application/json").ConfigureAwait(false);
    }

    private static ValueTask AnswerAsync(HttpExchange exchange, int count) => RestEnvelope.AnswerAsync(exchange, json =>
    {
        json.WriteStartObject();
        json.WriteNumber("successful_key_count", count);
        json.WriteStartArray("unsuccessful_keys");
        json.WriteEndArray();
        json.WriteEndObject();
    });

    // One after the other, so that no more than one is held twice.
    private static List<T> Items<T>(ReadOnlySequence<byte> body, Func<JsonElement, T> itemOf)
    {
        var items = new List<T>();
        try
        {
            var reader = new Utf8JsonReader(body);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartArray)
                throw HttpFault.BodyNotJson();
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                if (items.Count == PairsMax)
                    throw HttpFault.TooManyPairs(PairsMax);
                using var item = JsonDocument.ParseValue(ref reader);
                items.Add(itemOf(item.RootElement));
            }

            return reader.Read() ? throw HttpFault.BodyNotJson() : items;
        }
        catch (JsonException)
        {
            throw HttpFault.BodyNotJson();
        }
    }

    private byte[] KeyOf(JsonElement element)
    {
        var key = BytesOf(element) ?? throw HttpFault.BodyNotJson();
        KvRules.CheckKey(key, data.Limits);
        return key;
    }

    private Pair PairOf(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty("key", out var name) || !element.TryGetProperty("value", out var given))
            throw HttpFault.BodyNotJson();
        var key = KeyOf(name);
        var expiresAtMs = KvRules.ExpiresAtMs(NumberOf(element, "expiration_ttl"), NumberOf(element, "expiration"), data.NowMs, data.Limits);
        var metadata = element.TryGetProperty("metadata", out var json) && json.ValueKind != JsonValueKind.Null ? Encoding.UTF8.GetBytes(json.GetRawText()) : [];
        if (metadata.Length > 0)
            KvRules.CheckMetadata(metadata, data.Limits);
        var isBase64 = element.TryGetProperty("base64", out var flag) && flag.ValueKind == JsonValueKind.True;
        var value = (isBase64 ? given.ValueKind == JsonValueKind.String && given.TryGetBytesFromBase64(out var decoded) ? decoded : null : BytesOf(given)) ?? throw HttpFault.BodyNotJson();
        return value.Length > data.Limits.ValueBytesMax ? throw HttpFault.ValueTooLong(value.Length, data.Limits.ValueBytesMax) : new Pair(key, value, metadata, expiresAtMs);
    }

    private static byte[]? BytesOf(JsonElement element)
    {
        try
        {
            return element.ValueKind == JsonValueKind.String ? Encoding.UTF8.GetBytes(element.GetString()!) : null;
        }
        catch (InvalidOperationException)
        {
            // Half of a pair of surrogates.
            throw HttpFault.KeyNotDecodable();
        }
    }

    // What is 0 is not given, as in Cloudflare's own tools.
    private static string? NumberOf(JsonElement element, string name) =>
        element.TryGetProperty(name, out var number) && number.ValueKind == JsonValueKind.Number && number.GetRawText() != "0" ? number.GetRawText() : null;

    private sealed record Pair(byte[] Key, byte[] Value, byte[] Metadata, long ExpiresAtMs);
}
