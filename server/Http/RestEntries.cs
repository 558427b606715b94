using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;
using RespKv.Server.Kv;

namespace RespKv.Server.Http;

/// <summary>Keys, values and metadata over the REST shape.</summary>
internal sealed class RestEntries(KvData data)
{
    // GET keys[?limit=&prefix=&cursor=]
    public async ValueTask ListAsync(HttpExchange exchange, string ns)
    {
        var limit = KvRules.ListLimit(exchange.Target.Query("limit"), data.Limits);
        var prefix = KvRules.Prefix(exchange.Target.Query("prefix"), data.Limits);
        var lastKey = KvRules.Cursor(exchange.Target.Query("cursor"));
        exchange.Grant?.DemandPrefix(prefix);
        var page = await data.ListAsync(ns, prefix, lastKey, limit).ConfigureAwait(false) ?? throw HttpFault.NoNamespace();
        await RestEnvelope.AnswerAsync(
            exchange,
            json =>
            {
                json.WriteStartArray();
                for (var i = 0; i < page.Entries.Count; i++)
                    WriteKey(json, page.Entries, page.Entries[i]);
                json.WriteEndArray();
            },
            info =>
            {
                info.WriteNumber("count", page.Entries.Count);
                info.WriteString("cursor", page.Cursor);
            }).ConfigureAwait(false);
    }

    // GET values/{key}
    public async ValueTask GetAsync(HttpExchange exchange, string ns, byte[] key)
    {
        using var entry = new EntryReader(withValue: true);
        if (!await data.ReadAsync(ns, key, entry).ConfigureAwait(false))
            throw HttpFault.NoKey();
        if (entry.Expiration is { } seconds)
            exchange.ResponseHeaders["Expiration"] = seconds.ToString(CultureInfo.InvariantCulture);
        await exchange.AnswerAsync(entry).ConfigureAwait(false);
    }

    // GET metadata/{key}
    public async ValueTask GetMetadataAsync(HttpExchange exchange, string ns, byte[] key)
    {
        using var entry = new EntryReader(withValue: false);
        if (!await data.ReadAsync(ns, key, entry).ConfigureAwait(false))
            throw HttpFault.NoKey();
        await RestEnvelope.AnswerAsync(exchange, json => json.WriteRawValue(entry.Metadata.Length == 0 ? "null"u8 : entry.Metadata, skipInputValidation: true)).ConfigureAwait(false);
    }

    // PUT values/{key}[?expiration_ttl=&expiration=], the value as it is or in a form that has metadata too
    public async ValueTask PutAsync(HttpExchange exchange, string ns, byte[] key)
    {
        var expiresAtMs = KvRules.ExpiresAtMs(exchange.Target.Query("expiration_ttl"), exchange.Target.Query("expiration"), data.NowMs, data.Limits);
        data.DemandReady(writes: true, needsMemory: true);
        if (BoundaryOf(exchange) is { } boundary)
        {
            await PutFormAsync(exchange, boundary, ns, key, expiresAtMs).ConfigureAwait(false);
        }
        else
        {
            using var value = await ReceivedValue.ReceiveAsync(exchange, data).ConfigureAwait(false);
            await data.PutAsync(ns, key, value.ToUpdate(default, expiresAtMs)).ConfigureAwait(false);
        }

        await RestEnvelope.AnswerDoneAsync(exchange).ConfigureAwait(false);
    }

    // DELETE values/{key}
    public async ValueTask DeleteAsync(HttpExchange exchange, string ns, byte[] key)
    {
        await data.DeleteAsync(ns, key).ConfigureAwait(false);
        await RestEnvelope.AnswerDoneAsync(exchange).ConfigureAwait(false);
    }

    private async ValueTask PutFormAsync(HttpExchange exchange, string boundary, string ns, byte[] key, long expiresAtMs)
    {
        var form = new MultipartReader(boundary, exchange.Body.AsStream(leaveOpen: true));
        ReceivedValue? value = null;
        try
        {
            byte[] metadata = [];
            while (await form.ReadNextSectionAsync(exchange.Aborted).ConfigureAwait(false) is { } part)
            {
                if (NameOf(part) == "metadata")
                {
                    metadata = await MetadataAsync(part, data.Limits, exchange.Aborted).ConfigureAwait(false);
                }
                else if (NameOf(part) == "value")
                {
                    value?.Dispose();
                    value = await ReceivedValue.ReceiveAsync(part.Body, data, exchange.Aborted).ConfigureAwait(false);
                }
            }

            if (value == null)
                throw HttpFault.NoValue();
            await data.PutAsync(ns, key, value.ToUpdate(metadata, expiresAtMs)).ConfigureAwait(false);
        }
        catch (InvalidDataException error)
        {
            throw new HttpFault(400, error.Message);
        }
        catch (IOException error) when (error.GetType() == typeof(IOException))
        {
            // The form ends before its last boundary.
            throw new HttpFault(400, error.Message);
        }
        finally
        {
            value?.Dispose();
        }
    }

    private static async ValueTask<byte[]> MetadataAsync(MultipartSection part, KvLimits limits, CancellationToken cancellation)
    {
        // Of what is too long only the length is wanted.
        var kept = new byte[limits.MetadataBytesMax];
        var scrap = new byte[limits.MetadataBytesMax];
        var length = 0;
        while (true)
        {
            var count = await part.Body.ReadAsync(length < kept.Length ? kept.AsMemory(length) : scrap, cancellation).ConfigureAwait(false);
            if (count == 0)
                break;
            length += count;
        }

        if (length > kept.Length)
            throw HttpFault.MetadataTooLong(length, limits.MetadataBytesMax);
        var json = kept.AsSpan(0, length).Trim(" \t\r\n"u8);
        // A null is no metadata, which Workers cannot tell from it.
        if (json.IsEmpty || json.SequenceEqual("null"u8))
            return [];
        KvRules.CheckMetadata(json, limits);
        return json.ToArray();
    }

    private static string? NameOf(MultipartSection part) =>
        ContentDispositionHeaderValue.TryParse(part.ContentDisposition, out var disposition) ? HeaderUtilities.RemoveQuotes(disposition.Name).Value : null;

    private static string? BoundaryOf(HttpExchange exchange) =>
        MediaTypeHeaderValue.TryParse(exchange.Headers.ContentType.ToString(), out var type) && type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase)
            ? HeaderUtilities.RemoveQuotes(type.Boundary).Value
            : null;

    private static void WriteKey(Utf8JsonWriter json, KvEntries entries, KvEntry entry)
    {
        json.WriteStartObject();
        json.WriteString("name", entries.Slice(entry.Name));
        if (entry.Expiration is { } seconds)
            json.WriteNumber("expiration", seconds);
        if (!entries.Slice(entry.Metadata).IsEmpty)
        {
            json.WritePropertyName("metadata");
            json.WriteRawValue(entries.Slice(entry.Metadata), skipInputValidation: true);
        }

        json.WriteEndObject();
    }
}
