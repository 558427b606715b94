using System.Text;

namespace RespKv.Tests.Compatibility;

public sealed class ExchangeFileTests
{
    [Fact]
    public void Headings_part_scenarios_which_begin_afresh()
    {
        var scenarios = ExchangeFile.Parse("a.txt", ["GET k", "", "# comment", "== second", "!resp3", "!on B", "PING", "== third", "PING"]);

        Assert.Equal(["a", "second", "third"], scenarios.Select(scenario => scenario.Title));
        Assert.Equal([false, true, false], scenarios.Select(scenario => scenario.IsResp3));
        Assert.Equal(["A", "B", "A"], scenarios.Select(scenario => scenario.Steps[0].Connection));
        Assert.Equal([1, 7, 9], scenarios.Select(scenario => scenario.Steps[0].Line));
    }

    [Fact]
    public void Directives_stand_on_the_line_of_their_command_or_before_it()
    {
        var steps = ExchangeFile.Parse("a.txt", ["!on B !save id !within 5 TTL k", "!shape", "TIME", "PING"])[0].Steps;

        Assert.Equal(("B", "id", 5L), (steps[0].Connection, steps[0].SaveAs, steps[0].Comparison.Tolerance));
        Assert.Equal("!on B !save id !within 5 TTL k", steps[0].Text);
        Assert.Equal(ReplyComparisonMode.Shape, steps[1].Comparison.Mode);
        Assert.Equal("!shape TIME", steps[1].Text);
        Assert.Equal((ReplyComparisonMode.Exact, null), (steps[2].Comparison.Mode, steps[2].SaveAs));
    }

    [Fact]
    public void Directives_that_are_steps_take_bytes()
    {
        var steps = ExchangeFile.Parse("a.txt", ["!raw \"*0\\r\\n\"", "!raw-close \"\"", "!push", "!sleep 5", "!silent PING", "!since 7.4 \"+OK\\r\\n\" NEW x"])[0].Steps;

        Assert.Equal("*0\r\n"u8.ToArray(), steps[0].Words[0]);
        Assert.Empty(steps[1].Words[0]);
        Assert.Equal(
            [ExchangeAction.Raw, ExchangeAction.RawClose, ExchangeAction.Push, ExchangeAction.Sleep, ExchangeAction.Silent, ExchangeAction.Command],
            steps.Select(step => step.Action));
        Assert.Equal("+OK\r\n"u8.ToArray(), steps[5].Expected);
    }

    [Fact]
    public void What_a_scenario_needs_ends_with_it()
    {
        var scenarios = ExchangeFile.Parse("a.txt", ["== first", "!needs rpush", "RPUSH l a", "== second", "PING"]);

        Assert.Equal(["rpush", null], scenarios.Select(scenario => scenario.Needs));
    }

    [Theory]
    [InlineData("!needs")]
    [InlineData("!needs get")]
    [InlineData("!since x \"+OK\\r\\n\" PING")]
    [InlineData("!what")]
    [InlineData("!raw")]
    [InlineData("!raw \"a\" b")]
    [InlineData("!on")]
    [InlineData("!within x TTL k")]
    [InlineData("GET \"k")]
    [InlineData("!shape")]
    public void A_line_that_is_wrong_is_named(string line)
    {
        var error = Assert.Throws<FormatException>(() => ExchangeFile.Parse("a.txt", ["PING", line]));

        Assert.StartsWith("a.txt:2: ", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a b", "a|b")]
    [InlineData("  a\t b ", "a|b")]
    [InlineData("\"a b\" ''", "a b|")]
    [InlineData("\"\\x41\\r\\n\\t\\\\\\\"\" '\\'\\n'", "A\r\n\t\\\"|'\\n")]
    [InlineData("\"\\xzz\"", "xzz")]
    [InlineData("ü", "\u00c3\u00bc")]
    public void Quoting_is_that_of_redis_cli(string line, string words) =>
        Assert.Equal(words, string.Join('|', QuotedText.Split(line).Select(Encoding.Latin1.GetString)));

    [Fact]
    public void Escaped_bytes_read_back()
    {
        var bytes = Enumerable.Range(0, 256).Select(value => (byte)value).ToArray();

        Assert.Equal(bytes, QuotedText.TakeWord('"' + QuotedText.Escape(bytes) + '"', out _));
    }
}
