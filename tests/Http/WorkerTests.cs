using RespKv.Tests.Support;

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
        Assert.Equal("cd", (await client.ExecuteAsync("GET", "view")).Text);
    }

    [WorkersFact]
    public async Task The_same_Worker_gets_the_same_from_Miniflare() =>
        Assert.Contains(" steps passed", (await WorkersRuntime.RunAsync("tour.mjs", "miniflare")).Succeeded().Output, StringComparison.Ordinal);

    [WorkersFact]
    public async Task The_sample_of_the_documentation_works_as_it_is_pasted()
    {
        await using var server = await HttpServer.StartAsync();

        var session = await WorkersRuntime.RunAsync("sample.mjs", Repository.PathOf("docs", "worker", "config.capnp"), server.Address);

        Assert.Equal(
            ["201 kept", "200 bread and tea", "200 {\"notes\":[{\"name\":\"shopping\",\"type\":\"text/note\"}],\"next\":null}", "200 gone", "404 no such note", "201 kept"],
            session.Succeeded().Lines);
        await using var client = await server.ConnectAsync();
        await client.ExecuteAsync("KV.USE", "notes");
        Assert.Equal("for Redis", (await client.ExecuteAsync("GET", "kept")).Text);
        Assert.InRange((await client.ExecuteAsync("TTL", "kept")).Integer, 604_000, 604_800);
    }

    [WorkersFact]
    public async Task A_Worker_goes_on_when_its_KV_server_was_away()
    {
        await using var first = await HttpServer.StartAsync();
        await using var worker = await RunningWorker.StartAsync(first.Address);
        Assert.Equal(404, await worker.AskAsync(HttpMethod.Get, "/missing"));

        await first.Process.KillAsync();
        var whileAway = await worker.AskAsync(HttpMethod.Get, "/missing");
        await using var second = await HttpServer.StartAtAsync(first.Port);
        var after = await worker.AskAsync(HttpMethod.Put, "/k");

        Assert.Contains(whileAway, (int?[])[null, 500]);
        Assert.Equal(201, after);
    }
}
