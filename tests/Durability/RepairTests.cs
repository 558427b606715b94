using System.Globalization;

namespace RespKv.Tests.Durability;

/// <summary><c>respkv repair</c>.</summary>
public sealed class RepairTests
{
    [Fact]
    public async Task Without_a_yes_it_only_says_what_would_be_lost()
    {
        using var data = await WithDamagedLogAsync();
        var before = data.Image();

        var (exitCode, output, error) = await data.RespKvAsync("repair");

        Assert.Equal((0, ""), (exitCode, error));
        Assert.Equal(before, data.Image());
        Assert.Matches(@"(?m)^  lost: \d+ bytes, with 2 whole records of 2 keys$", output);
        Assert.Contains("default \"third\"\n", output, StringComparison.Ordinal);
        Assert.Contains("3 \"fourth\"\n", output, StringComparison.Ordinal);
        Assert.EndsWith("nothing was changed: with --yes it is done\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_log_is_cut_where_the_damage_is_and_the_rest_is_kept_beside()
    {
        using var data = await WithDamagedLogAsync();
        var damaged = await File.ReadAllBytesAsync(data.Segments[0]);

        var (exitCode, output, error) = await data.RespKvAsync("repair", "--yes");

        Assert.Equal((0, ""), (exitCode, error));
        Assert.EndsWith("repaired\n", output, StringComparison.Ordinal);
        Assert.Equal(damaged, await File.ReadAllBytesAsync(Path.Combine(data.Repaired, Path.GetFileName(data.Segments[0]))));
        Assert.Equal(0, (await data.RespKvAsync("check")).ExitCode);
        Assert.Equal(["\"1\"", "(null)", "(null)", "OK"], await data.RunAsync("GET first", "GET second", "GET third", "SET fifth 5"));
        Assert.Equal(["\"1\"", "\"5\"", "2"], await data.RunAsync("GET first", "GET fifth", "DBSIZE"));
    }

    [Fact]
    public async Task Versions_go_on_behind_those_that_were_lost()
    {
        using var data = new KeptData();
        await data.RunAsync("SET first 1");
        // Each start moves positions on by far more than was written.
        await data.RunAsync("SET b 2");
        await data.RunAsync("SET b 3");
        var lost = await VersionAsync(data, "b");
        KeptData.FlipIn(data.Segments[0], "first");

        await data.RespKvAsync("repair", "--yes");
        await data.RunAsync("SET b 4");

        Assert.InRange(await VersionAsync(data, "b"), lost + 1, long.MaxValue);
    }

    [Fact]
    public async Task A_damaged_checkpoint_gives_way_to_the_one_before_it_and_nothing_is_lost()
    {
        using var data = new KeptData();
        await data.RunAsync("SET a 1", "SAVE", "SET second 2", "SAVE", "SET c 3");
        KeptData.FlipIn(data.Checkpoints[1], "second");

        var (exitCode, output, _) = await data.RespKvAsync("repair", "--yes");

        Assert.Equal(0, exitCode);
        Assert.Contains("  nothing would be lost\n", output, StringComparison.Ordinal);
        Assert.Single(data.Checkpoints);
        Assert.Single(Directory.GetFiles(data.Repaired, "checkpoint-*"));
        Assert.Equal(["\"1\"", "\"2\"", "\"3\""], await data.RunAsync("GET a", "GET second", "GET c"));
    }

    [Fact]
    public async Task The_only_checkpoint_gives_way_to_the_whole_log()
    {
        using var data = new KeptData();
        await data.RunAsync("SET first 1", "SAVE", "SET b 2");
        KeptData.FlipIn(data.Checkpoints[0], "first");

        Assert.Equal(0, (await data.RespKvAsync("repair", "--yes")).ExitCode);

        Assert.Empty(data.Checkpoints);
        Assert.Equal(["\"1\"", "\"2\""], await data.RunAsync("GET first", "GET b"));
    }

    [Fact]
    public async Task Damage_to_the_log_that_the_newest_checkpoint_needs_leads_back_to_a_moment_before_it()
    {
        using var data = new KeptData();
        await data.RunAsync("SET a 1", "SAVE");
        await data.RunAsync("SET b 2", "SET c 3", "SAVE", "SET fourth 4", "SET e 5");
        KeptData.FlipIn(data.Segments[^1], "fourth");

        Assert.Equal(0, (await data.RespKvAsync("repair", "--yes")).ExitCode);

        Assert.Equal(["\"1\"", "\"2\"", "\"3\"", "(null)", "(null)"], await data.RunAsync("GET a", "GET b", "GET c", "GET fourth", "GET e"));
    }

    [Theory]
    [InlineData(false, "is missing")]
    [InlineData(true, "is damaged at or behind offset 0")]
    public async Task A_key_whose_large_value_is_not_whole_goes_and_the_others_stay(bool isThere, string fault)
    {
        using var data = new KeptData();
        await data.RunAsync("SET a 1", "SETRANGE lost 400000 x", "SETRANGE kept 500000 y");
        if (isThere)
            KeptData.Flip(data.Values[0], 1234);
        else
            File.Delete(data.Values[0]);

        var (exitCode, output, _) = await data.RespKvAsync("repair", "--yes");

        Assert.Equal(0, exitCode);
        Assert.Contains($"lost: key \"lost\" of namespace default, 400001 bytes: its value {fault}", output, StringComparison.Ordinal);
        Assert.Equal(isThere, Directory.Exists(Path.Combine(data.Repaired, "values")));
        Assert.Equal(["\"1\"", "0", "500001", "OK"], await data.RunAsync("GET a", "EXISTS lost", "STRLEN kept", "SAVE"));
        Assert.Equal(["\"1\"", "0", "500001", "2"], await data.RunAsync("GET a", "EXISTS lost", "STRLEN kept", "DBSIZE"));
    }

    [Theory]
    [InlineData("log-*", 20)]
    [InlineData("checkpoint-*", 3)]
    public async Task A_damaged_header_is_written_anew_and_nothing_is_lost(string files, int offset)
    {
        using var data = new KeptData();
        await data.RunAsync("SET a 1", "SAVE", "SET b 2");
        KeptData.Flip(Directory.GetFiles(data.Path, files)[0], offset);
        Assert.Equal(1, (await data.RespKvAsync("check")).ExitCode);

        var (exitCode, output, _) = await data.RespKvAsync("repair", "--yes");

        Assert.Equal(0, exitCode);
        Assert.Contains("nothing is lost by that", output, StringComparison.Ordinal);
        Assert.Equal(["\"1\"", "\"2\""], await data.RunAsync("GET a", "GET b"));
    }

    [Fact]
    public async Task Where_no_checkpoint_is_whole_what_is_left_of_the_newest_is_gathered()
    {
        using var data = new KeptData();
        await data.RunAsync("SET old 1", "SAVE");
        await data.RunAsync("MSET lost 2 kept 3", "KV.USE other", "KV.PUT page text", "SAVE", "SETRANGE large 400000 x", "SET late 4");
        KeptData.FlipIn(data.Checkpoints[0], "old");
        KeptData.FlipIn(data.Checkpoints[1], "lost");
        KeptData.FlipIn(data.Segments[1], "lost");
        File.Delete(data.Segments[0]);

        var (exitCode, output, _) = await data.RespKvAsync("repair", "--yes");

        Assert.Equal(0, exitCode);
        Assert.Contains("no checkpoint can be used with the log as it is", output, StringComparison.Ordinal);
        Assert.Equal(2, Directory.GetFiles(data.Repaired, "checkpoint-*").Length);
        Assert.Equal(
            ["\"1\"", "(null)", "\"3\"", "OK", "\"text\"", "400001", "\"4\""],
            await data.RunAsync("GET old", "GET lost", "GET kept", "KV.USE other", "GET page", "STRLEN large", "GET late"));
    }

    [Fact]
    public async Task Where_writes_are_not_logged_it_goes_back_to_the_checkpoint_before()
    {
        using var data = new KeptData();
        await using (var server = await data.StartAsync("--appendonly", "no"))
        {
            await using var client = await server.ConnectAsync();
            await Commands.RunningServer.RunAsync(client, "SET a 1", "SAVE", "SET second 2", "SAVE");
        }

        KeptData.FlipIn(data.Checkpoints[1], "second");
        var (exitCode, output, _) = await data.RespKvAsync("repair", "--yes");

        Assert.Equal(0, exitCode);
        Assert.Matches(@"(?m)^  lost: what was changed between positions \d+ and \d+, which only a checkpoint that cannot be used has$", output);
        Assert.Equal(["\"1\"", "(null)"], await data.RunAsync("GET a", "GET second"));
    }

    [Fact]
    public async Task A_folder_that_a_server_uses_is_refused()
    {
        using var data = new KeptData();
        await using var server = await data.StartAsync();
        Assert.Equal((1, "", $"respkv: the data folder {data.Path} is in use by another process\n"), await data.RespKvAsync("repair", "--yes"));
    }

    [Fact]
    public async Task Where_nothing_is_damaged_nothing_is_done()
    {
        using var data = new KeptData();
        await data.RunAsync("SET a 1");
        var before = data.Image();
        Assert.Equal((0, "nothing is damaged\n", ""), await data.RespKvAsync("repair", "--yes"));
        Assert.Equal(before, data.Image());
    }

    // Of four writes the second is damaged; all were on the disk.
    private static async Task<KeptData> WithDamagedLogAsync()
    {
        var data = new KeptData();
        await data.RunAsync("SET first 1", "SET second 2", "SET third 3", "SELECT 3", "SET fourth 4");
        KeptData.FlipIn(data.Segments[0], "second");
        return data;
    }

    private static async Task<long> VersionAsync(KeptData data, string key)
    {
        var reply = (await data.RunAsync("KV.META " + key))[0];
        var words = reply.Trim('[', ']').Split(", ");
        return long.Parse(words[Array.IndexOf(words, "\"version\"") + 1], CultureInfo.InvariantCulture);
    }
}
