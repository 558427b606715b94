using System.Net;
using System.Net.Sockets;
using RespKv.Protocol;
using RespKv.Tests.Support;

namespace RespKv.Tests.Hosting;

/// <summary>Each option does what it says.</summary>
public sealed class OptionEffectTests
{
    [Fact]
    public async Task A_unix_socket_has_its_permissions()
    {
        using var folder = new TemporaryFolder();
        await using var server = await RespServerProcess.StartAsync("--unixsocket", folder["socket"], "--unixsocketperm", "660");
        await using var client = await RespClient.ConnectAsync(new UnixDomainSocketEndPoint(folder["socket"]));

        Assert.Equal("PONG", (await client.ExecuteAsync("PING")).Text);
        Assert.Equal("rw-rw----", Permissions(folder["socket"]));
    }

    [Fact]
    public async Task A_socket_that_a_killed_server_has_left_is_replaced()
    {
        using var folder = new TemporaryFolder();
        await using (var killed = await RespServerProcess.StartAsync("--unixsocket", folder["socket"]))
            await killed.KillAsync();
        Assert.True(File.Exists(folder["socket"]));

        await using var server = await RespServerProcess.StartAsync("--unixsocket", folder["socket"]);
        await using var client = await RespClient.ConnectAsync(new UnixDomainSocketEndPoint(folder["socket"]));
        Assert.Equal("PONG", (await client.ExecuteAsync("PING")).Text);
    }

    [Fact]
    public async Task Databases_bounds_SELECT()
    {
        await using var server = await RespServerProcess.StartAsync("--databases", "3");
        await using var client = await server.ConnectAsync();
        Assert.Equal("OK", (await client.ExecuteAsync("SELECT", "2")).Text);
        Assert.Equal("ERR DB index is out of range", (await client.ExecuteAsync("SELECT", "3")).Text);
    }

    [Fact]
    public async Task Maxclients_refuses_one_more()
    {
        await using var server = await RespServerProcess.StartAsync("--maxclients", "1");
        await using var first = await server.ConnectAsync();
        Assert.Equal("PONG", (await first.ExecuteAsync("PING")).Text);

        await using var second = await server.ConnectAsync();
        Assert.Equal("-ERR max number of clients reached\r\n"u8.ToArray(), await second.ReadToEndAsync());
    }

    [Fact]
    public async Task Timeout_closes_a_client_that_is_idle_and_not_one_that_listens()
    {
        await using var server = await RespServerProcess.StartAsync("--timeout", "1");
        await using var subscribed = await server.ConnectAsync();
        await subscribed.ExecuteAsync("SUBSCRIBE", "news");
        await using var idle = await server.ConnectAsync();

        Assert.Empty(await idle.ReadToEndAsync());

        await using var other = await server.ConnectAsync();
        Assert.Equal(1, (await other.ExecuteAsync("PUBLISH", "news", "hello")).Integer);
    }

    [Fact]
    public async Task Proto_max_bulk_len_bounds_an_argument()
    {
        await using var server = await RespServerProcess.StartAsync("--proto-max-bulk-len", "1mb");
        await using var client = await server.ConnectAsync();
        await client.SendAsync("*2\r\n$3\r\nGET\r\n$1048577\r\n"u8.ToArray());
        Assert.Equal("-ERR Protocol error: invalid bulk length\r\n"u8.ToArray(), await client.ReadToEndAsync());
    }

    [Fact]
    public async Task Requirepass_asks_for_the_password()
    {
        await using var server = await RespServerProcess.StartAsync("--requirepass", "sesame");
        await using var client = await server.ConnectAsync();
        Assert.Equal("NOAUTH Authentication required.", (await client.ExecuteAsync("PING")).Text);
        Assert.Equal("OK", (await client.ExecuteAsync("AUTH", "sesame")).Text);
        Assert.Equal("PONG", (await client.ExecuteAsync("PING")).Text);
    }

    [Fact]
    public async Task Maxmemory_without_eviction_refuses_writes()
    {
        await using var server = await RespServerProcess.StartAsync("--maxmemory", "1", "--maxmemory-policy", "noeviction");
        await using var client = await server.ConnectAsync();
        Assert.Equal("OOM command not allowed when used memory > 'maxmemory'.", (await client.ExecuteAsync("SET", "key", "value")).Text);
    }

    [Fact]
    public async Task Loglevel_decides_what_is_logged()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = $"{((IPEndPoint)taken.LocalEndpoint).Port}";

        var all = await RespServerProcess.RunAsync("--port", port);
        var warnings = await RespServerProcess.RunAsync("--port", port, "--loglevel", "warning", "--hz", "20");
        var nothing = await RespServerProcess.RunAsync("--port", port, "--loglevel", "nothing", "--hz", "20");

        Assert.Contains("starting", all.Output, StringComparison.Ordinal);
        Assert.Contains("hz", Assert.Single(warnings.Output.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
        Assert.Equal("", nothing.Output);
    }

    [Fact]
    public async Task Port_can_be_changed_while_it_runs()
    {
        await using var server = await RespServerProcess.StartAsync();
        await using var client = await server.ConnectAsync();
        var port = FreePort.Next();

        Assert.Equal("OK", (await client.ExecuteAsync("CONFIG", "SET", "port", port)).Text);

        await using var other = await RespClient.ConnectAsync("127.0.0.1", port);
        Assert.Equal("PONG", (await other.ExecuteAsync("PING")).Text);
        await Assert.ThrowsAsync<SocketException>(server.ConnectAsync);
    }

    [Fact]
    public async Task A_port_that_is_taken_is_refused_and_nothing_is_changed()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        await using var server = await RespServerProcess.StartAsync();
        await using var client = await server.ConnectAsync();

        Assert.Equal(
            "ERR CONFIG SET failed (possibly related to argument 'port') - Unable to listen on this port. Check server logs.",
            (await client.ExecuteAsync("CONFIG", "SET", "timeout", "9", "port", ((IPEndPoint)taken.LocalEndpoint).Port)).Text);

        Assert.Equal("0", (await client.ExecuteAsync("CONFIG", "GET", "timeout")).Items[1].Text);
        await using var other = await server.ConnectAsync();
        Assert.Equal("PONG", (await other.ExecuteAsync("PING")).Text);
    }

    private static string Permissions(string path)
    {
        var mode = OperatingSystem.IsWindows() ? 0 : (int)File.GetUnixFileMode(path);
        return string.Concat("rwxrwxrwx".Select((letter, i) => (mode & (256 >> i)) != 0 ? letter : '-'));
    }
}
