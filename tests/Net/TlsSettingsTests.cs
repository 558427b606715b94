using System.Security.Cryptography.X509Certificates;
using RespKv.Protocol;
using RespKv.Tests.Support;

namespace RespKv.Tests.Net;

/// <summary>The parameters of TLS: what is wrong with them is said at the start, and they change while the server runs.</summary>
public sealed class TlsSettingsTests
{
    private const string Refused = "ERR CONFIG SET failed (possibly related to argument '{0}') - Unable to update TLS configuration. Check server logs.";

    [Theory]
    [InlineData("tls-cert-file: No tls-cert-file configured!", "--tls-cert-file", "")]
    [InlineData("tls-key-file: No tls-key-file configured!", "--tls-key-file", "")]
    [InlineData("tls-cert-file: {none}: there is no such file or folder", "--tls-cert-file", "{none}")]
    [InlineData("tls-cert-file: {text}: no certificate in it (PEM is expected)", "--tls-cert-file", "{text}")]
    [InlineData("tls-cert-file: {broken}: ", "--tls-cert-file", "{broken}")]
    [InlineData("tls-key-file: {none}: there is no such file or folder", "--tls-key-file", "{none}")]
    [InlineData("tls-key-file: {text}: no private key in it (PEM is expected)", "--tls-key-file", "{text}")]
    [InlineData("tls-key-file: {other.key}: ", "--tls-key-file", "{other.key}")]
    [InlineData("tls-key-file: {encrypted.key}: encrypted, and there is no tls-key-file-pass", "--tls-key-file", "{encrypted.key}")]
    [InlineData("tls-key-file: {encrypted.key}: ", "--tls-key-file", "{encrypted.key}", "--tls-key-file-pass", "wrong")]
    [InlineData("tls-key-file: {legacy}: encrypted in the old form of OpenSSL", "--tls-key-file", "{legacy}")]
    [InlineData("tls-ca-cert-file: {none}: there is no such file or folder", "--tls-ca-cert-file", "{none}")]
    [InlineData("tls-ca-cert-dir: {none}: there is no such file or folder", "--tls-ca-cert-dir", "{none}")]
    [InlineData("tls-ca-cert-dir: {empty}: no certificate in any of its files", "--tls-ca-cert-dir", "{empty}")]
    [InlineData("tls-auth-clients: Either tls-ca-cert-file or tls-ca-cert-dir must be specified", "--tls-ca-cert-file", "", "--tls-auth-clients", "yes")]
    [InlineData("tls-protocols: Invalid tls-protocols specified. Use a combination of 'TLSv1.2' and 'TLSv1.3'.", "--tls-protocols", "SSLv3")]
    [InlineData("tls-protocols: TLSv1.1 is not supported any more.", "--tls-protocols", "TLSv1.1 TLSv1.2")]
    [InlineData("tls-ciphers: 'HIGH' is not the name of a suite that can be had", "--tls-ciphers", "HIGH:!aNULL")]
    [InlineData("tls-ciphersuites: 'TLS_NONE' is not the name of a suite that can be had", "--tls-ciphersuites", "TLS_NONE")]
    [InlineData("tls-dh-params-file: not supported", "--tls-dh-params-file", "{text}")]
    [InlineData("tls-prefer-server-ciphers: 'no' is not supported", "--tls-prefer-server-ciphers", "no")]
    [InlineData("tls-session-cache-size: only 20480 is supported", "--tls-session-cache-size", "100")]
    [InlineData("tls-session-cache-timeout: only 7200 is supported", "--tls-session-cache-timeout", "60")]
    public async Task What_is_wrong_is_said_in_one_line_that_names_the_parameter_and_the_file(string fault, params string[] arguments)
    {
        using var certificates = new TestCertificates();
        certificates.Write("text", "no PEM\n");
        certificates.Write("broken", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
        certificates.Write("legacy", "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n");
        Directory.CreateDirectory(certificates["empty"]);
        string Filled(string text) => text.Split('{', '}') is [var before, var name, var after] ? before + certificates[name] + after : text;

        var (exitCode, output, error) = await RespServerProcess.RunAsync([.. certificates.Options(FreePort.Next()), "--port", "0", "--http-port", "0", .. arguments.Select(Filled)]);

        Assert.NotEqual(0, exitCode);
        Assert.StartsWith("respkv: " + Filled(fault), error, StringComparison.Ordinal);
        Assert.Equal(1, error.Count(c => c == '\n'));
        Assert.DoesNotContain("Ready", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_encrypted_key_and_a_folder_of_authorities_are_read()
    {
        using var certificates = new TestCertificates();
        Directory.CreateDirectory(certificates["authorities"]);
        File.Copy(certificates.AuthorityFile, certificates["authorities/one.pem"]);
        File.WriteAllText(certificates["authorities/README"], "Not all files need be certificates.");
        var port = FreePort.Next();
        await using var server = await RespServerProcess.StartAsync(
        [
            .. certificates.Options(port, "yes"), "--tls-key-file", certificates.EncryptedKeyFile, "--tls-key-file-pass", TestCertificates.KeyPassword,
            "--tls-ca-cert-file", "", "--tls-ca-cert-dir", certificates["authorities"],
        ]);

        await using var client = await TlsClient.ConnectAsync(port, certificates, certificates.Client);
        Assert.Equal("+PONG", await client.AskAsync("PING"));
        await using var plain = await server.ConnectAsync();
        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await using var stranger = await TlsClient.ConnectAsync(port, certificates, certificates.StrangeClient);
            await stranger.AskAsync("PING");
        });
    }

    [Fact]
    public async Task New_certificates_are_for_new_connections_and_old_connections_go_on()
    {
        await using var server = await TlsServer.StartAsync();
        await using var old = await server.ConnectAsync();
        await using var plain = await server.ConnectPlainAsync();
        var renewed = server.Certificates.RenewServer();
        await using (var before = await server.ConnectAsync())
            Assert.NotEqual(renewed, SerialOf(before));

        // The names of the files are the same: it is what is in them that counts.
        Assert.Equal("OK", await SetAsync(plain, "tls-cert-file", server.Certificates.ServerFile, "tls-key-file", server.Certificates.ServerKeyFile));

        await using var next = await server.ConnectAsync();
        Assert.Equal(renewed, SerialOf(next));
        Assert.Equal("+PONG", await next.AskAsync("PING"));
        Assert.Equal("+PONG", await old.AskAsync("PING"));
    }

    [Fact]
    public async Task What_cannot_be_had_changes_nothing()
    {
        await using var server = await TlsServer.StartAsync();
        await using var plain = await server.ConnectPlainAsync();
        var broken = server.Certificates.Write("broken.crt", "nothing");

        Assert.Equal(Because("tls-cert-file"), await SetAsync(plain, "tls-cert-file", broken));
        Assert.Equal(Because("tls-key-file"), await SetAsync(plain, "tls-key-file", server.Certificates.OtherKeyFile));
        Assert.Equal(Because("tls-protocols"), await SetAsync(plain, "tls-protocols", "TLSv9"));
        Assert.Equal(Because("tls-ciphers"), await SetAsync(plain, "tls-ciphers", "HIGH"));
        File.WriteAllText(server.Certificates.ServerFile, "nothing");
        Assert.Equal(Because("tls-cert-file"), await SetAsync(plain, "tls-cert-file", server.Certificates.ServerFile));

        Assert.Contains($"Setting up TLS failed: tls-cert-file: {broken}: no certificate in it", server.Log, StringComparison.Ordinal);
        Assert.Equal(server.Certificates.ServerFile, (await plain.ExecuteAsync("CONFIG", "GET", "tls-cert-file")).Items[1].Text);
        Assert.Equal("", (await plain.ExecuteAsync("CONFIG", "GET", "tls-protocols")).Items[1].Text);
        await server.AssertSoundAsync();
    }

    [Fact]
    public async Task The_port_is_opened_moved_and_closed_while_the_server_runs()
    {
        using var certificates = new TestCertificates();
        await using var server = await RespServerProcess.StartAsync();
        await using var plain = await server.ConnectAsync();
        var (first, second) = (FreePort.Next(), FreePort.Next());

        Assert.Equal(Because("tls-port"), await SetAsync(plain, "tls-port", $"{first}"));
        Assert.Equal("OK", await SetAsync(plain, "tls-cert-file", certificates.ServerFile, "tls-key-file", certificates.ServerKeyFile, "tls-auth-clients", "no"));
        Assert.Equal("OK", await SetAsync(plain, "tls-port", $"{first}"));
        await using var client = await TlsClient.ConnectAsync(first, certificates);
        Assert.Equal("+PONG", await client.AskAsync("PING"));

        Assert.Equal("OK", await SetAsync(plain, "tls-port", $"{second}"));
        await using (var moved = await TlsClient.ConnectAsync(second, certificates))
            Assert.Equal("+PONG", await moved.AskAsync("PING"));
        await Assert.ThrowsAnyAsync<Exception>(() => TlsClient.ConnectAsync(first, certificates));
        Assert.Equal("OK", await SetAsync(plain, "tls-port", "0"));
        await Assert.ThrowsAnyAsync<Exception>(() => TlsClient.ConnectAsync(second, certificates));
        Assert.Equal("+PONG", await client.AskAsync("PING"));
    }

    [Fact]
    public async Task What_clients_need_changes_while_the_server_runs()
    {
        await using var server = await TlsServer.StartAsync();
        await using var old = await server.ConnectAsync();

        Assert.Equal("+OK", await old.AskAsync("CONFIG", "SET", "tls-auth-clients", "yes"));

        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await using var client = await server.ConnectAsync();
            await client.AskAsync("PING");
        });
        await using var next = await server.ConnectAsync(server.Certificates.Client);
        Assert.Equal("+PONG", await next.AskAsync("PING"));
        Assert.Equal("+PONG", await old.AskAsync("PING"));
    }

    [Fact]
    public async Task The_password_of_the_key_is_shown_to_nobody_but_who_asks_for_it()
    {
        await using var server = await RespServerProcess.StartAsync("--slowlog-log-slower-than", "0");
        await using var client = await server.ConnectAsync();

        Assert.Equal("OK", await SetAsync(client, "tls-key-file-pass", "sesame"));

        var log = (await client.ExecuteAsync("SLOWLOG", "GET", "-1")).ToString();
        Assert.Contains("tls-key-file-pass", log, StringComparison.Ordinal);
        Assert.DoesNotContain("sesame", log, StringComparison.Ordinal);
    }

    private static string Because(string name) => Refused.Replace("{0}", name, StringComparison.Ordinal);

    private static async Task<string> SetAsync(RespClient client, params string[] pairs) =>
        (await client.ExecuteAsync(["CONFIG", "SET", .. pairs.Select(word => (RespArgument)word)])).Text;

    private static string SerialOf(TlsClient client) => X509CertificateLoader.LoadCertificate(client.Stream.RemoteCertificate!.GetRawCertData()).SerialNumber;
}
