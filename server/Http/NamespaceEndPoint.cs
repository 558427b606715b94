using System.Globalization;

namespace RespKv.Server.Http;

/// <summary>A port or a UNIX socket whose requests are all for one namespace.</summary>
/// <param name="Namespace">The namespace's name.</param>
/// <param name="Port">Its TCP port; 0 where it is a socket.</param>
/// <param name="SocketPath">Path of its UNIX socket; empty where it is a port.</param>
internal sealed record NamespaceEndPoint(string Namespace, int Port, string SocketPath)
{
    /// <summary>Reads <c>name=8380</c> or <c>name=/run/name.sock</c>; the text says what is wrong, or is null.</summary>
    public static string? TryParse(string word, out NamespaceEndPoint endPoint)
    {
        endPoint = new NamespaceEndPoint("", 0, "");
        var equals = word.LastIndexOf('=');
        if (equals <= 0)
            return $"'{word}' is not name=port or name=/path/of/socket";
        var (name, place) = (word[..equals], word[(equals + 1)..]);
        if (NamespaceName.FaultOf(name) is { } fault)
            return fault;
        if (place.StartsWith('/'))
        {
            endPoint = new NamespaceEndPoint(name, 0, place);
            return null;
        }

        if (!int.TryParse(place, NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port is < 1 or > 65535)
            return $"'{place}' is neither a port nor the full path of a socket";
        endPoint = new NamespaceEndPoint(name, port, "");
        return null;
    }
}
