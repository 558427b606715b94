using System.Globalization;
using System.Text;
using RespKv.Tests.Commands;
using RespKv.Tests.Support;

namespace RespKv.Tests.Clients;

/// <summary>The ways in which people use the installed <c>redis-cli</c>. Each test that counts keys has a database of its own.</summary>
public sealed class RedisCliTests(RunningServer server) : IClassFixture<RunningServer>
{
    private const string Program = "redis-cli";

    [PeerFact(Program)]
    public async Task Commands_from_a_pipe_are_answered_in_order()
    {
        var session = await RunWithInputAsync("SET piped \"x y\"\nGET piped\nNOSUCH\nMULTI\nINCR piped:n\nEXEC\nGET none\n");

        Assert.Equal(["OK", "x y", "ERR unknown command 'NOSUCH', with args beginning with: ", "", "OK", "QUEUED", "1", ""], session.Succeeded().Output.Split('\n')[..8]);
    }

    [PeerFact(Program)]
    public async Task A_terminal_shows_prompts_and_help_and_the_protocol_that_is_changed_to()
    {
        // A plain terminal: redis-cli asks any other where its cursor is.
        string[] onTerminal = ["TERM=dumb", "script", "-qec", $"{Program} -p {Port}", "/dev/null"];

        var session = await ClientProgram.RunAsync("env", onTerminal, "SET typed 1\nGET typed\nMULTI\nINCR typed\nEXEC\nHELLO 3\nCONFIG GET databases\nhelp get\nSELECT 3\nGET typed\nquit\n");

        var prompt = $"127.0.0.1:{Port}";
        string[] expected =
        [
            $"{prompt}> OK", $"{prompt}> \"1\"", $"{prompt}> OK", $"{prompt}(TX)> QUEUED", $"{prompt}(TX)> 1) (integer) 2", "1# \"databases\" => \"16\"", "Returns the value of a key.", $"{prompt}> OK", $"{prompt}[3]> (nil)",
        ];
        var screen = session.Succeeded().Output;
        Assert.All(expected, line => Assert.Contains(line, screen, StringComparison.Ordinal));
    }

    [PeerFact(Program)]
    public async Task An_error_sets_the_exit_code_with_e()
    {
        var refused = await RunAsync("-e", "GET");

        Assert.Equal(1, refused.ExitCode);
        Assert.Equal("ERR wrong number of arguments for 'get' command", (refused.Output + refused.Error).Trim());
    }

    [PeerFact(Program)]
    public async Task Replies_are_had_as_JSON_and_CSV_and_by_RESP3()
    {
        (await RunAsync("MSET", "shape:1", "x y", "shape:2", "é")).Succeeded();

        Assert.Equal("{\"databases\":\"16\"}", (await RunAsync("--json", "CONFIG", "GET", "databases")).Succeeded().Output.Trim());
        Assert.Equal("\"x y\",NULL", (await RunAsync("--csv", "MGET", "shape:1", "shape:none")).Succeeded().Output.Trim());
        Assert.Equal("databases 16", (await RunAsync("-3", "CONFIG", "GET", "databases")).Succeeded().Output.Trim());
        Assert.Contains(" resp=3 ", (await RunAsync("-3", "CLIENT", "INFO")).Succeeded().Output, StringComparison.Ordinal);
    }

    [PeerFact(Program)]
    public async Task The_last_argument_is_read_from_the_input_with_x()
    {
        (await RunWithInputAsync("a line\nand another", "-x", "SET", "from:input")).Succeeded();

        Assert.Equal(["a line", "and another"], (await RunAsync("GET", "from:input")).Succeeded().Lines);
    }

    [PeerFact(Program)]
    public async Task A_command_is_repeated_with_r() =>
        Assert.Equal(["1", "2", "3"], (await RunAsync("-r", "3", "-i", "0.01", "INCR", "repeated")).Succeeded().Lines);

    [PeerFact(Program)]
    public async Task Scan_with_a_pattern_lists_each_key_that_matches()
    {
        await FillAsync(1, 5000);

        var keys = (await RunAsync("-n", "1", "--scan", "--pattern", "k:1*")).Succeeded().Lines;
        var all = (await RunAsync("-n", "1", "--scan")).Succeeded().Lines;

        Assert.Equal(Enumerable.Range(0, 5000).Select(i => $"k:{i}").Where(k => k.StartsWith("k:1", StringComparison.Ordinal)).Order(StringComparer.Ordinal), keys.Order(StringComparer.Ordinal));
        Assert.Equal(5000, all.Distinct().Count());
    }

    [PeerFact(Program)]
    public async Task A_pipe_of_sets_loses_none()
    {
        var loaded = await FillAsync(2, 100_000);

        Assert.EndsWith("errors: 0, replies: 100000", loaded.Output.TrimEnd(), StringComparison.Ordinal);
        Assert.Equal("100000", (await RunAsync("-n", "2", "DBSIZE")).Output.Trim());
        Assert.Equal("value 99999", (await RunAsync("-n", "2", "GET", "k:99999")).Output.Trim());
    }

    [PeerFact(Program)]
    public async Task A_pipe_tells_of_errors()
    {
        var loaded = await RunWithInputAsync("*1\r\n$6\r\nNOSUCH\r\n*2\r\n$4\r\nINCR\r\n$6\r\npipe:n\r\n", "--pipe");

        Assert.Equal(1, loaded.ExitCode);
        Assert.Contains("errors: 1, replies: 2", loaded.Output, StringComparison.Ordinal);
    }

    [PeerFact(Program)]
    public async Task Bigkeys_and_memkeys_find_the_largest_key()
    {
        await FillAsync(4, 500);
        (await RunAsync("-n", "4", "SET", "largest", new string('x', 5000))).Succeeded();

        var byLength = (await RunAsync("-n", "4", "--bigkeys")).Succeeded().Output;
        var byMemory = (await RunAsync("-n", "4", "--memkeys")).Succeeded().Output;

        Assert.Contains("Sampled 501 keys in the keyspace!", byLength, StringComparison.Ordinal);
        Assert.Contains("Biggest string found '\"largest\"' has 5000 bytes", byLength, StringComparison.Ordinal);
        Assert.Matches("Biggest string found '\"largest\"' has [5-9]\\d{3} bytes", byMemory);
    }

    [PeerFact(Program)]
    public async Task Hotkeys_finds_the_key_that_is_used_most()
    {
        await using var lfu = await RespServerProcess.StartAsync("--maxmemory-policy", "allkeys-lfu");
        var port = lfu.Port.ToString(CultureInfo.InvariantCulture);
        (await ClientProgram.RunAsync(Program, ["-p", port, "SET", "cool", "1"])).Succeeded();
        (await ClientProgram.RunAsync(Program, ["-p", port, "-r", "3000", "INCR", "hot"])).Succeeded();

        var hot = (await ClientProgram.RunAsync(Program, ["-p", port, "--hotkeys"])).Succeeded();

        Assert.Matches("hot key found with counter: \\d+\tkeyname: \"hot\"", hot.Lines.First(line => line.StartsWith("hot key found", StringComparison.Ordinal)));
    }

    [PeerFact(Program)]
    public async Task Latency_samples_for_as_long_as_it_is_told()
    {
        var sampled = (await RunAsync("--latency", "-i", "0.2")).Succeeded();

        Assert.Matches(@"^\d+ \d+ [\d.]+ [1-9]\d*$", sampled.Output.Trim());
    }

    [PeerFact(Program)]
    public async Task Stat_goes_on_with_a_line_at_each_interval()
    {
        await FillAsync(5, 10);
        await using var stat = RunningClientProgram.Start(Program, "-p", Port, "--stat", "-i", "0.05");

        var lines = await stat.ReadLinesAsync(5);

        Assert.StartsWith("------- data ------", lines[0], StringComparison.Ordinal);
        Assert.All(lines[2..], line => Assert.Matches(@"^\d+ +[\d.]+[KMG] +\d+ +0 +\d+ \(\+\d+\) +\d+", line));
    }

    [PeerFact(Program)]
    public async Task A_subscriber_shows_messages_as_they_come()
    {
        await using var subscriber = RunningClientProgram.Start(Program, "-p", Port, "SUBSCRIBE", "cli:news");
        Assert.Equal(["subscribe", "cli:news", "1"], await subscriber.ReadLinesAsync(3));

        Assert.Equal("1", (await RunAsync("PUBLISH", "cli:news", "hello")).Succeeded().Output.Trim());

        Assert.Equal(["message", "cli:news", "hello"], await subscriber.ReadLinesAsync(3));
    }

    [PeerFact(Program)]
    public async Task A_password_is_given_by_option_by_address_or_not_at_all()
    {
        await using var guarded = await RespServerProcess.StartAsync("--requirepass", "secret");
        var port = guarded.Port.ToString(CultureInfo.InvariantCulture);

        Assert.Equal("PONG", (await ClientProgram.RunAsync(Program, ["-p", port, "--no-auth-warning", "-a", "secret", "PING"])).Output.Trim());
        Assert.Equal("PONG", (await ClientProgram.RunAsync(Program, ["-u", $"redis://default:secret@127.0.0.1:{port}/3", "--no-auth-warning", "PING"])).Output.Trim());
        Assert.Equal("NOAUTH Authentication required.", (await ClientProgram.RunAsync(Program, ["-p", port, "PING"])).Output.Trim());
        Assert.Contains("WRONGPASS", (await ClientProgram.RunAsync(Program, ["-p", port, "--no-auth-warning", "-a", "wrong", "PING"])).Error, StringComparison.Ordinal);
    }

    private string Port => server.Port.ToString(CultureInfo.InvariantCulture);

    private Task<ClientProgramResult> RunAsync(params string[] arguments) => RunWithInputAsync("", arguments);

    private Task<ClientProgramResult> RunWithInputAsync(string input, params string[] arguments) =>
        ClientProgram.RunAsync(Program, ["-p", Port, .. arguments], input);

    /// <summary>Sets keys <c>k:0</c>, <c>k:1</c>, ... of a database by <c>--pipe</c>.</summary>
    private async Task<ClientProgramResult> FillAsync(int database, int keys)
    {
        var requests = new StringBuilder();
        for (var i = 0; i < keys; i++)
            requests.Append(CultureInfo.InvariantCulture, $"*3\r\n$3\r\nSET\r\n${$"k:{i}".Length}\r\nk:{i}\r\n${$"value {i}".Length}\r\nvalue {i}\r\n");
        return (await RunWithInputAsync(requests.ToString(), "-n", database.ToString(CultureInfo.InvariantCulture), "--pipe")).Succeeded();
    }
}
