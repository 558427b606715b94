namespace RespKv.Tests.Durability;

/// <summary><c>respkv inspect</c>.</summary>
public sealed class InspectTests
{
    [Fact]
    public async Task It_counts_by_namespace_what_recovery_would_bring_back()
    {
        using var data = new KeptData();
        await data.RunAsync(
            "SET abc 12345", "SAVE", "SET abc 1234567", "SET gone 1", "DEL gone", "SET timed 12 EX 10000", "SETRANGE large 300000 x",
            "KV.USE other", "KV.PUT page text META {\"a\":1}", "KV.USE left", "SET x 1", "KV.USE other", "KV.DROP left");

        var (exitCode, output, error) = await data.RespKvAsync("inspect");

        Assert.Equal((0, ""), (exitCode, error));
        var lines = output.Split('\n').Select(line => line.Split("  ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).ToArray();
        Assert.Equal(
            ["namespace", "keys", "fields", "key bytes", "value bytes", "metadata bytes", "with expiry", "expired", "large values", "large bytes", "garbage frames", "garbage bytes"], lines[0]);
        // The record that was overwritten, the one that was deleted, and its deletion.
        Assert.Equal(["default", "3", "0", "13", "300010", "0", "1", "0", "1", "300001", "3", "128"], Line(lines, "default"));
        Assert.Equal(["other", "1", "0", "4", "4", "7", "0", "0", "0", "0", "0", "0"], Line(lines, "other"));
        Assert.Equal(["(dropped)", "0", "0", "0", "0", "0", "0", "0", "0", "0", "1", "48"], Line(lines, "(dropped)"));
        Assert.Contains($"\ncheckpoints: {new FileInfo(data.Checkpoints[0]).Length} bytes in 1 files\nlog: {new FileInfo(data.Segments[0]).Length} bytes in 1 files\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keys_whose_time_is_up_are_told_apart()
    {
        using var data = new KeptData();
        await using (var server = await data.StartAsync())
        {
            await using var client = await server.ConnectAsync();
            await client.ExecuteAsync("DEBUG", "SET-ACTIVE-EXPIRE", "0");
            await client.ExecuteAsync("SET", "timed", "1", "PX", "1");
            await client.ExecuteAsync("SET", "later", "1", "EX", "10000");
        }

        var (_, output, _) = await data.RespKvAsync("inspect");

        Assert.Matches(@"(?m)^default +2 +0 +10 +2 +0 +2 +1 ", output);
    }

    [Fact]
    public async Task Fields_of_large_hashes_are_counted_where_their_hashes_are()
    {
        using var data = new KeptData();
        var fields = string.Join(' ', Enumerable.Range(100, 200).Select(i => $"f{i} v"));
        await data.RunAsync($"HSET h {fields}", "HSET small f v", "KV.USE other", $"HSET gone {fields}", "DEL gone", $"HSET left {fields}");

        var (_, output, _) = await data.RespKvAsync("inspect");

        // Each name and value has 5 bytes; the record of the large hash has the 4 of an id, the small one is 7 long.
        Assert.Matches(@"(?m)^default +2 +200 +6 +1011 ", output);
        Assert.Matches(@"(?m)^other +1 +200 +4 +1004 ", output);
        Assert.DoesNotContain('\u0001', output);
    }

    [Fact]
    public async Task A_damaged_folder_is_refused()
    {
        using var data = new KeptData();
        await data.RunAsync("SET first 1", "SET second 2");
        KeptData.FlipIn(data.Segments[0], "first");
        Assert.Equal((1, "", $"respkv: {data.Path} is damaged: 'respkv check' tells more\n"), await data.RespKvAsync("inspect"));
    }

    [Fact]
    public async Task A_folder_that_a_server_uses_is_refused()
    {
        using var data = new KeptData();
        await using var server = await data.StartAsync();
        Assert.Equal((1, "", $"respkv: the data folder {data.Path} is in use by another process\n"), await data.RespKvAsync("inspect"));
    }

    private static string[] Line(string[][] lines, string name) => lines.Single(line => line.Length > 0 && line[0] == name);
}
