using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using RespKv.Tests.Net;
using RespKv.Tests.Support;
using StackExchange.Redis;

namespace RespKv.Tests.Clients;

/// <summary>The clients that people have, over TLS, with certificates of their own and without.</summary>
public sealed class TlsClientTests
{
    private const string RedisCli = "redis-cli";

    [Fact]
    public async Task StackExchange_Redis_works_over_TLS()
    {
        await using var server = await TlsServer.StartAsync("yes");
        await using var redis = await ConnectAsync(server, server.Certificates.Client);
        var (database, value) = (redis.GetDatabase(), RandomNumberGenerator.GetBytes(5_000_000));

        Assert.True(await database.StringSetAsync("large", value));
        var numbers = await Task.WhenAll(Enumerable.Range(0, 5000).Select(_ => database.StringIncrementAsync("n")));

        Assert.Equal(5000, numbers.Max());
        Assert.True(((byte[])(await database.StringGetAsync("large"))!).AsSpan().SequenceEqual(value));
        await Assert.ThrowsAsync<RedisConnectionException>(() => ConnectAsync(server, null));
        await Assert.ThrowsAsync<RedisConnectionException>(() => ConnectAsync(server, server.Certificates.StrangeClient));
    }

    [PeerFact(RedisCli)]
    public async Task Redis_cli_works_over_TLS()
    {
        await using var server = await TlsServer.StartAsync("yes");
        var certificates = server.Certificates;
        string[] trusting = ["-h", "localhost", "-p", $"{server.TlsPort}", "--tls", "--cacert", certificates.AuthorityFile];
        string[] known = [.. trusting, "--cert", certificates.ClientFile, "--key", certificates.ClientKeyFile];

        var session = await ClientProgram.RunAsync(RedisCli, known, "SET key value\nGET key\n");
        var unknown = await ClientProgram.RunAsync(RedisCli, [.. trusting, "PING"]);
        var plain = await ClientProgram.RunAsync(RedisCli, ["-p", $"{server.TlsPort}", "PING"]);

        Assert.Equal(["OK", "value"], session.Succeeded().Lines);
        Assert.DoesNotContain("PONG", unknown.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("PONG", plain.Output, StringComparison.Ordinal);
    }

    [NodeTheory]
    [InlineData("ioredis5")]
    [InlineData("ioredis6")]
    [InlineData("redis5")]
    [InlineData("redis6")]
    public async Task Clients_of_Node_work_over_TLS(string package)
    {
        await using var server = await TlsServer.StartAsync("yes");

        var tour = await NodeClients.RunAsync("tls.mjs", [package, .. Arguments(server)]);

        Assert.Contains(" steps passed", tour.Succeeded().Output, StringComparison.Ordinal);
    }

    [PythonFact]
    public async Task Redis_py_works_over_TLS()
    {
        await using var server = await TlsServer.StartAsync("yes");

        var tour = await PythonClients.RunAsync("redis_py_tls.py", Arguments(server));

        Assert.Equal(["passed"], tour.Succeeded().Lines);
    }

    private static string[] Arguments(TlsServer server) =>
        [server.TlsPort.ToString(CultureInfo.InvariantCulture), server.Certificates.AuthorityFile, server.Certificates.ClientFile, server.Certificates.ClientKeyFile];

    private static Task<ConnectionMultiplexer> ConnectAsync(TlsServer server, X509Certificate2? own)
    {
        var options = ConfigurationOptions.Parse($"localhost:{server.TlsPort},ssl=true,abortConnect=true,connectRetry=0");
        options.CertificateSelection += (_, _, _, _, _) => own!;
        options.TrustIssuer(server.Certificates.AuthorityFile);
        return ConnectionMultiplexer.ConnectAsync(options);
    }
}
