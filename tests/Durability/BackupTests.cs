using System.Globalization;
using RespKv.Protocol;
using RespKv.Tests.Commands;
using RespKv.Tests.Support;

namespace RespKv.Tests.Durability;

/// <summary><c>respkv backup</c> and KV.BACKUP.</summary>
public sealed class BackupTests
{
    private const int LargeBytes = 400_000;

    [Theory]
    [InlineData("yes")]
    [InlineData("no")]
    public async Task A_server_starts_from_what_was_copied_under_load_as_of_one_moment(string appendOnly)
    {
        using var data = new KeptData();
        await using var server = await data.StartAsync("--appendonly", appendOnly);
        await using var observer = await server.ConnectAsync();
        var isEnough = false;
        Task[] writers = [WriteAsync(server, 0, () => isEnough), WriteAsync(server, 1, () => isEnough)];
        await RunningServer.UntilAsync(async () => await CountAsync(observer, 0) > 20 && await CountAsync(observer, 1) > 20);
        var (before0, before1) = (await CountAsync(observer, 0), await CountAsync(observer, 1));

        var backup = await BackupAsync(server, data.Beside("copy"));

        Assert.Equal((0, "OK\n", ""), backup);
        var (after0, after1) = (await CountAsync(observer, 0), await CountAsync(observer, 1));
        // Clients went on all the time, and checkpoints and removed values behind it do the copy no harm.
        await RunningServer.UntilAsync(async () => await CountAsync(observer, 0) > after0 + 20);
        Assert.Equal("OK", (await observer.ExecuteAsync("SAVE")).Text);
        Volatile.Write(ref isEnough, true);
        await Task.WhenAll(writers);
        await AssertIsWholeAsync(data.Beside("copy"));
        await using var copy = await RespServerProcess.StartAsync("--dir", data.Beside("copy"));
        await using var client = await copy.ConnectAsync();
        await AssertIsOneMomentAsync(client, 0, before0, after0);
        await AssertIsOneMomentAsync(client, 1, before1, after1);
    }

    [Fact]
    public async Task Names_expiries_metadata_and_large_values_are_in_it_and_it_goes_on_from_there()
    {
        using var data = new KeptData();
        await using var server = await data.StartAsync("--requirepass", "sesame");
        await using var client = await server.ConnectAsync();
        await client.ExecuteAsync("AUTH", "sesame");
        await RunningServer.RunAsync(client, "SET a 1 EX 10000", "SETRANGE large 400000 x", "SETRANGE freed 400000 x", "DEL freed", "KV.USE other", "KV.PUT page text META {}");

        Assert.Equal((0, "OK\n", ""), await BackupAsync(server, data.Beside("copy"), "--pass", "sesame"));

        await using var copy = await RespServerProcess.StartAsync("--dir", data.Beside("copy"));
        await using var reader = await copy.ConnectAsync();
        var replies = await RunningServer.RunAsync(reader, "GET a", "STRLEN large", "EXISTS freed", "APPEND large y", "SAVE", "KV.USE other", "KV.GETMETA page");
        Assert.Equal(["\"1\"", "400001", "0", "400002", "OK", "OK"], replies[..6]);
        Assert.StartsWith("[\"value\", \"text\", \"metadata\", \"{}\"", replies[6], StringComparison.Ordinal);
        Assert.InRange((await reader.ExecuteAsync("TTL", "a")).Integer, -2, 10000);
    }

    [Fact]
    public async Task A_wrong_password_is_told()
    {
        using var data = new KeptData();
        await using var server = await data.StartAsync("--requirepass", "sesame");
        var (exitCode, output, error) = await BackupAsync(server, data.Beside("copy"), "--pass", "poppy");
        Assert.Equal((1, "", "respkv: no backup was made: WRONGPASS invalid username-password pair or user is disabled.\n"), (exitCode, output, error));
    }

    [Fact]
    public async Task A_folder_that_holds_something_is_left_alone()
    {
        using var data = new KeptData();
        await using var server = await data.StartAsync();
        Directory.CreateDirectory(data.Beside("copy"));
        await File.WriteAllTextAsync(Path.Combine(data.Beside("copy"), "letter"), "dear");

        var backup = await BackupAsync(server, data.Beside("copy"));

        Assert.Equal((1, "", $"respkv: no backup was made: {data.Beside("copy")} is not empty\n"), backup);
        Assert.Equal([Path.Combine(data.Beside("copy"), "letter")], Directory.GetFileSystemEntries(data.Beside("copy")));
    }

    [Fact]
    public async Task One_that_fails_leaves_nothing_and_the_server_goes_on()
    {
        using var data = new KeptData();
        await using var server = await data.StartAsync();
        await using var client = await server.ConnectAsync();
        await RunningServer.RunAsync(client, "SETRANGE large 400000 x", "SET a 1");
        File.Delete(data.Values[0]);

        var (exitCode, _, error) = await BackupAsync(server, data.Beside("copy"));

        Assert.Equal(1, exitCode);
        Assert.Matches(@"^respkv: no backup was made: .*values/.*\n$", error);
        Assert.False(Directory.Exists(data.Beside("copy")));
        Assert.Equal(["1", "OK"], await RunningServer.RunAsync(client, "DEL large", "SET b 2"));
        Assert.Equal((0, "OK\n", ""), await BackupAsync(server, data.Beside("copy")));
    }

    [Fact]
    public async Task One_that_was_not_finished_starts_no_server()
    {
        using var data = new KeptData();
        await data.RunAsync("SET a 1");
        await File.WriteAllTextAsync(Path.Combine(data.Path, "unfinished-backup"), "");

        var (exitCode, _, error) = await RespServerProcess.RunAsync("--dir", data.Path, "--port", "0");

        Assert.Equal((1, $"respkv: the data folder {data.Path} holds a backup that was not finished: unfinished-backup is in it\n"), (exitCode, error));
        Assert.Equal(2, (await data.RespKvAsync("check")).ExitCode);
    }

    [Fact]
    public async Task Where_there_is_no_folder_there_is_no_backup()
    {
        using var data = new KeptData();
        await using var server = await RespServerProcess.StartAsync();
        var (exitCode, _, error) = await BackupAsync(server, data.Beside("copy"));
        Assert.Equal((1, "respkv: no backup was made: there is no data folder: the server was started with --persistence off\n"), (exitCode, error));
    }

    [Fact]
    public async Task Where_nobody_listens_it_fails_in_one_line()
    {
        var (exitCode, output, error) = await RespServerProcess.RunAsync("backup", "copy", "--port", FreePort.Next().ToString(CultureInfo.InvariantCulture));
        Assert.Equal((1, ""), (exitCode, output));
        Assert.Matches(@"^respkv: no answer from 127\.0\.0\.1:\d+: .+\n$", error);
    }

    [Fact]
    public async Task The_command_wants_a_path_that_does_not_depend_on_where_the_server_runs()
    {
        using var data = new KeptData();
        await using var server = await data.StartAsync();
        await using var client = await server.ConnectAsync();
        Assert.Equal("ERR the folder's path has to be an absolute one", (await client.ExecuteAsync("KV.BACKUP", "copy")).Text);
        await client.ExecuteAsync("MULTI");
        Assert.Equal("ERR Command not allowed inside a transaction", (await client.ExecuteAsync("KV.BACKUP", data.Beside("copy"))).Text);
    }

    private static Task<(int ExitCode, string Output, string Error)> BackupAsync(RespServerProcess server, string target, params string[] arguments) =>
        RespServerProcess.RunAsync(["backup", target, "--port", server.Port.ToString(CultureInfo.InvariantCulture), .. arguments]);

    private static async Task AssertIsWholeAsync(string path)
    {
        var (exitCode, output, _) = await RespServerProcess.RunAsync("check", "--dir", path);
        Assert.True(exitCode == 0, output);
        Assert.DoesNotContain("no record refers to it", output, StringComparison.Ordinal);
    }

    // Each round counts, writes a pair that is always alike, and replaces a large value.
    private static async Task WriteAsync(RespServerProcess server, int writer, Func<bool> isEnough)
    {
        await using var client = await server.ConnectAsync();
        for (var i = 1; !isEnough(); i++)
        {
            await client.ExecuteAsync("INCR", $"count:{writer}");
            await client.ExecuteAsync("MSET", $"left:{writer}", $"{i}", $"right:{writer}", $"{i}");
            await client.ExecuteAsync("SET", $"large:{writer}", new string((char)('a' + (i % 26)), LargeBytes));
        }
    }

    private static async Task<long> CountAsync(RespClient client, int writer) =>
        long.TryParse((await client.ExecuteAsync("GET", $"count:{writer}")).Text, CultureInfo.InvariantCulture, out var count) ? count : 0;

    // The writer's steps are in order: what the copy holds of them is what there was after one of them.
    private static async Task AssertIsOneMomentAsync(RespClient client, int writer, long least, long most)
    {
        var count = await CountAsync(client, writer);
        Assert.InRange(count, least, most);
        var (left, right) = ((await client.ExecuteAsync("GET", $"left:{writer}")).Text, (await client.ExecuteAsync("GET", $"right:{writer}")).Text);
        Assert.Equal(left, right);
        var pair = long.Parse(left, CultureInfo.InvariantCulture);
        Assert.InRange(pair, count - 1, count);
        var large = (await client.ExecuteAsync("GET", $"large:{writer}")).Text;
        Assert.Contains(large, new[] { pair, pair - 1 }.Select(i => new string((char)('a' + (i % 26)), LargeBytes)));
    }
}
