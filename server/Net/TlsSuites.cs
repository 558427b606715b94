using System.Net.Security;

namespace RespKv.Server.Net;

/// <summary>
/// The suites of ciphers that are offered, by the names that OpenSSL and the standard have for them. What OpenSSL knows beside names (HIGH, !aNULL, @SECLEVEL) says nothing to the
/// runtime, and so is refused.
/// </summary>
internal static class TlsSuites
{
    private static readonly (string Name, TlsCipherSuite Suite)[] OfTls12 =
    [
        ("ECDHE-ECDSA-AES256-GCM-SHA384", TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384),
        ("ECDHE-RSA-AES256-GCM-SHA384", TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384),
        ("ECDHE-ECDSA-CHACHA20-POLY1305", TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256),
        ("ECDHE-RSA-CHACHA20-POLY1305", TlsCipherSuite.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256),
        ("ECDHE-ECDSA-AES128-GCM-SHA256", TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256),
        ("ECDHE-RSA-AES128-GCM-SHA256", TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256),
        ("DHE-RSA-AES256-GCM-SHA384", TlsCipherSuite.TLS_DHE_RSA_WITH_AES_256_GCM_SHA384),
        ("DHE-RSA-CHACHA20-POLY1305", TlsCipherSuite.TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256),
        ("DHE-RSA-AES128-GCM-SHA256", TlsCipherSuite.TLS_DHE_RSA_WITH_AES_128_GCM_SHA256),
        ("ECDHE-ECDSA-AES256-SHA384", TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384),
        ("ECDHE-RSA-AES256-SHA384", TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384),
        ("ECDHE-ECDSA-AES128-SHA256", TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256),
        ("ECDHE-RSA-AES128-SHA256", TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256),
        ("ECDHE-ECDSA-AES256-SHA", TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA),
        ("ECDHE-RSA-AES256-SHA", TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA),
        ("ECDHE-ECDSA-AES128-SHA", TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA),
        ("ECDHE-RSA-AES128-SHA", TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA),
        ("DHE-RSA-AES256-SHA256", TlsCipherSuite.TLS_DHE_RSA_WITH_AES_256_CBC_SHA256),
        ("DHE-RSA-AES128-SHA256", TlsCipherSuite.TLS_DHE_RSA_WITH_AES_128_CBC_SHA256),
        ("DHE-RSA-AES256-SHA", TlsCipherSuite.TLS_DHE_RSA_WITH_AES_256_CBC_SHA),
        ("DHE-RSA-AES128-SHA", TlsCipherSuite.TLS_DHE_RSA_WITH_AES_128_CBC_SHA),
        ("AES256-GCM-SHA384", TlsCipherSuite.TLS_RSA_WITH_AES_256_GCM_SHA384),
        ("AES128-GCM-SHA256", TlsCipherSuite.TLS_RSA_WITH_AES_128_GCM_SHA256),
        ("AES256-SHA256", TlsCipherSuite.TLS_RSA_WITH_AES_256_CBC_SHA256),
        ("AES128-SHA256", TlsCipherSuite.TLS_RSA_WITH_AES_128_CBC_SHA256),
        ("AES256-SHA", TlsCipherSuite.TLS_RSA_WITH_AES_256_CBC_SHA),
        ("AES128-SHA", TlsCipherSuite.TLS_RSA_WITH_AES_128_CBC_SHA),
    ];

    private static readonly (string Name, TlsCipherSuite Suite)[] OfTls13 =
    [
        ("TLS_AES_256_GCM_SHA384", TlsCipherSuite.TLS_AES_256_GCM_SHA384),
        ("TLS_CHACHA20_POLY1305_SHA256", TlsCipherSuite.TLS_CHACHA20_POLY1305_SHA256),
        ("TLS_AES_128_GCM_SHA256", TlsCipherSuite.TLS_AES_128_GCM_SHA256),
        ("TLS_AES_128_CCM_SHA256", TlsCipherSuite.TLS_AES_128_CCM_SHA256),
        ("TLS_AES_128_CCM_8_SHA256", TlsCipherSuite.TLS_AES_128_CCM_8_SHA256),
    ];

    // Those with forward secrecy and authenticated encryption, and the three of TLS 1.3 that OpenSSL offers.
    private const int UsualOfTls12 = 9;
    private const int UsualOfTls13 = 3;

    /// <summary>What is offered, the best first; null for what the runtime offers by itself.</summary>
    /// <exception cref="TlsFaultException">A name is not known.</exception>
    public static CipherSuitesPolicy? Policy(string ciphers, string cipherSuites)
    {
        if (ciphers.Length == 0 && cipherSuites.Length == 0)
            return null;
        var suites = Parse("tls-ciphers", ciphers, OfTls12, UsualOfTls12).Concat(Parse("tls-ciphersuites", cipherSuites, OfTls13, UsualOfTls13));
        if (OperatingSystem.IsWindows() || OperatingSystem.IsAndroid())
            throw new TlsFaultException(ciphers.Length > 0 ? "tls-ciphers" : "tls-ciphersuites", "this system does not let a program choose");
        return new CipherSuitesPolicy(suites);
    }

    private static IEnumerable<TlsCipherSuite> Parse(string parameter, string text, (string Name, TlsCipherSuite Suite)[] known, int usual)
    {
        var words = text.Split([':', ',', ' '], StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 0)
            return known[..usual].Select(one => one.Suite);
        return [.. words.Select(word => Find(known, word) ?? throw new TlsFaultException(parameter, $"'{word}' is not the name of a suite that can be had; names are {string.Join(':', known.Select(one => one.Name))}"))];
    }

    private static TlsCipherSuite? Find((string Name, TlsCipherSuite Suite)[] known, string word)
    {
        foreach (var (name, suite) in known)
        {
            if (name == word || suite.ToString() == word)
                return suite;
        }

        return null;
    }
}
