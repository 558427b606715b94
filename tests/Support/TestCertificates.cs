using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace RespKv.Tests.Support;

/// <summary>An authority, and certificates for a server and its clients signed by it and by another, as PEM files in a folder of their own. All are good for a month from now.</summary>
internal sealed class TestCertificates : IDisposable
{
    public const string KeyPassword = "päss word";

    private const string ServerUse = "1.3.6.1.5.5.7.3.1";
    private const string ClientUse = "1.3.6.1.5.5.7.3.2";

    private readonly TemporaryFolder folder = new();
    private readonly DateTimeOffset now = DateTimeOffset.UtcNow;

    public TestCertificates()
    {
        Authority = NewAuthority("RespKv tests");
        using var stranger = NewAuthority("Strangers");
        AuthorityFile = folder.Write("ca.crt", Authority.ExportCertificatePem());
        Client = Sign(Authority, "client", ClientUse, 30);
        StrangeClient = Sign(stranger, "stranger", ClientUse, 30);
        ExpiredClient = Sign(Authority, "late", ClientUse, -1);
        RenewServer();
        ClientFile = folder.Write("client.crt", Client.ExportCertificatePem());
        ClientKeyFile = folder.Write("client.key", Client.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        using var other = Sign(Authority, "other", ServerUse, 30);
        OtherKeyFile = folder.Write("other.key", other.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
    }

    public X509Certificate2 Authority { get; }

    public X509Certificate2 Client { get; }

    /// <summary>One signed by another authority.</summary>
    public X509Certificate2 StrangeClient { get; }

    /// <summary>One whose time was over yesterday.</summary>
    public X509Certificate2 ExpiredClient { get; }

    public string AuthorityFile { get; }

    public string ClientFile { get; }

    public string ClientKeyFile { get; }

    public string ServerFile => folder["server.crt"];

    public string ServerKeyFile => folder["server.key"];

    /// <summary>The key of <see cref="ServerFile"/>, encrypted with <see cref="KeyPassword"/>.</summary>
    public string EncryptedKeyFile => folder["encrypted.key"];

    /// <summary>A key that is not the server's.</summary>
    public string OtherKeyFile { get; }

    /// <summary>The folder, with a name in it.</summary>
    public string this[string name] => folder[name];

    /// <summary>Options of a server with a port for TLS.</summary>
    public string[] Options(int port, string authClients = "no") =>
        ["--tls-port", $"{port}", "--tls-cert-file", ServerFile, "--tls-key-file", ServerKeyFile, "--tls-ca-cert-file", AuthorityFile, "--tls-auth-clients", authClients];

    /// <summary>Puts a new certificate and a new key into the server's files; the result is the certificate's serial number.</summary>
    public string RenewServer()
    {
        using var server = Sign(Authority, "server", ServerUse, 30);
        folder.Write("server.crt", server.ExportCertificatePem());
        var key = server.GetECDsaPrivateKey()!;
        folder.Write("server.key", key.ExportPkcs8PrivateKeyPem());
        folder.Write("encrypted.key", key.ExportEncryptedPkcs8PrivateKeyPem(KeyPassword, new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 2048)));
        return server.SerialNumber;
    }

    public string Write(string name, string text) => folder.Write(name, text);

    public void Dispose()
    {
        Authority.Dispose();
        Client.Dispose();
        StrangeClient.Dispose();
        ExpiredClient.Dispose();
        folder.Dispose();
    }

    private X509Certificate2 NewAuthority(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        return request.CreateSelfSigned(now.AddDays(-40), now.AddDays(40));
    }

    private X509Certificate2 Sign(X509Certificate2 authority, string name, string use, int daysLeft)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(use)], critical: false));
        using var signed = request.Create(authority, now.AddDays(-30), now.AddDays(daysLeft), RandomNumberGenerator.GetBytes(12));
        using var withKey = signed.CopyWithPrivateKey(key);
        // TLS on some systems takes only keys that came from a file.
        return X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pkcs12), null, X509KeyStorageFlags.Exportable);
    }
}
