using System.Reflection;
using RespKv.Server.Kv;

namespace RespKv.Server.Http;

/// <summary>The key browser: a page with its style and its script, which are parts of this program. The page asks for data as any other client does, with the token that its user types.</summary>
internal sealed class BrowserPage(AccessRules access)
{
    // Nothing but what is served here, and no markup of others: a key or a value that got into the page as markup would still not run.
    private const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// <summary>What serves a path of the page; null when it is none.</summary>
    public ServePage? Find(string path) => path switch
    {
        "/ui" or "/ui/" => exchange => ServeAsync(exchange, "page.html", "text/html; charset=utf-8"),
        "/ui/page.css" => exchange => ServeAsync(exchange, "page.css", "text/css; charset=utf-8"),
        "/ui/page.js" => exchange => ServeAsync(exchange, "page.js", "text/javascript; charset=utf-8"),
        "/ui/icon.svg" => exchange => ServeAsync(exchange, "icon.svg", "image/svg+xml"),
        _ => null,
    };

    private async ValueTask ServeAsync(HttpExchange exchange, string name, string contentType)
    {
        access.DemandPage(exchange);
        using var bytes = new ValueBlocks();
        await using (var resource = Assembly.GetExecutingAssembly().GetManifestResourceStream("RespKv.Ui." + name)!)
        {
            while (await resource.ReadAsync(bytes.GetMemory(1)).ConfigureAwait(false) is > 0 and var count)
                bytes.Advance(count);
        }

        exchange.ResponseHeaders.ContentSecurityPolicy = Policy;
        exchange.ResponseHeaders["Referrer-Policy"] = "no-referrer";
        exchange.ResponseHeaders.CacheControl = "no-cache";
        await exchange.AnswerAsync(bytes, contentType).ConfigureAwait(false);
    }
}
