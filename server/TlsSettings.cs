namespace RespKv.Server;

/// <summary>What is asked of clients' certificates.</summary>
internal enum TlsClientCertificates
{
    /// <summary>A client without a good certificate is refused.</summary>
    Yes,

    /// <summary>None is asked for.</summary>
    No,

    /// <summary>A client may have none; one that it has must be good.</summary>
    Optional,
}

/// <summary>The parameters of TLS, as text; they are looked at when there is a port for it.</summary>
internal sealed class TlsSettings
{
    /// <summary>What the library of TLS has for <see cref="SessionCacheSize"/> and <see cref="SessionCacheSeconds"/>, and the runtime does not change.</summary>
    public const int SessionCacheSizeFixed = 20480;

    /// <inheritdoc cref="SessionCacheSizeFixed"/>
    public const int SessionCacheSecondsFixed = 7200;

    /// <summary>The port of TLS; 0 for none.</summary>
    public int Port { get; set; }

    /// <summary>PEM file of the server's certificate, and of those between it and its authority.</summary>
    public string CertificateFile { get; set; } = "";

    /// <summary>PEM file of its private key.</summary>
    public string KeyFile { get; set; } = "";

    /// <summary>What the private key is encrypted with; empty for nothing.</summary>
    public string KeyPassword { get; set; } = "";

    /// <summary>PEM file of the authorities whose client certificates are good.</summary>
    public string AuthoritiesFile { get; set; } = "";

    /// <summary>Folder of such files.</summary>
    public string AuthoritiesFolder { get; set; } = "";

    public TlsClientCertificates ClientCertificates { get; set; }

    /// <summary>Names of protocols, with blanks between them; empty for those that are safe.</summary>
    public string Protocols { get; set; } = "";

    /// <summary>Names of the suites of TLS 1.2, with colons between them; empty for the usual ones.</summary>
    public string Ciphers { get; set; } = "";

    /// <summary>Names of the suites of TLS 1.3.</summary>
    public string CipherSuites { get; set; } = "";

    public bool PrefersServerCiphers { get; set; }

    /// <summary>PEM file of parameters for Diffie-Hellman.</summary>
    public string DiffieHellmanFile { get; set; } = "";

    /// <summary>Whether a client that comes again may take up its former session.</summary>
    public bool ResumesSessions { get; set; }

    /// <summary>Sessions that are kept.</summary>
    public int SessionCacheSize { get; set; }

    /// <summary>Seconds for which they are kept.</summary>
    public int SessionCacheSeconds { get; set; }
}
