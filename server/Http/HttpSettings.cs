using RespKv.Server.Access;

namespace RespKv.Server.Http;

/// <summary>What the HTTP front is started with. Those that CONFIG SET can change are read again for each request.</summary>
internal sealed class HttpSettings
{
    /// <summary>TCP port; 0 for no HTTP.</summary>
    public int Port { get; set; }

    /// <summary>Whether the port was asked for: one that was not may be taken.</summary>
    public bool IsPortGiven { get; set; }

    /// <summary>Addresses to listen on; one that begins with - may be missing on this machine.</summary>
    public IReadOnlyList<string> Bind { get; set; } = ["127.0.0.1"];

    /// <summary>The header of a request that names its namespace.</summary>
    public string NamespaceHeader { get; set; } = "X-KV-Namespace";

    /// <summary>Ports and sockets that serve one namespace each.</summary>
    public IReadOnlyList<NamespaceEndPoint> NamespaceEndPoints { get; set; } = [];

    /// <summary>Who may do what; empty for whoever reaches the port.</summary>
    public AccessTokens Tokens { get; set; } = AccessTokens.None;

    /// <summary>The users of the server, who are served as well.</summary>
    public Users? Users { get; set; }

    /// <summary>Where it is noted what a user was not allowed.</summary>
    public AclLog? Denials { get; set; }

    /// <summary>Connections at a time.</summary>
    public int ConnectionsMax { get; set; } = 10_000;

    /// <summary>Least bytes a second of a body or an answer that is on its way; 0 for no least.</summary>
    public int BytesPerSecondMin { get; set; } = 64;

    /// <summary>Bytes of memory that all requests together may hold of what cannot be passed on as it comes.</summary>
    public long GatheredBytesMax { get; set; } = 256L << 20;

    /// <summary>Whether the front is to run at all.</summary>
    public bool IsOn => Port != 0 || NamespaceEndPoints.Count > 0;
}
