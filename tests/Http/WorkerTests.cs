namespace RespKv.Tests.Http;

/// <summary>A Worker in the real runtime, whose KV namespace is kept by RespKv.</summary>
public sealed class WorkerTests
{
    [WorkersFact]
    public async Task Every_call_option_limit_and_error_is_that_of_Workers_KV()
    {
        await using var server = await HttpServer.StartAsync();

        var tour = await WorkersRuntime.RunAsync("tour.mjs", "workerd", server.Address);

        Assert.Contains(" steps passed", tour.Succeeded().Output, StringComparison.Ordinal);
        await using var client = await server.ConnectAsync();
        Assert.Equal("OK", (await client.ExecuteAsync("KV.USE", "tour")).Text);
        Assert.Equal("hello, wörld 🌍", (await client.ExecuteAsync("GET", "text")).Text);
    }

    [WorkersFact]
    public async Task The_same_Worker_gets_the_same_from_Miniflare() =>
        Assert.Contains(" steps passed", (await WorkersRuntime.RunAsync("tour.mjs", "miniflare")).Succeeded().Output, StringComparison.Ordinal);
}
