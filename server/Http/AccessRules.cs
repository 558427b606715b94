using System.Net;
using System.Text;
using Microsoft.Extensions.Primitives;

namespace RespKv.Server.Http;

/// <summary>Who is served. With tokens: who has one. Without: clients of this host that are no web page, for a browser sends whatever a page wants.</summary>
internal sealed class AccessRules(HttpSettings settings)
{
    // What workerd's KV binding names as its host; it is none.
    private const string BindingHost = "fake-host";
    private const string Scheme = "Bearer ";

    // Header values are read as Latin-1, byte for byte.
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    /// <summary>The namespace that a request is for.</summary>
    /// <exception cref="HttpFault">It names none that could be.</exception>
    public string NamespaceOf(HttpExchange exchange)
    {
        if (exchange.EndPointNamespace is { } bound)
            return bound;
        var values = exchange.Headers[settings.NamespaceHeader];
        if (values.Count == 0)
            return "default";
        if (values.Count > 1)
            throw HttpFault.NamespaceName("it is named twice");
        var name = Text(values[0]!);
        if (NamespaceName.FaultOf(name) is { } fault)
            throw HttpFault.NamespaceName(fault);
        return name;
    }

    /// <summary>Lets a request pass that may read, or also write, in a namespace.</summary>
    /// <exception cref="HttpFault">It may not.</exception>
    public void Demand(HttpExchange exchange, string ns, bool writes)
    {
        if (!settings.Tokens.Any)
        {
            DemandLocal(exchange);
            return;
        }

        switch (settings.Tokens.Of(TokenOf(exchange.Headers.Authorization), ns))
        {
            case Access.Unknown:
                exchange.ResponseHeaders.WWWAuthenticate = "Bearer";
                throw HttpFault.NoToken();
            case Access.Elsewhere:
                throw HttpFault.OtherNamespace();
            case Access.Read when writes:
                throw HttpFault.ReadOnly();
            default:
                return;
        }
    }

    /// <summary>Lets a request for a page pass that holds no data.</summary>
    /// <exception cref="HttpFault">It comes from where nothing is served to.</exception>
    public void DemandPage(HttpExchange exchange)
    {
        if (!settings.Tokens.Any)
            DemandLocal(exchange);
    }

    /// <summary>What a header's value says, which is text in UTF-8.</summary>
    /// <exception cref="HttpFault">It is not UTF-8.</exception>
    private static string Text(string value)
    {
        try
        {
            return StrictUtf8.GetString(Encoding.Latin1.GetBytes(value));
        }
        catch (DecoderFallbackException)
        {
            throw HttpFault.NamespaceName("it is not UTF-8");
        }
    }

    private static string TokenOf(StringValues authorization) =>
        authorization.Count == 1 && authorization[0]!.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? authorization[0]![Scheme.Length..].Trim() : "";

    private static void DemandLocal(HttpExchange exchange)
    {
        // No browser reaches a UNIX socket.
        if (exchange.RemoteAddress is not { } remote)
            return;
        if (!IPAddress.IsLoopback(remote))
            throw HttpFault.NotLocal();
        // A page that has its own name point here would come with that name.
        var host = exchange.Headers.Host.ToString();
        if (!IsThisHost(HostNameOf(host)))
            throw HttpFault.ForeignHost();
        if (exchange.Headers.Origin is { Count: > 0 } origin && !string.Equals(origin.ToString(), "http://" + host, StringComparison.OrdinalIgnoreCase))
            throw HttpFault.ForeignOrigin();
        if (exchange.Headers["Sec-Fetch-Site"] is { Count: > 0 } site && site.ToString() is not ("same-origin" or "none"))
            throw HttpFault.ForeignOrigin();
    }

    private static bool IsThisHost(string name) =>
        name is BindingHost || name.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(name, out var address) && IPAddress.IsLoopback(address));

    private static string HostNameOf(string host)
    {
        if (host.StartsWith('['))
            return host.IndexOf(']', StringComparison.Ordinal) is > 0 and var end ? host[1..end] : "";
        var colon = host.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? host : host[..colon];
    }
}
