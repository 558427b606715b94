using RespKv.Tests.Support;

namespace RespKv.Tests.Hosting;

/// <summary><c>respkv ping</c>, which health checks run with the environment of the server.</summary>
public sealed class PingCommandTests
{
    [Fact]
    public async Task It_takes_port_and_password_from_the_environment()
    {
        await using var server = await RespServerProcess.StartAsync("--requirepass", "sesame");
        Assert.Equal((0, "PONG\n", ""), await PingAsync(server.Port, "sesame"));
    }

    [Fact]
    public async Task A_server_whose_password_has_been_changed_serves()
    {
        await using var server = await RespServerProcess.StartAsync("--requirepass", "sesame");
        Assert.Equal((0, "NOAUTH Authentication required.\n", ""), await PingAsync(server.Port, "poppy"));
    }

    [Fact]
    public async Task A_server_whose_password_has_been_taken_away_serves()
    {
        await using var server = await RespServerProcess.StartAsync();
        Assert.Equal((0, "PONG\n", ""), await PingAsync(server.Port, "sesame"));
    }

    [Fact]
    public async Task Where_nobody_listens_it_fails_in_one_line()
    {
        var (exitCode, output, error) = await PingAsync(FreePort.Next(), null);
        Assert.Equal((1, ""), (exitCode, output));
        Assert.Matches(@"^respkv: no answer from 127\.0\.0\.1:\d+: .+\n$", error);
    }

    [Fact]
    public async Task A_server_that_refuses_is_not_one_that_serves()
    {
        await using var full = new ScriptedServer("-ERR max number of clients reached\r\n"u8.ToArray());
        var (exitCode, output, _) = await PingAsync(full.Port, null);
        Assert.Equal((1, "ERR max number of clients reached\n"), (exitCode, output));
    }

    [Fact]
    public async Task It_asks_by_TLS_a_server_that_has_no_other_port()
    {
        using var certificates = new TestCertificates();
        var port = FreePort.Next();
        await using var server = await RespServerProcess.StartAsync(certificates.Options(port, "yes"));
        var variables = new Dictionary<string, string?>
        {
            ["RESPKV_PORT"] = "0",
            ["RESPKV_TLS_PORT"] = $"{port}",
            ["RESPKV_TLS_CA_CERT_FILE"] = certificates.AuthorityFile,
            ["RESPKV_TLS_CERT_FILE"] = certificates.ClientFile,
            ["RESPKV_TLS_KEY_FILE"] = certificates.ClientKeyFile,
        };
        Assert.Equal((0, "PONG\n", ""), await RespServerProcess.RunAsync(variables, "ping"));
    }

    [Fact]
    public async Task By_TLS_it_takes_only_certificates_of_the_authority_it_is_told()
    {
        using var certificates = new TestCertificates();
        using var others = new TestCertificates();
        var port = FreePort.Next();
        await using var server = await RespServerProcess.StartAsync(certificates.Options(port));
        Assert.Equal((0, "PONG\n", ""), await RespServerProcess.RunAsync("ping", "--port", $"{port}", "--tls", "--cacert", certificates.AuthorityFile));
        Assert.Equal((0, "PONG\n", ""), await RespServerProcess.RunAsync("ping", "--port", $"{port}", "--insecure"));
        var (exitCode, output, error) = await RespServerProcess.RunAsync("ping", "--port", $"{port}", "--tls", "--cacert", others.AuthorityFile);
        Assert.Equal((1, ""), (exitCode, output));
        Assert.Matches(@"^respkv: no answer from 127\.0\.0\.1:\d+: .+\n$", error);
    }

    [Fact]
    public async Task A_certificate_that_cannot_be_read_is_told_in_one_line()
    {
        var (exitCode, output, error) = await RespServerProcess.RunAsync("ping", "--port", "1", "--tls", "--cacert", "/nowhere/ca.crt");
        Assert.Equal((1, ""), (exitCode, output));
        Assert.Matches(@"^respkv: no answer from 127\.0\.0\.1:1: .*/nowhere/ca\.crt.*\n$", error);
    }

    private static Task<(int ExitCode, string Output, string Error)> PingAsync(int port, string? password) =>
        RespServerProcess.RunAsync(new Dictionary<string, string?> { ["RESPKV_PORT"] = $"{port}", ["RESPKV_REQUIREPASS"] = password }, "ping");
}
