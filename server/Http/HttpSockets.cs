using System.Net;
using System.Net.Sockets;

namespace RespKv.Server.Http;

/// <summary>
/// The sockets that the front listens on, bound before the server says that it is ready, so that an end point that cannot be had is known at the start. Disposing closes
/// those that nobody has taken over.
/// </summary>
internal sealed class HttpSockets : IDisposable
{
    private const int Backlog = 512;

    private readonly List<(Socket Socket, EndPoint EndPoint, EndPointRole Role)> bound = [];
    private readonly List<string> ownedPaths = [];

    /// <summary>The sockets with what each is for.</summary>
    public IReadOnlyList<(Socket Socket, EndPoint EndPoint, EndPointRole Role)> All => bound;

    /// <summary>Why the default port is not listened on; null when it is, or was asked for.</summary>
    public string? Warning { get; private set; }

    /// <exception cref="StartFaultException">An end point that was asked for cannot be had.</exception>
    public static HttpSockets Bind(HttpSettings settings)
    {
        var sockets = new HttpSockets();
        try
        {
            if (settings.Port != 0)
                sockets.BindPort(settings);
            foreach (var endPoint in settings.NamespaceEndPoints)
                sockets.BindNamespace(settings, endPoint);
            return sockets;
        }
        catch
        {
            sockets.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        foreach (var (socket, _, _) in bound)
            socket.Dispose();
        bound.Clear();
        foreach (var path in ownedPaths)
            File.Delete(path);
        ownedPaths.Clear();
    }

    private void BindPort(HttpSettings settings)
    {
        var role = new EndPointRole(null);
        try
        {
            BindTcp(settings, settings.Port, role);
        }
        catch (StartFaultException fault) when (!settings.IsPortGiven)
        {
            foreach (var (socket, _, _) in bound)
                socket.Dispose();
            bound.Clear();
            Warning = fault.Message + "; there is no HTTP, unless http-port names another port";
        }
    }

    private void BindNamespace(HttpSettings settings, NamespaceEndPoint endPoint)
    {
        var role = new EndPointRole(endPoint.Namespace);
        if (endPoint.SocketPath.Length == 0)
            BindTcp(settings, endPoint.Port, role);
        else
            BindUnix(endPoint.SocketPath, role);
    }

    private void BindTcp(HttpSettings settings, int port, EndPointRole role)
    {
        foreach (var word in settings.Bind)
        {
            var isOptional = word.StartsWith('-');
            var name = isOptional ? word[1..] : word;
            var address = name == "*" ? IPAddress.Any : null;
            if (address == null && !IPAddress.TryParse(name == "localhost" ? "127.0.0.1" : name, out address))
                throw new StartFaultException($"cannot serve HTTP on '{name}': not an IP address");
            if (!IPAddress.IsLoopback(address) && !settings.Tokens.Any && settings.Users!.Default.Rules.AdmitsAll)
                throw new StartFaultException($"cannot serve HTTP on {name}: without http-tokens only this host is served");
            var endPoint = new IPEndPoint(address, port);
            try
            {
                Add(new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp), endPoint, role);
            }
            catch (SocketException error) when (isOptional && error.SocketErrorCode is SocketError.AddressNotAvailable or SocketError.AddressFamilyNotSupported)
            {
                // It was to be left out in that case.
            }
            catch (SocketException error)
            {
                throw new StartFaultException($"cannot serve HTTP on {endPoint}: {error.Message}");
            }
        }
    }

    private void BindUnix(string path, EndPointRole role)
    {
        try
        {
            // What a server that was killed has left is in the way.
            if (new FileInfo(path) is { Exists: true, Length: 0 } && !IsListenedOn(path))
                File.Delete(path);
            Add(new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified), new UnixDomainSocketEndPoint(path), role);
            ownedPaths.Add(path);
        }
        catch (Exception error) when (error is SocketException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new StartFaultException($"cannot serve HTTP on {path}: {error.Message}");
        }
    }

    private void Add(Socket socket, EndPoint endPoint, EndPointRole role)
    {
        try
        {
            socket.Bind(endPoint);
            socket.Listen(Backlog);
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        bound.Add((socket, endPoint, role));
    }

    private static bool IsListenedOn(string path)
    {
        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
