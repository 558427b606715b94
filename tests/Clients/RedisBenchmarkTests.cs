using System.Globalization;
using RespKv.Tests.Support;

namespace RespKv.Tests.Clients;

/// <summary>The installed <c>redis-benchmark</c>, which ends with an error as soon as a reply is not what it expects.</summary>
public sealed class RedisBenchmarkTests
{
    private const string Program = "redis-benchmark";

    [PeerTheory(Program)]
    [InlineData("-n", "2000")]
    [InlineData("-n", "20000", "-P", "16")]
    [InlineData("-n", "20000", "-P", "100", "-r", "10000")]
    [InlineData("-n", "10000", "--threads", "2", "-P", "4")]
    [InlineData("-n", "2000", "-3", "-d", "4096")]
    [InlineData("-n", "2000", "-c", "1", "-k", "1")]
    [InlineData("-n", "500", "-k", "0")]
    public async Task The_benchmark_of_what_we_serve_ends_without_an_error(params string[] load)
    {
        await using var server = await RespServerProcess.StartAsync();

        var benchmark = await ClientProgram.RunAsync(Program, ["-p", server.Port.ToString(CultureInfo.InvariantCulture), "-q", "-t", "ping,set,get,incr,mset", .. load]);

        Assert.DoesNotContain("Error", benchmark.Succeeded().Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Could not", benchmark.Error, StringComparison.Ordinal);
        Assert.All(
            ["PING_INLINE: ", "PING_MBULK: ", "SET: ", "GET: ", "INCR: ", "MSET (10 keys): "],
            name => Assert.Matches(System.Text.RegularExpressions.Regex.Escape(name) + @"[\d.]+ requests per second", benchmark.Output));
        await using var client = await server.ConnectAsync();
        Assert.Contains("\ntotal_error_replies:0\r", (await client.ExecuteAsync("INFO", "stats")).Text, StringComparison.Ordinal);
    }
}
