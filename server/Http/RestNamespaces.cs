using System.Text.Json;

namespace RespKv.Server.Http;

/// <summary>Namespaces over the REST shape.</summary>
internal sealed class RestNamespaces(KvData data)
{
    private const int BodyBytesMax = 64 * 1024;
    private const int PageDefault = 20;
    private const int PageMax = 1000;

    // GET namespaces[?page=&per_page=&direction=]
    public async ValueTask ListAsync(HttpExchange exchange)
    {
        var page = Math.Max(KvRules.ParseInteger(exchange.Target.Query("page") ?? "1") ?? 1, 1);
        var perPage = (int)Math.Clamp(KvRules.ParseInteger(exchange.Target.Query("per_page") ?? "") ?? PageDefault, 1, PageMax);
        var names = await data.NamespacesAsync().ConfigureAwait(false);
        names.Sort(StringComparer.Ordinal);
        if (exchange.Target.Query("direction") == "desc")
            names.Reverse();
        var shown = page > names.Count ? [] : names.Skip((int)(page - 1) * perPage).Take(perPage).ToList();
        await RestEnvelope.AnswerAsync(
            exchange,
            json =>
            {
                json.WriteStartArray();
                foreach (var name in shown)
                    Write(json, name);
                json.WriteEndArray();
            },
            info =>
            {
                info.WriteNumber("page", page);
                info.WriteNumber("per_page", perPage);
                info.WriteNumber("count", shown.Count);
                info.WriteNumber("total_count", names.Count);
                info.WriteNumber("total_pages", (names.Count + perPage - 1) / perPage);
            }).ConfigureAwait(false);
    }

    // POST namespaces {"title":...}
    public async ValueTask CreateAsync(HttpExchange exchange)
    {
        var title = await TitleAsync(exchange).ConfigureAwait(false);
        if (!await data.AddNamespaceAsync(title).ConfigureAwait(false))
            throw HttpFault.NamespaceIsThere();
        await GetAsync(exchange, title).ConfigureAwait(false);
    }

    // GET namespaces/{namespace}
    public static ValueTask GetAsync(HttpExchange exchange, string ns) => RestEnvelope.AnswerAsync(exchange, json => Write(json, ns));

    // PUT namespaces/{namespace} {"title":...}
    public async ValueTask RenameAsync(HttpExchange exchange, string ns)
    {
        var title = await TitleAsync(exchange).ConfigureAwait(false);
        exchange.Grant?.DemandNamespace(title);
        if (data.Namespaces.Find(ns) is { Number: not null })
            throw HttpFault.NamespaceIsDatabase();
        if (!await data.RenameNamespaceAsync(ns, title).ConfigureAwait(false))
            throw HttpFault.NamespaceIsThere();
        await GetAsync(exchange, title).ConfigureAwait(false);
    }

    // DELETE namespaces/{namespace}
    public async ValueTask DeleteAsync(HttpExchange exchange, string ns)
    {
        await data.RemoveNamespaceAsync(ns).ConfigureAwait(false);
        await RestEnvelope.AnswerDoneAsync(exchange).ConfigureAwait(false);
    }

    private static async ValueTask<string> TitleAsync(HttpExchange exchange)
    {
        using var body = await ReceivedBody.ReceiveAsync(exchange, BodyBytesMax).ConfigureAwait(false);
        using var document = body.TryParse();
        if (document is not { RootElement: { ValueKind: JsonValueKind.Object } root } || !root.TryGetProperty("title", out var title) || title.ValueKind != JsonValueKind.String)
            throw HttpFault.BodyNotJson();
        var name = title.GetString()!;
        return NamespaceName.FaultOf(name) is { } fault ? throw HttpFault.NamespaceName(fault) : name;
    }

    private static void Write(Utf8JsonWriter json, string name)
    {
        json.WriteStartObject();
        json.WriteString("id", name);
        json.WriteString("title", name);
        json.WriteBoolean("supports_url_encoding", true);
        json.WriteEndObject();
    }
}
