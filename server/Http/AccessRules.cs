using System.Net;
using System.Text;

namespace RespKv.Server.Http;

/// <summary>
/// Who is served: who has a token, or is a user of the server. Where there are no tokens and the default user needs no password, clients of this host are served too, but
/// no web page, for a browser sends whatever a page wants.
/// </summary>
internal sealed class AccessRules(HttpSettings settings)
{
    // What workerd's KV binding names as its host; it is none.
    private const string BindingHost = "fake-host";

    private readonly UserAccess users = new(settings);

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

    /// <summary>
    /// Lets a request pass that may do something in a namespace: one with a token for that, or of a user who may. Who says neither is the default user, if that needs no
    /// password and there are no tokens.
    /// </summary>
    /// <exception cref="HttpFault">It may not.</exception>
    public void Demand(HttpExchange exchange, string ns, KvRight right)
    {
        var given = Credentials.Of(exchange.Headers.Authorization);
        var access = settings.Tokens.Any ? settings.Tokens.Of(given.Token, ns) : Access.Unknown;
        if (access == Access.Elsewhere)
            throw HttpFault.OtherNamespace();
        if (access == Access.Read && KvRights.Writes(right))
            throw HttpFault.ReadOnly();
        if (access != Access.Unknown)
            return;
        if (given.UserName != null)
            users.Demand(exchange, given, ns, right);
        else if (!settings.Tokens.Any && users.AdmitsAll)
            users.DemandOfDefault(exchange, ns, right);
        else
            throw Challenge(exchange);
    }

    /// <summary>Asks for a token. Not for a password, which a browser would keep and send to whatever page asks.</summary>
    public static HttpFault Challenge(HttpExchange exchange)
    {
        exchange.ResponseHeaders.WWWAuthenticate = "Bearer";
        return HttpFault.NoToken();
    }

    /// <summary>Lets a request for a page pass that holds no data.</summary>
    /// <exception cref="HttpFault">It comes from where nothing is served to.</exception>
    public void DemandPage(HttpExchange exchange)
    {
        if (!settings.Tokens.Any && users.AdmitsAll)
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

    /// <summary>Lets a request of this host pass that is not the doing of another page in its user's browser.</summary>
    /// <exception cref="HttpFault">It is neither.</exception>
    public static void DemandLocal(HttpExchange exchange)
    {
        // No browser reaches a UNIX socket.
        if (exchange.RemoteAddress is not { } remote)
            return;
        if (!IPAddress.IsLoopback(remote))
            throw HttpFault.NotLocal();
        // A page that has its own name point here would come with that name.
        if (!IsThisHost(HostNameOf(exchange.Headers.Host.ToString())))
            throw HttpFault.ForeignHost();
        DemandOwnPage(exchange);
    }

    /// <summary>Lets a request pass that no page of another origin has made a browser send.</summary>
    /// <exception cref="HttpFault">One has.</exception>
    public static void DemandOwnPage(HttpExchange exchange)
    {
        var host = exchange.Headers.Host.ToString();
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
