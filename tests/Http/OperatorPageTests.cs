using System.Text.RegularExpressions;

namespace RespKv.Tests.Http;

/// <summary>What is served for those who run the server.</summary>
public sealed partial class OperatorPageTests
{
    [Fact]
    public async Task Health_is_told_to_whoever_asks()
    {
        await using var server = await HttpServer.StartAsync("--http-tokens", "*:rw:secret");

        var (live, ready) = (await server.SendAsync("GET", "/health/live"), await server.SendAsync("GET", "/health/ready"));

        Assert.Equal(("200 OK", "live\n"), (live.Line, live.Text));
        Assert.Equal(("200 OK", "ready\n"), (ready.Line, ready.Text));
    }

    [Theory]
    [InlineData("metrics")]
    [InlineData("ui")]
    [InlineData("health%2Flive")]
    public async Task A_key_of_a_Worker_may_have_the_name_of_a_page(string key)
    {
        await using var server = await HttpServer.StartAsync();
        await server.SendAsync("PUT", $"/{key}?urlencoded=true", "value");
        Assert.Equal("value", (await server.SendAsync("GET", $"/{key}?urlencoded=true")).Text);
    }

    [Fact]
    public async Task Metrics_are_in_the_text_form_of_Prometheus()
    {
        await using var server = await HttpServer.StartAsync();
        await using var client = await server.ConnectAsync();
        await client.ExecuteAsync("SET", "k", "v");

        var reply = await server.SendAsync("GET", "/metrics");

        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", reply.Headers["Content-Type"]);
        Assert.All(reply.Text.TrimEnd('\n').Split('\n'), line => Assert.Matches(MetricLine(), line));
    }

    [Fact]
    public async Task Metrics_count_what_was_done()
    {
        await using var server = await HttpServer.StartAsync();
        await using var client = await server.ConnectAsync();
        await client.ExecuteAsync("SET", "k", "v");
        await client.ExecuteAsync("GET", "k");
        await client.ExecuteAsync("GET", "missing");
        await client.ExecuteAsync("INCR", "k");
        await server.SendAsync("PUT", "/h", "v");
        await server.SendAsync("GET", "/h");
        await server.SendAsync("GET", "/missing");

        var metrics = (await server.SendAsync("GET", "/metrics")).Text;

        Assert.Contains("respkv_commands_total{command=\"get\"} 2\n", metrics, StringComparison.Ordinal);
        Assert.Contains("respkv_commands_failed_total{command=\"incr\"} 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains("respkv_command_duration_seconds_count{command=\"get\"} 2\n", metrics, StringComparison.Ordinal);
        Assert.Contains("respkv_command_duration_seconds_bucket{command=\"get\",le=\"+Inf\"} 2\n", metrics, StringComparison.Ordinal);
        Assert.Contains("respkv_keyspace_hits_total{front=\"resp\"} 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains("respkv_keyspace_misses_total{front=\"http\"} 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains("respkv_http_requests_total{operation=\"get\",status=\"2xx\"} 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains("respkv_http_requests_total{operation=\"get\",status=\"4xx\"} 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains("respkv_http_request_duration_seconds_count{operation=\"put\"} 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains("respkv_keys 2\n", metrics, StringComparison.Ordinal);
        Assert.Contains("respkv_connected_clients 1\n", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_counter_of_Prometheus_never_falls_though_ours_are_reset()
    {
        await using var server = await HttpServer.StartAsync();
        await using var client = await server.ConnectAsync();
        await client.ExecuteAsync("GET", "k");
        await client.ExecuteAsync("GET", "k");
        await server.SendAsync("GET", "/metrics");

        await client.ExecuteAsync("CONFIG", "RESETSTAT");
        await client.ExecuteAsync("GET", "k");

        Assert.Contains("respkv_commands_total{command=\"get\"} 3\n", (await server.SendAsync("GET", "/metrics")).Text, StringComparison.Ordinal);
    }

    [GeneratedRegex("""^(# (HELP|TYPE) [a-z_:]+ .+|[a-z_]+(\{[a-z_]+="[^"\\]*"(,[a-z_]+="[^"\\]*")*\})? -?([0-9.e+-]+|\+Inf|NaN))$""")]
    private static partial Regex MetricLine();
}
