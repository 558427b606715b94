using System.Text;
using RespKv.Protocol;
using RespKv.Tests.Support;

namespace RespKv.Tests.Hosting;

/// <summary>A server that listens to all the world serves its own host alone, until it is told otherwise.</summary>
public sealed class ProtectedModeTests
{
    [OtherHostFact]
    public async Task Without_a_password_a_client_of_another_host_is_refused()
    {
        await using var server = await StartAsync();
        await using var client = await ConnectFromOutsideAsync(server);
        Assert.StartsWith("-DENIED Redis is running in protected mode because protected mode is enabled and no password is set for the default user. ", Encoding.ASCII.GetString(await client.ReadToEndAsync()), StringComparison.Ordinal);
    }

    [OtherHostFact]
    public async Task With_a_password_it_is_served()
    {
        await using var server = await StartAsync("--requirepass", "sesame");
        await using var client = await ConnectFromOutsideAsync(server);
        Assert.Equal("OK", (await client.ExecuteAsync("AUTH", "sesame")).Text);
    }

    [OtherHostFact]
    public async Task Without_the_mode_it_is_served()
    {
        await using var server = await StartAsync("--protected-mode", "no");
        await using var client = await ConnectFromOutsideAsync(server);
        Assert.Equal("PONG", (await client.ExecuteAsync("PING")).Text);
    }

    private static Task<RespServerProcess> StartAsync(params string[] arguments) => RespServerProcess.StartAsync(["--bind", $"{OtherHostFactAttribute.Address}", .. arguments]);

    private static Task<RespClient> ConnectFromOutsideAsync(RespServerProcess server) => RespClient.ConnectAsync($"{OtherHostFactAttribute.Address}", server.Port);
}
