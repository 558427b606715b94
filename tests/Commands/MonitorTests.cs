using System.Text.RegularExpressions;

namespace RespKv.Tests.Commands;

/// <summary>With a server of their own: MONITOR shows what everybody does.</summary>
public sealed partial class MonitorTests(RunningServer server) : IClassFixture<RunningServer>
{
    [Fact]
    public async Task Commands_are_shown_as_they_run_escaped_and_without_passwords()
    {
        await using var monitor = await server.ConnectAsync();
        await using var a = await server.ConnectAsync();
        Assert.Equal("OK", (await monitor.ExecuteAsync("MONITOR")).Text);
        await a.ExecuteAsync("SET", "k", new byte[] { (byte)'a', 1, (byte)'"', (byte)'\\', 13, 10, 9, 7, 8, 0xFF, (byte)' ' });
        await a.ExecuteAsync("AUTH", "default", "secret");
        await a.ExecuteAsync("HELLO", "2", "AUTH", "default", "secret", "SETNAME", "me");
        await a.ExecuteAsync("GET");
        await a.ExecuteAsync("CLIENT", "LIST");
        await RunningServer.RunAsync(a, "SELECT 3", "MULTI", "get k", "EXEC");
        string[] expected =
        [
            """[0 A] "SET" "k" "a\x01\"\\\r\n\t\a\b\xff " """, """[0 A] "AUTH" "(redacted)" "(redacted)" """,
            """[0 A] "HELLO" "2" "AUTH" "(redacted)" "(redacted)" "SETNAME" "me" """, """[3 A] "SELECT" "3" """, """[3 A] "MULTI" """, """[3 A] "get" "k" """, """[3 A] "EXEC" """,
        ];
        foreach (var line in expected)
        {
            var shown = (await monitor.ReadReplyAsync()).Text;
            Assert.Matches(Time(), shown);
            Assert.Equal(line.TrimEnd().Replace("A]", a.LocalEndPoint + "]", StringComparison.Ordinal), Time().Replace(shown, ""));
        }
    }

    [Fact]
    public async Task Reset_ends_it()
    {
        await using var monitor = await server.ConnectAsync();
        await monitor.ExecuteAsync("MONITOR");
        Assert.Contains(" flags=O ", (await monitor.ExecuteAsync("CLIENT", "INFO")).Text, StringComparison.Ordinal);
        Assert.EndsWith("\"CLIENT\" \"INFO\"", (await monitor.ReadReplyAsync()).Text, StringComparison.Ordinal);
        Assert.Equal(["RESET", "PONG", "PONG"], await RunningServer.RunAsync(monitor, "RESET", "PING", "PING"));
    }

    [GeneratedRegex(@"^\d{10}\.\d{6} ")]
    private static partial Regex Time();
}
