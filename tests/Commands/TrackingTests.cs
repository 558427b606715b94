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
        Assert.Contains("tracking_total_keys:2\r\ntracking_total_items:2\r\n", (await reader.ExecuteAsync("INFO", "stats")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_limit_that_is_lowered_applies_at_once()
    {
        await using var reader = await server.ConnectAsync(protocol: 3);
        await using var other = await server.ConnectAsync();
        await RunningServer.RunAsync(reader, "CLIENT TRACKING ON", "GET lowered:1", "GET lowered:2");
        await other.ExecuteAsync("CONFIG", "SET", "tracking-table-max-keys", "1");
        var told = await reader.ReadReplyAsync();
        await other.ExecuteAsync("CONFIG", "SET", "tracking-table-max-keys", "1000000");
        Assert.StartsWith("lowered:", told[1][0].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Libraries_of_functions_are_no_keys_that_change()
    {
        await using var reader = await server.ConnectAsync(protocol: 3);
        await using var other = await server.ConnectAsync();
        await RunningServer.RunAsync(reader, "CLIENT TRACKING ON", "GET function:1");
        await other.ExecuteAsync("FUNCTION", "FLUSH");
        await other.ExecuteAsync("SET", "function:1", "x");
        Assert.Equal("function:1", (await reader.ReadReplyAsync())[1].Items is [var first] ? first.Text : "all");
    }

    [Fact]
    public async Task A_client_that_has_quit_is_gone_for_those_that_send_to_it()
    {
        await using var reader = await server.ConnectAsync(protocol: 3);
        await using var listener = await server.ConnectAsync(protocol: 3);
        await using var writer = await server.ConnectAsync();
        var id = (await listener.ExecuteAsync("CLIENT", "ID")).Integer;
        await RunningServer.RunAsync(reader, $"CLIENT TRACKING ON REDIRECT {id}", "GET quit:1");
        await listener.ExecuteAsync("QUIT");
        await writer.ExecuteAsync("SET", "quit:1", "x");
        Assert.Equal("tracking-redir-broken", (await reader.ReadReplyAsync())[0].Text);
    }
}
