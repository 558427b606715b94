using RespKv.Server.Net;
using RespKv.Server.Storage;

namespace RespKv.Server;

/// <summary>What a server is started with. Those that CONFIG SET can change are read again where they are used.</summary>
internal sealed class ServerSettings
{
    /// <summary>TCP port; 0 lets the system choose one, -1 listens on no port.</summary>
    public int Port { get; set; } = 6379;

    /// <summary>Addresses to listen on; one that begins with - may be missing on this machine.</summary>
    public IReadOnlyList<string> Bind { get; set; } = ["127.0.0.1", "-::1"];

    /// <summary>Path of a UNIX socket; empty for none.</summary>
    public string UnixSocket { get; set; } = "";

    /// <summary>Permissions of the UNIX socket, as octal digits; 0 for what the system gives.</summary>
    public int UnixSocketPermissions { get; set; }

    /// <summary>Connections that wait to be accepted.</summary>
    public int TcpBacklog { get; set; } = 511;

    /// <summary>Numbered databases.</summary>
    public int Databases { get; set; } = 16;

    /// <summary>Whether clients from other hosts are refused while there is no password.</summary>
    public bool ProtectedMode { get; set; } = true;

    /// <summary>Seconds between probes of an idle connection; 0 for none.</summary>
    public int TcpKeepAliveSeconds { get; set; } = 300;

    /// <summary>Seconds after which an idle client is closed; 0 for never.</summary>
    public int TimeoutSeconds { get; set; }

    /// <summary>Most clients at a time.</summary>
    public int MaxClients { get; set; } = 10_000;

    public StoreSettings Store { get; } = new();

    /// <summary>What clients may leave unread.</summary>
    public OutputBudget Output { get; } = new();
}
