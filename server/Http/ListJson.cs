using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using RespKv.Server.Kv;

namespace RespKv.Server.Http;

/// <summary>A page of keys as the KV binding reads it.</summary>
internal static class ListJson
{
    /// <summary>Nothing is escaped that JSON does not ask for.</summary>
    public static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>Writes a page; an empty and complete one for null.</summary>
    public static void Write(IBufferWriter<byte> output, ListPage? page)
    {
        using var json = new Utf8JsonWriter(output, Plain);
        json.WriteStartObject();
        json.WriteStartArray("keys");
        for (var i = 0; i < (page?.Entries.Count ?? 0); i++)
            WriteKey(json, page!.Entries, page.Entries[i]);
        json.WriteEndArray();
        json.WriteBoolean("list_complete", page?.IsComplete ?? true);
        if (page is { IsComplete: false })
            json.WriteString("cursor", page.Cursor);
        json.WriteEndObject();
    }

    private static void WriteKey(Utf8JsonWriter json, KvEntries entries, KvEntry entry)
    {
        json.WriteStartObject();
        json.WriteString("name", entries.Slice(entry.Name));
        if (entry.Expiration is { } seconds)
            json.WriteNumber("expiration", seconds);
        // The runtime parses it, so it is a string that holds JSON.
        if (!entries.Slice(entry.Metadata).IsEmpty)
            json.WriteString("metadata", entries.Slice(entry.Metadata));
        json.WriteEndObject();
    }
}
