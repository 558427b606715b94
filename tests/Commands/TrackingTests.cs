using RespKv.Protocol;

namespace RespKv.Tests.Commands;

public sealed class TrackingTests(RunningServer server) : IClassFixture<RunningServer>
{
    [Fact]
    public async Task Keys_above_the_limit_are_told_as_changed_and_forgotten()
    {
        await using var reader = await server.ConnectAsync(protocol: 3);
        await reader.ExecuteAsync("CONFIG", "SET", "tracking-table-max-keys", "2");
        await RunningServer.RunAsync(reader, "CLIENT TRACKING ON", "GET limit:1", "GET limit:2", "GET limit:3");
        var told = await reader.ReadReplyAsync();
        await reader.ExecuteAsync("CONFIG", "SET", "tracking-table-max-keys", "1000000");
        Assert.Equal(RespReplyKind.Push, told.Kind);
        Assert.StartsWith("limit:", told[1][0].Text, StringComparison.Ordinal);
        var info = (await reader.ExecuteAsync("INFO", "stats")).Text;
        Assert.Contains("tracking_total_keys:2\r\ntracking_total_items:2\r\n", info, StringComparison.Ordinal);
    }
}
