using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace RespKv.Server.Net;

/// <summary>
/// What handshakes need: certificates and rules, read from files once. Never changed: when parameters change, new connections get a new one, and those that exist keep what they have.
/// </summary>
internal sealed class TlsContext
{
    private const string ProtocolsFault = "Invalid tls-protocols specified. Use a combination of 'TLSv1.2' and 'TLSv1.3'.";

    private TlsContext(SslServerAuthenticationOptions options) => Options = options;

    /// <summary>For <see cref="SslStream"/>, by all connections.</summary>
    public SslServerAuthenticationOptions Options { get; }

    /// <summary>Reads what the parameters name.</summary>
    /// <exception cref="TlsFaultException">Something is missing, cannot be read, or is not to be had here.</exception>
    public static TlsContext Load(TlsSettings settings)
    {
        if (settings.CertificateFile.Length == 0)
            throw new TlsFaultException("tls-cert-file", "No tls-cert-file configured!");
        if (settings.KeyFile.Length == 0)
            throw new TlsFaultException("tls-key-file", "No tls-key-file configured!");
        RefuseFixed(settings);
        var protocols = Protocols(settings.Protocols);
        var authorities = Authorities(settings);
        if (settings.ClientCertificates != TlsClientCertificates.No && authorities.Count == 0)
            throw new TlsFaultException("tls-auth-clients", "Either tls-ca-cert-file or tls-ca-cert-dir must be specified when tls-auth-clients is enabled!");
        var chain = ReadCertificates("tls-cert-file", settings.CertificateFile);
        X509Certificate2[] others = [.. chain.Skip(1), .. authorities];
        var options = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = SslStreamCertificateContext.Create(WithKey(settings), new X509Certificate2Collection(others), offline: true),
            EnabledSslProtocols = protocols,
            CipherSuitesPolicy = TlsSuites.Policy(settings.Ciphers, settings.CipherSuites),
            AllowRenegotiation = false,
            AllowTlsResume = settings.ResumesSessions,
        };
        if (settings.ClientCertificates != TlsClientCertificates.No)
            AskClients(options, authorities, settings.ClientCertificates == TlsClientCertificates.Optional);
        return new TlsContext(options);
    }

    // An authority's list of revoked certificates, or one that is missing in between, is not fetched: a handshake must not wait for others.
    private static void AskClients(SslServerAuthenticationOptions options, X509Certificate2Collection authorities, bool isOptional)
    {
        options.ClientCertificateRequired = true;
        options.CertificateChainPolicy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        options.CertificateChainPolicy.CustomTrustStore.AddRange(authorities);
        if (isOptional)
            options.RemoteCertificateValidationCallback = (_, certificate, _, errors) => errors == SslPolicyErrors.None || certificate == null;
    }

    private static void RefuseFixed(TlsSettings settings)
    {
        if (settings.DiffieHellmanFile.Length > 0)
            throw new TlsFaultException("tls-dh-params-file", "not supported: parameters for Diffie-Hellman are chosen by the size of the key");
        if (!settings.PrefersServerCiphers)
            throw new TlsFaultException("tls-prefer-server-ciphers", "'no' is not supported: the server's order of ciphers is always preferred");
        if (settings.SessionCacheSize != TlsSettings.SessionCacheSizeFixed)
            throw new TlsFaultException("tls-session-cache-size", $"only {TlsSettings.SessionCacheSizeFixed} is supported");
        if (settings.SessionCacheSeconds != TlsSettings.SessionCacheSecondsFixed)
            throw new TlsFaultException("tls-session-cache-timeout", $"only {TlsSettings.SessionCacheSecondsFixed} is supported");
    }

    private static SslProtocols Protocols(string text)
    {
        var protocols = SslProtocols.None;
        foreach (var word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            protocols |= word.ToUpperInvariant() switch
            {
                "TLSV1.2" => SslProtocols.Tls12,
                "TLSV1.3" => SslProtocols.Tls13,
                "TLSV1" or "TLSV1.1" => throw new TlsFaultException("tls-protocols", $"{word} is not supported any more. Use a combination of 'TLSv1.2' and 'TLSv1.3'."),
                _ => throw new TlsFaultException("tls-protocols", ProtocolsFault),
            };
        }

        return protocols == SslProtocols.None ? SslProtocols.Tls12 | SslProtocols.Tls13 : protocols;
    }

    private static X509Certificate2Collection Authorities(TlsSettings settings)
    {
        var all = new X509Certificate2Collection();
        if (settings.AuthoritiesFile.Length > 0)
            all.AddRange(ReadCertificates("tls-ca-cert-file", settings.AuthoritiesFile));
        if (settings.AuthoritiesFolder.Length == 0)
            return all;
        var count = all.Count;
        foreach (var file in Guarded("tls-ca-cert-dir", settings.AuthoritiesFolder, Directory.GetFiles))
            all.AddRange(Guarded("tls-ca-cert-dir", file, ImportCertificates));
        return all.Count > count ? all : throw new TlsFaultException("tls-ca-cert-dir", $"{settings.AuthoritiesFolder}: no certificate in any of its files");
    }

    private static X509Certificate2Collection ReadCertificates(string parameter, string file) =>
        Guarded(parameter, file, ImportCertificates) is { Count: > 0 } found ? found : throw new TlsFaultException(parameter, $"{file}: no certificate in it (PEM is expected)");

    private static X509Certificate2Collection ImportCertificates(string file)
    {
        var found = new X509Certificate2Collection();
        found.ImportFromPemFile(file);
        return found;
    }

    private static X509Certificate2 WithKey(TlsSettings settings)
    {
        var certificate = Guarded("tls-cert-file", settings.CertificateFile, File.ReadAllText);
        return Guarded("tls-key-file", settings.KeyFile, file =>
        {
            var key = File.ReadAllText(file);
            if (!key.Contains("PRIVATE KEY-----", StringComparison.Ordinal))
                throw new CryptographicException("no private key in it (PEM is expected)");
            if (key.Contains("Proc-Type: 4,ENCRYPTED", StringComparison.Ordinal))
                throw new CryptographicException("encrypted in the old form of OpenSSL, which is not supported; openssl pkcs8 -topk8 brings it into the present one");
            if (!key.Contains("ENCRYPTED PRIVATE KEY-----", StringComparison.Ordinal))
                return X509Certificate2.CreateFromPem(certificate, key);
            if (settings.KeyPassword.Length == 0)
                throw new CryptographicException("encrypted, and there is no tls-key-file-pass");
            return X509Certificate2.CreateFromEncryptedPem(certificate, key, settings.KeyPassword);
        });
    }

    // What is wrong with a file is said in one line that names it.
    private static T Guarded<T>(string parameter, string path, Func<string, T> read)
    {
        try
        {
            return read(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException or NotSupportedException)
        {
            throw new TlsFaultException(parameter, $"{path}: {Reason(error)}");
        }
    }

    private static string Reason(Exception error) => error switch
    {
        FileNotFoundException or DirectoryNotFoundException => "there is no such file or folder",
        UnauthorizedAccessException => "it may not be read",
        _ => error.Message,
    };
}
