using RespKv.Tests.Support;

namespace RespKv.Tests.Compatibility;

/// <summary>The harness must be able to fail: two servers that differ on purpose.</summary>
public sealed class ExchangeRunnerTests
{
    private static readonly IReadOnlyList<ExchangeScenario> Scenarios = ExchangeFile.Parse(
        "a.txt",
        ["== same", "PING", "SELECT 3", "== different", "SET k v", "SELECT 10", "GET k", "== hangs", "!silent GET k", "!push", "!push", "PING"]);

    [PeerFact]
    public async Task A_difference_is_told_with_file_line_command_and_both_replies()
    {
        await using var pair = await UnlikePair.StartAsync();

        Assert.Empty(await pair.RunAsync(Scenarios[0]));
        Assert.Equal(
            [
                "a.txt:6 [A] SELECT 10\n  expected: +OK\\r\\n\n  actual:   -ERR DB index is out of range\\r\\n",
                "a.txt:7 [A] GET k\n  expected: $-1\\r\\n\n  actual:   $1\\r\\nv\\r\\n",
            ],
            await pair.RunAsync(Scenarios[1]));
    }

    [PeerFact]
    public async Task A_reply_that_does_not_come_ends_the_scenario()
    {
        await using var pair = await UnlikePair.StartAsync();

        var fault = Assert.Single(await pair.RunAsync(Scenarios[2]));
        Assert.StartsWith("a.txt:11 [A] !push\n", fault, StringComparison.Ordinal);
    }

    [PeerFact]
    public async Task An_intended_difference_passes_while_it_differs_and_fails_when_it_does_not()
    {
        await using var pair = await UnlikePair.StartAsync();

        Assert.Empty(await pair.RunAsync(Scenarios[1], new("a.txt", "different", "SELECT *", "fewer databases"), new("*", "different", "GET k", "no such database")));
        var fault = Assert.Single(await pair.RunAsync(Scenarios[0], new IntendedDifference("a.txt", "*", "PING", "a reason")));
        Assert.Contains("no longer differs, although meant to: a reason", fault, StringComparison.Ordinal);
    }

    [PeerFact]
    public async Task A_documented_reply_is_asked_of_the_subject_alone()
    {
        await using var pair = await UnlikePair.StartAsync();
        var scenario = ExchangeFile.Parse("a.txt", ["!since 7.4 \"+PONG\\r\\n\" PING", "!since 7.4 \"+OK\\r\\n\" SELECT 10"])[0];

        var fault = Assert.Single(await pair.RunAsync(scenario));
        Assert.StartsWith("a.txt:2 [A] ", fault, StringComparison.Ordinal);
    }

    [PeerFact]
    public async Task A_documented_reply_is_asked_of_a_peer_that_is_new_enough()
    {
        await using var pair = await UnlikePair.StartAsync();
        var scenario = ExchangeFile.Parse("a.txt", ["!since 7.4 \"+PONG\\r\\n\" PING", "!since 7.4 \"-ERR DB index is out of range\\r\\n\" SELECT 10"])[0];

        Assert.Empty(await pair.RunAsync(scenario));
        var fault = Assert.Single(await pair.RunAsync(scenario, new Version(7, 4, 1)));
        Assert.StartsWith("a.txt:2 [A] ", fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("7.2", null, "7.0.15", true)]
    [InlineData("7.2", null, "7.2.0", false)]
    [InlineData(null, "7.2", "7.0.15", false)]
    [InlineData(null, "7.2", "7.4.1", true)]
    [InlineData(null, null, "7.4.1", true)]
    public void An_intended_difference_concerns_some_versions(string? before, string? from, string peer, bool concerns) =>
        Assert.Equal(concerns, new IntendedDifference("*", "*", "*", "a reason", before, from).Concerns(Version.Parse(peer)));

    [Fact]
    public void Scenarios_that_are_set_apart_need_lists_scripts_or_replicas() =>
        Assert.Subset(new HashSet<string?> { "rpush", "script", "sync" }, Exchanges.SetApart.Select(scenario => scenario.Needs).ToHashSet());

    [Fact]
    public void Each_intended_difference_is_found_in_the_exchanges() =>
        Assert.All(
            IntendedDifferences.All,
            difference => Assert.Contains(Exchanges.All, scenario => scenario.Steps.Any(step => difference.Covers(scenario, step))));

    [Fact]
    public void Scenarios_have_titles_of_their_own() =>
        Assert.Equal(Exchanges.All.Count, Exchanges.All.Select(scenario => (scenario.File, scenario.Title)).Distinct().Count());

    /// <summary>Two Redis servers, of which the second has fewer databases.</summary>
    private sealed class UnlikePair(RedisServerProcess peer, RedisServerProcess subject) : IAsyncDisposable
    {
        public static async Task<UnlikePair> StartAsync() =>
            new(await RedisServerProcess.StartAsync(), await RedisServerProcess.StartAsync("--databases", "4"));

        public Task<IReadOnlyList<string>> RunAsync(ExchangeScenario scenario, params IntendedDifference[] differences) =>
            new ExchangeRunner(peer.Port, subject.Port, differences).RunAsync(scenario);

        public Task<IReadOnlyList<string>> RunAsync(ExchangeScenario scenario, Version peerVersion) =>
            new ExchangeRunner(peer.Port, subject.Port, []) { PeerVersion = peerVersion }.RunAsync(scenario);

        public async ValueTask DisposeAsync()
        {
            await peer.DisposeAsync();
            await subject.DisposeAsync();
        }
    }
}
