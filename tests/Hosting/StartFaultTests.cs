using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using RespKv.Tests.Support;

namespace RespKv.Tests.Hosting;

/// <summary>What keeps the server from starting is said in one plain line.</summary>
public sealed class StartFaultTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    [Theory]
    [InlineData("unknown option '--prot'", "--prot", "7000")]
    [InlineData("unknown option '-p'", "-p", "7000")]
    [InlineData("unknown option '--nosuch'", "--bind", "127.0.0.1", "--nosuch")]
    [InlineData("Required argument missing for option: '--port'.", "--port")]
    [InlineData("option '--port' needs a value", "--port", "--maxmemory", "1gb")]
    [InlineData("--port: argument couldn't be parsed into an integer", "--port", "abc")]
    [InlineData("--port: argument must be between 0 and 65535 inclusive", "--port", "65536")]
    [InlineData("--maxmemory: argument must be a memory value", "--maxmemory", "10xb")]
    [InlineData("--protected-mode: argument must be 'yes' or 'no'", "--protected-mode", "maybe")]
    [InlineData("--loglevel: argument(s) must be one of the following: debug, verbose, notice, warning, nothing", "--loglevel", "loud")]
    [InlineData("neither a port nor a UNIX socket to listen on", "--port", "0")]
    [InlineData("cannot listen on 'nowhere': not an IP address", "--port", "1", "--bind", "nowhere")]
    [InlineData("cannot listen on /no/such/folder/socket: its folder is not there", "--port", "0", "--unixsocket", "/no/such/folder/socket")]
    [InlineData("cannot make the data folder /proc/none: ", "--dir", "/proc/none")]
    [InlineData("cannot read the configuration file: ", "/no/such/file.conf")]
    [InlineData("unknown option '--nosuch'", "ping", "--nosuch")]
    [InlineData("Cannot parse argument 'abc' for option '--port'", "ping", "--port", "abc")]
    public async Task Each_fault_is_one_line(string line, params string[] arguments) =>
        AssertFault(line, await RespServerProcess.RunAsync(arguments));

    [Fact]
    public async Task A_port_that_is_taken()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        AssertFault($"cannot listen on {other.LocalEndpoint}: ", await RespServerProcess.RunAsync("--port", $"{((IPEndPoint)other.LocalEndpoint).Port}"));
    }

    [Fact]
    public async Task An_address_of_another_machine() =>
        AssertFault("cannot listen on 192.0.2.77:1: ", await RespServerProcess.RunAsync("--port", "1", "--bind", "192.0.2.77"));

    [Fact]
    public async Task A_folder_in_which_nobody_may_write() =>
        AssertFault("cannot write in the data folder /proc: ", await RespServerProcess.RunAsync("--dir", "/proc"));

    [Fact]
    public async Task A_file_where_the_folder_should_be()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("data", "");
        AssertFault($"cannot make the data folder {file}: ", await RespServerProcess.RunAsync("--dir", file));
    }

    [Fact]
    public async Task A_variable_with_a_bad_value() =>
        AssertFault("RESPKV_PORT: argument couldn't be parsed into an integer", await RespServerProcess.RunAsync(new Dictionary<string, string?> { ["RESPKV_PORT"] = "abc" }));

    [Theory]
    [InlineData("port 7000\ntimeout abc\n", "line 2: timeout: argument couldn't be parsed into an integer")]
    [InlineData("# ours\n\nport 1 2\n", "line 3: wrong number of arguments for 'port'")]
    [InlineData("port\n", "line 1: wrong number of arguments for 'port'")]
    [InlineData("requirepass \"sesame\n", "line 1: unbalanced quotes")]
    [InlineData("include respkv.conf\n", "line 1: too many files that include each other")]
    public async Task A_bad_line_of_the_file_is_named(string text, string fault)
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("respkv.conf", text);
        AssertFault($"{file}, {fault}", await RespServerProcess.RunAsync(file));
    }

    [Fact]
    public async Task A_socket_that_another_server_listens_on_stays_its_own()
    {
        using var folder = new TemporaryFolder();
        var path = folder["socket"];
        await using var first = await RespServerProcess.StartAsync("--unixsocket", path);

        AssertFault($"cannot listen on {path}: ", await RespServerProcess.RunAsync("--port", "0", "--unixsocket", path));

        await using var client = await RespKv.Protocol.RespClient.ConnectAsync(new UnixDomainSocketEndPoint(path));
        Assert.Equal("PONG", (await client.ExecuteAsync("PING")).Text);
    }

    [Fact]
    public async Task A_file_that_holds_something_is_not_replaced_by_a_socket()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("letter", "dear reader");
        AssertFault($"cannot listen on {file}: ", await RespServerProcess.RunAsync("--port", "0", "--unixsocket", file));
        Assert.Equal("dear reader", await File.ReadAllTextAsync(file));
    }

    [Fact]
    public async Task It_is_said_within_five_seconds()
    {
        var since = Stopwatch.StartNew();
        await RespServerProcess.RunAsync("--dir", "/proc/none");
        Assert.InRange(since.Elapsed, TimeSpan.Zero, Limit);
    }

    private static void AssertFault(string line, (int ExitCode, string Output, string Error) run)
    {
        Assert.NotEqual(0, run.ExitCode);
        Assert.StartsWith("respkv: " + line, run.Error, StringComparison.Ordinal);
        Assert.Single(run.Error.TrimEnd('\n').Split('\n'));
    }
}
