using RespKv.Tests.Support;

namespace RespKv.Tests.Hosting;

public sealed class EmptyServerTests
{
    private const long ResidentBytesMax = 80_000_000;

    [Fact]
    public async Task It_takes_less_than_80_MB_of_memory()
    {
        await using var server = await RespServerProcess.StartAsync("--http-port", $"{FreePort.Next()}");
        await using var client = await server.ConnectAsync();
        await client.ExecuteAsync("PING");
        using var process = System.Diagnostics.Process.GetProcessById(server.ProcessId);
        Assert.InRange(process.WorkingSet64, 1, ResidentBytesMax);
    }
}
