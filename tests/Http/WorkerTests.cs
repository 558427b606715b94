using RespKv.Tests.Commands;
using RespKv.Tests.Support;

namespace RespKv.Tests.Http;

/// <summary>A Worker in the real runtime, whose KV namespace is kept by RespKv.</summary>
public sealed class WorkerTests
{
    [WorkersTheory]
    [InlineData("workerd")]
    [InlineData("plugin")]
    public async Task Every_call_option_limit_and_error_is_that_of_Workers_KV(string runtime)
    {
        await using var server = await HttpServer.StartAsync();

        var tour = await WorkersRuntime.RunAsync("tour.mjs", runtime, server.Address);

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
    public async Task The_patterns_of_the_documentation_work_as_they_are_pasted()
    {
        await using var server = await HttpServer.StartAsync();
        await using var client = await server.ConnectAsync();
        await client.ExecuteAsync("KV.USE", "patterns");

        var session = await WorkersRuntime.RunAsync("patterns.mjs", Repository.PathOf("docs", "worker", "patterns.capnp"), server.Address);

        Assert.Equal(
            [
                "200 {\"new-checkout\":false,\"dark-mode\":false}", "200 report 7, made by hand", "200 report 7, made by hand", "201 kept", "201 kept", "200 {\"theme\":\"dark\"}",
                "200 [{\"user\":\"ada\",\"theme\":\"dark\"},{\"user\":\"bob\",\"theme\":\"light\"}]",
            ],
            session.Succeeded().Lines);
        Assert.InRange((await client.ExecuteAsync("TTL", "report:7")).Integer, 1, 60);
    }

    [WorkersFact]
    public async Task A_flag_that_a_Redis_client_sets_is_seen_by_the_next_request()
    {
        await using var server = await HttpServer.StartAsync();
        await using var client = await server.ConnectAsync();
        await using var worker = await RunningWorker.StartRelayAsync(server.Address);
        await client.ExecuteAsync("KV.USE", "relay");
        Assert.Equal("{\"result\":null}", await worker.CallAsync("get", "flag:new-checkout", "json"));

        await client.ExecuteAsync("SET", "flag:new-checkout", "{\"on\":true}");

        Assert.Equal("{\"result\":{\"on\":true}}", await worker.CallAsync("get", "flag:new-checkout", "json"));
    }

    [WorkersFact]
    public async Task A_Worker_is_told_what_keeps_the_server_from_serving_it()
    {
        await using var full = await HttpServer.StartAsync("--maxmemory", "1", "--maxmemory-policy", "noeviction", "--key-index", "off");
        await using var worker = await RunningWorker.StartRelayAsync(full.Address);

        Assert.Equal("{\"error\":\"Error: KV PUT failed: 507 Used memory is above maxmemory\"}", await worker.CallAsync("put", "k", "v"));
        Assert.Equal(
            "{\"error\":\"Error: KV GET failed: 501 Listing needs the index of keys, which this server was started without (key-index off)\"}", await worker.CallAsync("list"));
        Assert.Equal("{\"result\":null}", await worker.CallAsync("get", "k"));
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

    [WorkersTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_a_Worker_has_put_is_there_after_a_restart_with_all_that_belongs_to_it(bool isKilled)
    {
        using var folder = new TemporaryFolder();
        await using var first = await HttpServer.StartAsync("--dir", folder.Path);
        await using var worker = await RunningWorker.StartRelayAsync(first.Address);
        var large = new string('é', 400_000);
        Assert.Equal("{\"result\":null}", await worker.CallAsync("put", "a/b%\0", "small", new { expiration = 2_000_000_000, metadata = new { by = "ada" } }));
        Assert.Equal("{\"result\":null}", await worker.CallAsync("put", "large", large, new { metadata = "m" }));
        await using var client = await first.ConnectAsync();
        await client.ExecuteAsync("CLIENT", "PAUSE", "100000", "WRITE");
        var pending = worker.CallAsync("put", "pending", "x");
        await RunningServer.UntilAsync(async () => (await first.SendAsync("GET", "/metrics")).Text.Contains("respkv_http_requests_in_progress 2\n", StringComparison.Ordinal));

        if (isKilled)
            await first.Process.KillAsync();
        else
            await first.Process.StopAsync();
        Assert.Equal("{\"error\":\"Error: Network connection lost.\"}", await pending);
        await using var second = await HttpServer.StartAtAsync(first.Port, "--dir", folder.Path);

        Assert.Equal("{\"result\":{\"value\":\"small\",\"metadata\":{\"by\":\"ada\"},\"cacheStatus\":null}}", await worker.CallAsync("getWithMetadata", "a/b%\0"));
        Assert.Equal(
            "{\"result\":{\"keys\":[{\"name\":\"a/b%\\u0000\",\"expiration\":2000000000,\"metadata\":{\"by\":\"ada\"}},{\"name\":\"large\",\"metadata\":\"m\"}],\"list_complete\":true,\"cacheStatus\":null}}",
            await worker.CallAsync("list"));
        Assert.Equal($"{{\"result\":\"{large}\"}}", await worker.CallAsync("get", "large"));
        Assert.Equal("{\"result\":null}", await worker.CallAsync("put", "pending", "y"));
    }

    [WorkersFact]
    public async Task Two_hundred_calls_at_once_with_values_of_25_MiB_among_them_all_succeed_in_little_memory()
    {
        using var folder = new TemporaryFolder();
        await using var server = await HttpServer.StartAsync("--dir", folder.Path);
        await using var worker = await RunningWorker.StartRelayAsync(server.Address);
        await worker.CallAsync("put", "warm", "up");
        var before = ProcessFigures.ResidentBytes(server.Process.ProcessId);

        var failed = await worker.StormAsync(calls: 200, large: 20, largeBytes: 25 << 20);

        Assert.Empty(failed);
        Assert.InRange(ProcessFigures.PeakResidentBytes(server.Process.ProcessId) - before, 0, 300L << 20);
        Assert.Equal("{\"result\":{\"keys\":[{\"name\":\"warm\"}],\"list_complete\":true,\"cacheStatus\":null}}", await worker.CallAsync("list"));
    }
}
