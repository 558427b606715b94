using RespKv.Tests.Commands;
using RespKv.Tests.Support;

namespace RespKv.Tests.Configuration;

/// <summary>CONFIG REWRITE brings the file up to date and leaves what its owner wrote as it is.</summary>
public sealed class RewriteTests
{
    [Fact]
    public async Task It_changes_what_has_changed_and_adds_what_is_new()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("respkv.conf", "# Ours.\nmaxmemory 100mb\n\nTimeout 5\ntimeout 6\nrename-command KEYS \"\"\n");
        await using var server = await RespServerProcess.StartAsync(file);
        await using var client = await server.ConnectAsync();
        await client.ExecuteAsync("CONFIG", "SET", "timeout", "7", "slowlog-max-len", "64", "requirepass", "se same\"");

        Assert.Equal("OK", (await client.ExecuteAsync("CONFIG", "REWRITE")).Text);

        Assert.Equal(
            $"# Ours.\nmaxmemory 104857600\n\ntimeout 7\nrename-command KEYS \"\"\n# Written by CONFIG REWRITE\nport {server.Port}\nbind 127.0.0.1\nhttp-port 0\nrequirepass \"se same\\\"\"\nslowlog-max-len 64\npersistence off\n",
            await File.ReadAllTextAsync(file));
    }

    [Fact]
    public async Task What_it_has_written_is_read_again()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("respkv.conf", "");
        await using (var first = await RespServerProcess.StartAsync(file))
        {
            await using var client = await first.ConnectAsync();
            await client.ExecuteAsync("CONFIG", "SET", "requirepass", "\0é \"'\\#\n", "notify-keyspace-events", "KEx", "client-output-buffer-limit", "pubsub 1mb 2mb 3");
            await client.ExecuteAsync("CONFIG", "REWRITE");
        }

        await using var second = await RespServerProcess.StartAsync(file);
        await using var again = await second.ConnectAsync();
        Assert.Equal("OK", (await again.ExecuteAsync("AUTH", "\0é \"'\\#\n")).Text);
        Assert.Equal("xKE", (await again.ExecuteAsync("CONFIG", "GET", "notify-keyspace-events")).Items[1].Text);
        Assert.EndsWith("pubsub 1048576 2097152 3", (await again.ExecuteAsync("CONFIG", "GET", "client-output-buffer-limit")).Items[1].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_file_keeps_its_permissions()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("respkv.conf", "requirepass sesame\n");
        SetMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await using var server = await RespServerProcess.StartAsync(file);
        await using var client = await server.ConnectAsync();
        await client.ExecuteAsync("AUTH", "sesame");

        Assert.Equal("OK", (await client.ExecuteAsync("CONFIG", "REWRITE")).Text);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, ModeOf(file));
    }

    [Fact]
    public async Task A_file_that_is_gone_is_made_anew()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("respkv.conf", "timeout 5\n");
        await using var server = await RespServerProcess.StartAsync(file);
        await using var client = await server.ConnectAsync();
        File.Delete(file);

        Assert.Equal("OK", (await client.ExecuteAsync("CONFIG", "REWRITE")).Text);

        Assert.Contains("timeout 5\n", await File.ReadAllTextAsync(file), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_it_cannot_be_written_it_stays_as_it_was()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("respkv.conf", "timeout 5\n");
        Directory.CreateDirectory(file + ".tmp");
        await using var server = await RespServerProcess.StartAsync(file);
        await using var client = await server.ConnectAsync();
        await client.ExecuteAsync("CONFIG", "SET", "timeout", "6");

        Assert.StartsWith("ERR Rewriting config file: ", (await client.ExecuteAsync("CONFIG", "REWRITE")).Text, StringComparison.Ordinal);

        Assert.Equal("timeout 5\n", await File.ReadAllTextAsync(file));
    }

    [PeerFact("strace")]
    public async Task A_disk_that_has_failed_is_told_of_and_the_file_stays_as_it_was()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("respkv.conf", "timeout 5\n");
        await using var server = await RespServerProcess.StartAsync(file);
        await using var client = await server.ConnectAsync();
        await client.ExecuteAsync("CONFIG", "SET", "timeout", "6");
        using var fault = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(
            "strace",
            ["-f", "-q", "-P", file + ".tmp", "-e", "trace=fsync", "-e", "inject=fsync:error=EIO", "-o", folder["trace"], "-p", server.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture)]))!;
        await RunningServer.UntilAsync(() => Task.FromResult(ProcessFigures.IsTraced(server.ProcessId)));

        var reply = (await client.ExecuteAsync("CONFIG", "REWRITE")).Text;
        await server.KillAsync();
        await fault.WaitForExitAsync();

        Assert.Equal("ERR Rewriting config file: Input/output error", reply);
        Assert.Equal("timeout 5\n", await File.ReadAllTextAsync(file));
    }

    [Fact]
    public async Task Without_a_file_there_is_nothing_to_rewrite()
    {
        await using var server = await RespServerProcess.StartAsync();
        await using var client = await server.ConnectAsync();
        Assert.Equal("ERR The server is running without a config file", (await client.ExecuteAsync("CONFIG", "REWRITE")).Text);
    }

    private static UnixFileMode ModeOf(string path) => OperatingSystem.IsWindows() ? UnixFileMode.None : File.GetUnixFileMode(path);

    private static void SetMode(string path, UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, mode);
    }
}
