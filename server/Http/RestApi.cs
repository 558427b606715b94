namespace RespKv.Server.Http;

/// <summary>
/// The shape of Cloudflare's REST interface to Workers KV, for the tools that speak it. An account may be called anything; the id of a namespace is its name, which is its title as well.
/// </summary>
internal sealed class RestApi(AccessRules access, KvData data)
{
    /// <summary>What the path of each of its requests begins with.</summary>
    public const string Root = "/client/v4/";

    private readonly RestNamespaces namespaces = new(data);
    private readonly RestEntries entries = new(data);
    private readonly RestBulk bulk = new(data);

    /// <summary>Serves a request whose path begins with <see cref="Root"/>; its faults are answered in the shape of this interface.</summary>
    public async ValueTask ServeAsync(HttpExchange exchange)
    {
        exchange.Operation = HttpOperation.Rest;
        try
        {
            await RouteAsync(exchange).ConfigureAwait(false);
        }
        catch (HttpFault fault) when (!exchange.HasStarted)
        {
            await exchange.DrainAsync().ConfigureAwait(false);
            await RestEnvelope.RefuseAsync(exchange, fault).ConfigureAwait(false);
        }
    }

    // accounts/{account}/storage/kv/namespaces[/{namespace}[/...]]
    private ValueTask RouteAsync(HttpExchange exchange)
    {
        var parts = exchange.Target.Path[Root.Length..].Split('/');
        if (parts is not ["accounts", { Length: > 0 }, "storage", "kv", "namespaces", .. var rest])
            throw HttpFault.NoRoute();
        if (rest.Length == 0)
        {
            Demand(exchange, AccessTokens.AllNamespaces, exchange.Method == "GET" ? KvRight.ListNamespaces : KvRight.AddNamespace);
            return exchange.Method switch
            {
                "GET" => namespaces.ListAsync(exchange),
                "POST" => namespaces.CreateAsync(exchange),
                _ => throw HttpFault.MethodNotAllowed(),
            };
        }

        var ns = RequestTarget.DecodeText(rest[0]) is { Length: > 0 } name && NamespaceName.FaultOf(name) == null ? name : throw HttpFault.NoNamespace();
        Demand(exchange, ns, RightOf(exchange.Method, rest[1..]));
        return RouteAsync(exchange, ns, rest[1..]);
    }

    private async ValueTask RouteAsync(HttpExchange exchange, string ns, string[] rest)
    {
        if (!await data.HasNamespaceAsync(ns).ConfigureAwait(false))
            throw HttpFault.NoNamespace();
        var serving = (exchange.Method, rest) switch
        {
            ("GET", []) => RestNamespaces.GetAsync(exchange, ns),
            ("PUT", []) => namespaces.RenameAsync(exchange, ns),
            ("DELETE", []) => namespaces.DeleteAsync(exchange, ns),
            ("GET", ["keys"]) => entries.ListAsync(exchange, ns),
            ("GET", ["values", .. var key]) => entries.GetAsync(exchange, ns, Key(exchange, key)),
            ("PUT", ["values", .. var key]) => entries.PutAsync(exchange, ns, Key(exchange, key)),
            ("DELETE", ["values", .. var key]) => entries.DeleteAsync(exchange, ns, Key(exchange, key)),
            ("GET", ["metadata", .. var key]) => entries.GetMetadataAsync(exchange, ns, Key(exchange, key)),
            ("PUT", ["bulk"]) => bulk.PutAsync(exchange, ns),
            ("DELETE", ["bulk"]) or ("POST", ["bulk", "delete"]) => bulk.DeleteAsync(exchange, ns),
            ("POST", ["bulk", "get"]) => bulk.GetAsync(exchange, ns),
            _ => throw HttpFault.NoRoute(),
        };
        await serving.ConfigureAwait(false);
    }

    private void Demand(HttpExchange exchange, string ns, KvRight right)
    {
        access.Demand(exchange, ns, right);
        data.DemandReady(KvRights.IsToWrite(right));
    }

    private static KvRight RightOf(string method, string[] rest) => (method, rest) switch
    {
        ("GET", []) => KvRight.ListNamespaces,
        (_, []) => KvRight.DropNamespace,
        ("GET", ["keys"]) => KvRight.List,
        ("GET", ["metadata", ..]) => KvRight.GetMetadata,
        ("POST", ["bulk", "get"]) => KvRight.GetMany,
        ("POST", ["bulk", "delete"]) or ("DELETE", _) => KvRight.Delete,
        ("GET", _) => KvRight.Get,
        _ => KvRight.Put,
    };

    // A slash in a key should have been encoded; where it was not, it is meant all the same.
    private byte[] Key(HttpExchange exchange, string[] parts)
    {
        var key = RequestTarget.DecodePart(string.Join('/', parts)) ?? throw HttpFault.KeyNotDecodable();
        KvRules.CheckKey(key, data.Limits);
        exchange.Grant?.Demand(key);
        return key;
    }
}
