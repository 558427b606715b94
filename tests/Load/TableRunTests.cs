using RespKv.Load.Table;
using RespKv.Tests.Support;

namespace RespKv.Tests.Load;

/// <summary>The load program's table as it is run: as a program, on servers that it starts.</summary>
public sealed class TableRunTests
{
    private static readonly string Server = Path.Combine(AppContext.BaseDirectory, "respkv.dll");

    [Fact]
    public async Task Rows_are_measured_on_servers_that_are_started_for_them()
    {
        using var folder = new TemporaryFolder();
        var run = await Run(
            "--server", "respkv=" + Server, "--server", $"plain=dotnet '{Server}' --port {{port}} --http-port 0 --persistence off --key-index off",
            "--quick", "--seconds", "0.1", "--warmup", "0", "--rows", "churn-16", "log-set-16", "tail-get-1", "scan-match", "list", "--output", folder["table.md"]);
        run.Succeeded();
        var lines = File.ReadAllLines(folder["table.md"]);
        foreach (var row in new[] { "DEL and SET, 50 connections, pipeline of 16", "SET, 50 connections, pipeline of 16", "MATCH of a prefix" })
            Assert.Matches(@"\| respkv \| [\d,]+", Assert.Single(lines, line => line.StartsWith($"| {row} | ", StringComparison.Ordinal)));
        Assert.Single(lines, line => line.Contains(", 10 million keys | ", StringComparison.Ordinal) && !line.Contains("| - |", StringComparison.Ordinal));
        // One that cannot do something does not stop the others.
        Assert.Single(lines, line => line.Contains("| plain | ", StringComparison.Ordinal) && line.Contains("failed: Error reply: ", StringComparison.Ordinal));
        Assert.Single(lines, line => line.Contains("| plain | ", StringComparison.Ordinal) && line.Contains("failed: No command line with a log was given", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_first_server_is_the_one_that_must_not_fail()
    {
        var run = await Run(
            "--server", $"plain=dotnet '{Server}' --port {{port}} --http-port 0 --persistence off --key-index off", "--quick", "--seconds", "0.1", "--warmup", "0", "--rows", "scan");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("- `scan`, plain: failed", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("No row is called 'gets'", "--server", "respkv", "--rows", "gets")]
    [InlineData("runs already", "--server", "live=127.0.0.1:6379")]
    [InlineData("is not name='command'", "--server", "respkv", "--log-server", "own=serve {port}")]
    [InlineData("'nobody' is not a server", "--server", "nobody")]
    public async Task A_wrong_command_line_is_refused(string message, params string[] arguments)
    {
        var run = await Run(arguments);
        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
    }

    private static Task<ClientProgramResult> Run(params string[] arguments) =>
        ClientProgram.RunAsync("dotnet", [typeof(TableRows).Assembly.Location, "table", .. arguments]);
}
