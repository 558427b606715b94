using RespKv.Server.Kv;

namespace RespKv.Server.Http;

/// <summary>Serves one page.</summary>
internal delegate ValueTask ServePage(HttpExchange exchange);

/// <summary>What is served beside the data: health for whoever asks, figures for whoever may read all namespaces, and the key browser.</summary>
internal sealed class OperatorPages(AccessRules access, IServerStatus status)
{
    private const string PlainText = "text/plain; charset=utf-8";

    private readonly BrowserPage browser = new(access);

    /// <summary>The page of a path; null when there is none.</summary>
    public ServePage? Find(string method, string path) => method is not ("GET" or "HEAD") ? null : path switch
    {
        "/health/live" => LiveAsync,
        "/health/ready" => ReadyAsync,
        "/metrics" => MetricsAsync,
        _ => browser.Find(path),
    };

    private static ValueTask LiveAsync(HttpExchange exchange) => exchange.AnswerTextAsync("live\n", PlainText);

    private ValueTask ReadyAsync(HttpExchange exchange)
    {
        exchange.SetStatus(status.IsReady ? 200 : 503);
        return exchange.AnswerTextAsync(status.IsReady ? "ready\n" : "not ready\n", PlainText);
    }

    private async ValueTask MetricsAsync(HttpExchange exchange)
    {
        access.Demand(exchange, AccessTokens.AllNamespaces, KvRight.Metrics);
        using var text = new ValueBlocks();
        await status.WriteMetricsAsync(text).ConfigureAwait(false);
        await exchange.AnswerAsync(text, "text/plain; version=0.0.4; charset=utf-8").ConfigureAwait(false);
    }
}
