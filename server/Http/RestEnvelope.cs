using System.Text.Json;
using RespKv.Server.Kv;

namespace RespKv.Server.Http;

/// <summary>Writes a member or more of an answer's object.</summary>
internal delegate void WriteJson(Utf8JsonWriter json);

/// <summary>The object that each answer of the REST shape is, but for values.</summary>
internal static class RestEnvelope
{
    private const string JsonType = "application/json";

    /// <summary>Answers with a result.</summary>
    /// <param name="exchange">The request.</param>
    /// <param name="result">Writes the value of <c>result</c>.</param>
    /// <param name="info">Writes the members of <c>result_info</c>, where there is one.</param>
    public static async ValueTask AnswerAsync(HttpExchange exchange, WriteJson result, WriteJson? info = null)
    {
        using var output = new ValueBlocks();
        using (var json = new Utf8JsonWriter(output, ListJson.Plain))
        {
            json.WriteStartObject();
            WriteHead(json, null);
            json.WritePropertyName("result");
            result(json);
            if (info != null)
            {
                json.WriteStartObject("result_info");
                info(json);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        await exchange.AnswerAsync(output, JsonType).ConfigureAwait(false);
    }

    /// <summary>Answers with an empty object for a result.</summary>
    public static ValueTask AnswerDoneAsync(HttpExchange exchange) => AnswerAsync(exchange, json =>
    {
        json.WriteStartObject();
        json.WriteEndObject();
    });

    /// <summary>Answers with a fault.</summary>
    public static async ValueTask RefuseAsync(HttpExchange exchange, HttpFault fault)
    {
        using var output = new ValueBlocks();
        using (var json = new Utf8JsonWriter(output, ListJson.Plain))
        {
            json.WriteStartObject();
            WriteHead(json, fault);
            json.WriteNull("result");
            json.WriteEndObject();
        }

        exchange.SetStatus(fault.Status);
        await exchange.AnswerAsync(output, JsonType).ConfigureAwait(false);
    }

    private static void WriteHead(Utf8JsonWriter json, HttpFault? fault)
    {
        json.WriteBoolean("success", fault == null);
        json.WriteStartArray("errors");
        if (fault != null)
        {
            json.WriteStartObject();
            json.WriteNumber("code", fault.Code);
            json.WriteString("message", fault.Message);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("messages");
        json.WriteEndArray();
    }
}
