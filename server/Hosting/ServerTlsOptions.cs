using System.CommandLine;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace RespKv.Server.Hosting;

/// <summary>
/// How a running server is asked by TLS; the names are those of <c>redis-cli</c>, and what is not given is taken from the variables that the server itself goes by. As there, the server's certificate has to be of a known
/// authority, and the name in it is not compared: a health check asks 127.0.0.1, which is in few certificates.
/// </summary>
internal sealed class ServerTlsOptions
{
    private readonly Option<bool> tls = new("--tls") { Description = "speak TLS to it" };

    private readonly Option<string?> authority = new("--cacert") { Description = "PEM file of the authority of its certificate; by default RESPKV_TLS_CA_CERT_FILE, else those of the system" };

    private readonly Option<string?> certificate = new("--cert") { Description = "PEM file of a certificate to show it; by default RESPKV_TLS_CERT_FILE" };

    private readonly Option<string?> key = new("--key") { Description = "PEM file of the key of that certificate; by default RESPKV_TLS_KEY_FILE" };

    private readonly Option<bool> insecure = new("--insecure") { Description = "take any certificate of the server" };

    public ServerTlsOptions(Command command)
    {
        foreach (var option in new Option[] { tls, authority, certificate, key, insecure })
            command.Options.Add(option);
    }

    /// <summary>Whether TLS is asked for.</summary>
    public bool AreAsked(ParseResult line) =>
        line.GetValue(tls) || line.GetValue(insecure) || line.GetValue(authority) != null || line.GetValue(certificate) != null || line.GetValue(key) != null;

    /// <summary>The parameters.</summary>
    /// <exception cref="IOException">A file cannot be read, or holds no certificate or key.</exception>
    public SslClientAuthenticationOptions Of(ParseResult line, string host)
    {
        try
        {
            var parameters = new SslClientAuthenticationOptions
            {
                TargetHost = IPAddress.TryParse(host, out _) ? "" : host,
                CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
                RemoteCertificateValidationCallback = ValidatorOf(line),
            };
            if (Given(line, certificate, "RESPKV_TLS_CERT_FILE") is { } file)
                parameters.ClientCertificates = [Load(file, Given(line, key, "RESPKV_TLS_KEY_FILE") ?? file)];
            return parameters;
        }
        catch (Exception error) when (error is CryptographicException or UnauthorizedAccessException)
        {
            throw new IOException(error.Message);
        }
    }

    private RemoteCertificateValidationCallback ValidatorOf(ParseResult line)
    {
        var takesAny = line.GetValue(insecure);
        if (takesAny || Given(line, authority, "RESPKV_TLS_CA_CERT_FILE") is not { } file)
            return (_, _, _, errors) => takesAny || (errors & ~SslPolicyErrors.RemoteCertificateNameMismatch) == 0;
        var known = new X509Certificate2Collection();
        known.ImportFromPemFile(file);
        return (_, shown, chain, _) => IsOfKnown(shown as X509Certificate2, chain, known);
    }

    private static bool IsOfKnown(X509Certificate2? shown, X509Chain? sent, X509Certificate2Collection known)
    {
        if (shown == null)
            return false;
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(known);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        if (sent != null)
            chain.ChainPolicy.ExtraStore.AddRange(sent.ChainPolicy.ExtraStore);
        return chain.Build(shown);
    }

    private static X509Certificate2 Load(string file, string keyFile) => Environment.GetEnvironmentVariable("RESPKV_TLS_KEY_FILE_PASS") is { Length: > 0 } secret
        ? X509Certificate2.CreateFromEncryptedPemFile(file, secret, keyFile)
        : X509Certificate2.CreateFromPemFile(file, keyFile);

    private static string? Given(ParseResult line, Option<string?> option, string variable) =>
        line.GetValue(option) ?? (Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value ? value : null);
}
