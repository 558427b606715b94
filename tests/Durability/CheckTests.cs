using RespKv.Tests.Support;

namespace RespKv.Tests.Durability;

/// <summary><c>respkv check</c>.</summary>
public sealed class CheckTests
{
    [Fact]
    public async Task A_whole_folder_is_told_file_by_file_and_left_as_it_is()
    {
        using var data = new KeptData();
        await data.RunAsync("SET a 1", "SETRANGE large 400000 x", "SAVE", "MSET b 2 c 3");
        var before = data.Image();

        var (exitCode, output, error) = await data.RespKvAsync("check");

        Assert.Equal((0, ""), (exitCode, error));
        Assert.Equal(before, data.Image());
        Assert.Matches(@"(?m)^checkpoint-\d+ +checkpoint +\d+ +\d+ +\d+-\d+ +whole$", output);
        Assert.Matches(@"(?m)^log-\d+ +log +\d+ +\d+ +\d+-\d+ +whole$", output);
        Assert.Matches(@"(?m)^values/ \(1\) +value +400001 +whole$", output);
        Assert.Matches(@"\nwhole: 1 checkpoints, 1 segments of the log, 1 large values; the log ends at position \d+\n$", output);
    }

    [Fact]
    public async Task Damage_is_told_with_file_offset_position_and_what_a_repair_would_do()
    {
        using var data = new KeptData();
        await data.RunAsync("SET first 1", "SET second 2", "SET third 3");
        KeptData.FlipIn(data.Segments[0], "second");
        var before = data.Image();

        var (exitCode, output, error) = await data.RespKvAsync("check");

        Assert.Equal((1, ""), (exitCode, error));
        Assert.Equal(before, data.Image());
        Assert.Matches(@"(?m)^log-\d+ +log +.* damaged at offset \d+: the frame there is not whole$", output);
        Assert.Matches(@"(?m)^damaged: .*/log-\d+ is damaged at offset \d+: the frame there is not whole, though .* \(position \d+\)$", output);
        Assert.Contains("  no server starts on it\n", output, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^    end the log at position \d+, before the damage$", output);
        Assert.Contains("default \"third\"\n", output, StringComparison.Ordinal);
        Assert.Contains(" is damaged at offset ", (await Assert.ThrowsAsync<InvalidOperationException>(() => data.StartAsync())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_segment_that_is_cut_off_between_two_frames_is_named_and_not_the_one_behind_it()
    {
        using var data = new KeptData();
        await data.RunAsync("SET first 1");
        await data.RunAsync("SET second 2");
        var cut = data.Segments[0];
        using (var file = new FileStream(cut, FileMode.Open, FileAccess.Write))
            file.SetLength(64);

        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(() => data.StartAsync());

        Assert.Contains($"{cut} is damaged at offset 64: it ends there, and {Path.GetFileName(data.Segments[1])} follows position ", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_end_that_a_power_cut_leaves_is_no_damage()
    {
        using var data = new KeptData();
        await data.RunAsync("SET a 1");
        await File.AppendAllTextAsync(data.Segments[0], "half a frame, which was never acknowledged");

        var (exitCode, output, _) = await data.RespKvAsync("check");

        Assert.Equal(0, exitCode);
        Assert.Contains("whole: ", output, StringComparison.Ordinal);
        Assert.Contains("42 bytes behind it are not whole, as a power cut leaves them", output, StringComparison.Ordinal);
        Assert.Equal(["\"1\""], await data.RunAsync("GET a"));
    }

    [Fact]
    public async Task Damage_that_only_an_older_checkpoint_minds_keeps_no_server_from_starting()
    {
        using var data = new KeptData();
        await data.RunAsync("SET a 1", "SAVE", "SET b 2", "SAVE", "SET c 3");
        KeptData.Flip(data.Checkpoints[0], 100);

        var (exitCode, output, _) = await data.RespKvAsync("check");

        Assert.Equal(1, exitCode);
        Assert.Contains("  a server starts on it all the same\n", output, StringComparison.Ordinal);
        Assert.Contains("    nothing would be lost\n", output, StringComparison.Ordinal);
        Assert.Equal(["\"1\"", "\"2\"", "\"3\""], await data.RunAsync("GET a", "GET b", "GET c"));
    }

    [Fact]
    public async Task Damage_before_the_only_checkpoint_does_no_harm()
    {
        using var data = new KeptData();
        await data.RunAsync("SET early 1", "SAVE", "SET late 2");
        KeptData.FlipIn(data.Segments[0], "early");

        Assert.Equal(0, (await data.RespKvAsync("check")).ExitCode);
        Assert.Equal(["\"1\"", "\"2\""], await data.RunAsync("GET early", "GET late"));
    }

    [Fact]
    public async Task Checkpoints_without_a_log_between_them_are_whole()
    {
        using var data = new KeptData();
        await using (var server = await data.StartAsync("--appendonly", "no"))
        {
            await using var client = await server.ConnectAsync();
            await Commands.RunningServer.RunAsync(client, "SET a 1", "SAVE", "SET b 2", "SAVE", "SET c 3", "SAVE");
        }

        var (exitCode, output, _) = await data.RespKvAsync("check");

        Assert.Equal((0, true), (exitCode, output.Contains("\nwhole: 2 checkpoints, ", StringComparison.Ordinal)));
        Assert.Equal(0, (await data.RespKvAsync("inspect")).ExitCode);
    }

    [Fact]
    public async Task A_folder_that_a_server_uses_is_refused()
    {
        using var data = new KeptData();
        await using var server = await data.StartAsync();
        var (exitCode, output, error) = await data.RespKvAsync("check");
        Assert.Equal((2, "", $"respkv: the data folder {data.Path} is in use by another process\n"), (exitCode, output, error));
    }

    [Fact]
    public async Task What_is_no_data_folder_is_refused()
    {
        using var data = new KeptData();
        Assert.Equal((2, "", $"respkv: there is no folder {data.Path}\n"), await data.RespKvAsync("check"));
        Directory.CreateDirectory(data.Path);
        Assert.Equal((2, "", $"respkv: {data.Path} is no data folder\n"), await data.RespKvAsync("check"));
    }

    [Fact]
    public async Task A_wrong_command_line_is_not_taken_for_damage()
    {
        var (exitCode, output, error) = await RespServerProcess.RunAsync("check", "--bogus");
        Assert.Equal((2, "", "respkv: unknown option '--bogus'\n"), (exitCode, output, error));
    }

    [Theory]
    [InlineData("check", 2)]
    [InlineData("repair", 1)]
    [InlineData("inspect", 1)]
    public async Task A_folder_of_a_newer_version_is_left_alone(string command, int expected)
    {
        using var data = new KeptData();
        await data.RunAsync("SET a 1");
        WriteFormat(data.Segments[0], '9');
        var before = data.Image();

        var (exitCode, _, error) = await data.RespKvAsync(command);

        Assert.Equal(expected, exitCode);
        Assert.Equal($"respkv: {data.Segments[0]} has format 9, and this version of RespKv reads formats up to 2\n", error);
        Assert.Equal(before, data.Image());
    }

    // A header as a later version would write it: whole, and of another format.
    internal static void WriteFormat(string path, char digit)
    {
        var bytes = File.ReadAllBytes(path);
        bytes[7] = (byte)digit;
        var crc = Server.Storage.Durability.Crc32C.Append(uint.MaxValue, bytes.AsSpan(0, 60));
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(60), ~crc);
        File.WriteAllBytes(path, bytes);
    }
}
