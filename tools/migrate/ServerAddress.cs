using System.Globalization;
using StackExchange.Redis;

namespace RespKv.Migrate;

/// <summary>Where a server is, and how one is let in.</summary>
/// <param name="EndPoint"><c>host</c> or <c>host:port</c>.</param>
/// <param name="User">A user of its access list; null for the default one.</param>
/// <param name="Password">The password; null for none.</param>
/// <param name="IsTls">Whether it is spoken to by TLS.</param>
/// <param name="AuthorityFile">PEM file of the authority of its certificate; null for the system's.</param>
/// <param name="CertificateFile">PEM file of our certificate; null for none.</param>
/// <param name="KeyFile">PEM file of its key.</param>
internal sealed record ServerAddress(string EndPoint, string? User, string? Password, bool IsTls, string? AuthorityFile, string? CertificateFile, string? KeyFile)
{
    private const int DefaultPort = 6379;
    private const int ConnectMs = 5000;

    // One reply may be a large value that comes slowly.
    private const int ReplyMs = 120_000;

    /// <summary>How to connect. Nothing waits for a connection that is lost: what was to be sent fails and is done again, in the right database.</summary>
    public ConfigurationOptions Options()
    {
        var (host, port) = Parse();
        var options = new ConfigurationOptions
        {
            EndPoints = { { host, port } },
            User = User,
            Password = Password,
            Ssl = IsTls,
            SslHost = IsTls ? host : null,
            AllowAdmin = true,
            AbortOnConnectFail = true,
            ConnectTimeout = ConnectMs,
            SyncTimeout = ReplyMs,
            AsyncTimeout = ReplyMs,
            BacklogPolicy = BacklogPolicy.FailFast,
            ClientName = "respkv-migrate",
        };
        if (AuthorityFile != null)
            options.TrustIssuer(AuthorityFile);
        if (CertificateFile != null)
            options.SetUserPemCertificate(CertificateFile, KeyFile);
        return options;
    }

    public override string ToString() => EndPoint;

    private (string Host, int Port) Parse()
    {
        var colon = EndPoint.LastIndexOf(':');
        // [::1]:6379, ::1, host
        if (colon < 0 || EndPoint.EndsWith(']') || (EndPoint.Count(c => c == ':') > 1 && !EndPoint.Contains(']', StringComparison.Ordinal)))
            return (EndPoint.Trim('[', ']'), DefaultPort);
        return int.TryParse(EndPoint.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= 65535
            ? (EndPoint[..colon].Trim('[', ']'), port)
            : throw new MigrationFaultException($"'{EndPoint}' is no address: host:port");
    }
}
