using System.Text;
using System.Text.Json;
using RespKv.Server.Kv;

namespace RespKv.Server.Http;

/// <summary>What a bulk read asks for.</summary>
/// <param name="Keys">As they were named.</param>
/// <param name="IsJson">Whether the values are wanted as JSON, not as text.</param>
/// <param name="WithMetadata">Whether metadata is wanted too.</param>
/// <param name="CacheTtl">As it was given; null for not at all.</param>
internal sealed record BulkGetRequest(IReadOnlyList<string> Keys, bool IsJson, bool WithMetadata, string? CacheTtl)
{
    // A hundred of the longest keys, every byte of them escaped, are a third of it.
    private const int BodyBytesMax = 1 << 20;

    /// <summary>Reads the request's body.</summary>
    /// <exception cref="HttpFault">It is not what it should be, or asks for too much or for nothing.</exception>
    public static async ValueTask<BulkGetRequest> ReceiveAsync(HttpExchange exchange, KvLimits limits)
    {
        using var body = await ReceivedBody.ReceiveAsync(exchange, BodyBytesMax).ConfigureAwait(false);
        if (body.TryParse() is not { } document)
            throw HttpFault.BodyNotJson();
        using (document)
        {
            var request = Read(document.RootElement, limits);
            foreach (var key in request.Keys)
                exchange.Grant?.Demand(Encoding.UTF8.GetBytes(key));
            return request;
        }
    }

    private static BulkGetRequest Read(JsonElement root, KvLimits limits)
    {
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("keys", out var keys) || keys.ValueKind != JsonValueKind.Array)
            throw HttpFault.BodyNotJson();
        var type = Text(root, "type");
        if (type is not (null or "" or "text" or "json"))
            throw HttpFault.BulkType(type);
        if (keys.GetArrayLength() > limits.BulkKeysMax)
            throw HttpFault.TooManyKeys(limits.BulkKeysMax);
        if (keys.GetArrayLength() < 1)
            throw HttpFault.NoKeys();
        var withMetadata = root.TryGetProperty("withMetadata", out var with) && with.ValueKind == JsonValueKind.True;
        return new BulkGetRequest([.. keys.EnumerateArray().Select(Key)], type == "json", withMetadata, Text(root, "cacheTtl"));
    }

    private static string Key(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.String)
            throw HttpFault.BodyNotJson();
        try
        {
            return element.GetString()!;
        }
        catch (InvalidOperationException)
        {
            // Half of a pair of surrogates.
            throw HttpFault.KeyNotDecodable();
        }
    }

    // A number stands for its digits.
    private static string? Text(JsonElement root, string name) =>
        !root.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null ? null : value.ValueKind == JsonValueKind.String ? value.GetString() : value.GetRawText();
}
