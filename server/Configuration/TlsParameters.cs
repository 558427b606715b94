using System.Globalization;

namespace RespKv.Server.Configuration;

/// <summary>
/// The parameters of TLS, in the order in which help shows them. They are remembered while there is no <c>tls-port</c>, and what they say is looked at, and refused where it cannot be
/// had, when there is one: so it is in Redis.
/// </summary>
internal static class TlsParameters
{
    public static readonly IReadOnlyList<Parameter> All =
    [
        new("tls-port", new IntegerKind(0, 65535), "0")
        {
            Summary = "TCP port for clients with TLS; 0 for none", Apply = (settings, value) => settings.Tls.Port = int.Parse(value, CultureInfo.InvariantCulture),
        },
        File("tls-cert-file", "PEM file of the server's certificate, those between it and its authority behind it", (tls, path) => tls.CertificateFile = path),
        File("tls-key-file", "PEM file of the private key of that certificate", (tls, path) => tls.KeyFile = path),
        new("tls-key-file-pass", new TextKind(), "")
        {
            Summary = "what the private key is encrypted with", Apply = (settings, value) => settings.Tls.KeyPassword = ByteText.ToText(value),
        },
        File("tls-ca-cert-file", "PEM file of the authorities that sign clients' certificates", (tls, path) => tls.AuthoritiesFile = path),
        File("tls-ca-cert-dir", "folder of such files", (tls, path) => tls.AuthoritiesFolder = path),
        new("tls-auth-clients", new ChoiceKind("no", "yes", "optional"), "yes")
        {
            Summary = "whether clients need a certificate: yes, no, or optional (one that is sent must be good)",
            Apply = (settings, value) => settings.Tls.ClientCertificates = Enum.Parse<TlsClientCertificates>(value, ignoreCase: true),
        },
        new("tls-protocols", new TextKind(), "")
        {
            Summary = "TLSv1.2, TLSv1.3 or both in quotes", DefaultMeaning = "TLSv1.2 TLSv1.3", Apply = (settings, value) => settings.Tls.Protocols = value,
        },
        new("tls-ciphers", new TextKind(), "")
        {
            Summary = "names of the suites offered with TLS 1.2, with colons between them", DefaultMeaning = "the system's", Apply = (settings, value) => settings.Tls.Ciphers = value,
        },
        new("tls-ciphersuites", new TextKind(), "")
        {
            Summary = "names of those offered with TLS 1.3", DefaultMeaning = "the system's", Apply = (settings, value) => settings.Tls.CipherSuites = value,
        },
        new("tls-prefer-server-ciphers", new FlagKind(), "yes")
        {
            Summary = "whether the server's order of suites counts; no other is supported", Apply = (settings, value) => settings.Tls.PrefersServerCiphers = value == "yes",
        },
        File("tls-dh-params-file", "not supported: must be empty", (tls, path) => tls.DiffieHellmanFile = path),
        new("tls-session-caching", new FlagKind(), "yes")
        {
            Summary = "let clients take up an earlier session, which makes a handshake cheaper", Apply = (settings, value) => settings.Tls.ResumesSessions = value == "yes",
        },
        new("tls-session-cache-size", new IntegerKind(0, int.MaxValue), "20480")
        {
            Summary = "sessions that can be taken up; no other number is supported", Apply = (settings, value) => settings.Tls.SessionCacheSize = int.Parse(value, CultureInfo.InvariantCulture),
        },
        new("tls-session-cache-timeout", new IntegerKind(0, int.MaxValue), "7200")
        {
            Summary = "seconds for which they can; no other number is supported", Apply = (settings, value) => settings.Tls.SessionCacheSeconds = int.Parse(value, CultureInfo.InvariantCulture),
        },
    ];

    private static Parameter File(string name, string summary, Action<TlsSettings, string> apply) => new(name, new TextKind(), "")
    {
        Summary = summary,
        IsReference = true,
        Apply = (settings, value) => apply(settings.Tls, ByteText.ToText(value)),
    };
}
