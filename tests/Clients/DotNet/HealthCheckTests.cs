using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace RespKv.Tests.Clients.DotNet;

/// <summary>The health check by which an application tells that it reaches its server.</summary>
public sealed class HealthCheckTests(EitherServer servers) : IClassFixture<EitherServer>
{
    [Theory, OnRespKv, OnRedis]
    public async Task A_server_that_runs_is_healthy_and_one_that_is_not_there_is_not(ServerKind kind)
    {
        var server = await servers.OpenAsync(kind);

        Assert.Equal(HealthStatus.Healthy, await CheckAsync(server.Address));
        Assert.Equal(HealthStatus.Unhealthy, await CheckAsync("127.0.0.1:1,connectTimeout=100,connectRetry=0"));
    }

    private static async Task<HealthStatus> CheckAsync(string address)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddHealthChecks().AddRedis(address);
        await using var provider = services.BuildServiceProvider();
        return (await provider.GetRequiredService<HealthCheckService>().CheckHealthAsync()).Status;
    }
}
