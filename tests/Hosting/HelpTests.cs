using RespKv.Server.Configuration;
using RespKv.Tests.Support;

namespace RespKv.Tests.Hosting;

public sealed class HelpTests
{
    [Fact]
    public async Task Version_is_printed_alone()
    {
        var run = await RespServerProcess.RunAsync("--version");
        Assert.Matches(@"^\d+\.\d+\.\d+\n$", run.Output);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
    }

    [Fact]
    public async Task Help_lists_every_option_once()
    {
        var run = await RespServerProcess.RunAsync("--help");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Equal(
            [.. ParameterTable.Effective.Select(p => "--" + p.Name + (p.Alias == null ? "" : ",")), "--user", "-?,", "--version"],
            run.Output.Split('\n').Where(line => line.StartsWith("  -", StringComparison.Ordinal)).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[0]));
    }

    [Fact]
    public async Task Help_gives_the_default_of_every_option()
    {
        var run = await RespServerProcess.RunAsync("--help");
        // Where names are long, the word for the value is on a line below, in the midst of the summary.
        var text = string.Join(' ', run.Output.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries).Where(word => word != "<value>"));
        Assert.All(ParameterTable.Effective, p => Assert.Contains($"--{p.Name}{(p.Alias == null ? "" : ", --" + p.Alias)} {p.Summary} (default: {p.ShownDefault})", text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Lines_of_help_fit_a_wide_terminal() =>
        Assert.All((await RespServerProcess.RunAsync("--help")).Output.Split('\n'), line => Assert.InRange(line.Length, 0, 120));

    [Fact]
    public async Task Help_of_ping_has_its_own_options_alone()
    {
        var run = await RespServerProcess.RunAsync("ping", "--help");
        Assert.Contains("respkv ping [options]", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("<file>", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("--maxmemory", run.Output, StringComparison.Ordinal);
    }
}
