using System.Globalization;
using System.Text;
using RespKv.Protocol;
using RespKv.Server.Storage.Durability;

namespace RespKv.Tests.Durability;

/// <summary>Values that are changed in part (<c>APPEND</c>, <c>SETRANGE</c>, <c>SETBIT</c>, <c>BITFIELD</c>), of which the log keeps the parts.</summary>
public sealed class ChangeTests
{
    private const int Seed = 20261130;

    // Longer than the parts by far, so that parts are what is kept.
    private static readonly string Long = new('x', 10_000);

    [Theory]
    [InlineData(0)]
    [InlineData(24)]
    public async Task Values_are_as_the_changes_have_left_them_after_kills_and_checkpoints(int memoryMegabytes)
    {
        using var data = new KeptData();
        var model = new ChangedModel(Seed + memoryMegabytes);
        for (var round = 0; round < 4; round++)
        {
            await using var server = await data.StartAsync("--maxmemory", memoryMegabytes + "mb", "--auto-aof-rewrite-min-size", "8mb");
            await using var client = await server.ConnectAsync();
            Assert.Empty(await model.DifferencesAsync(client));
            // More than memory has room for, so that values are changed whose records are on the disk.
            await FillAsync(client, memoryMegabytes);
            await model.ChangeAsync(client, 1500);
            if (round % 2 == 0)
                await client.ExecuteAsync("BGREWRITEAOF");
            await model.ChangeAsync(client, 1500);
            await server.KillAsync();
        }

        Assert.Equal(0, (await data.RespKvAsync("check")).ExitCode);
        await using var last = await data.StartAsync();
        await using var reader = await last.ConnectAsync();
        Assert.Empty(await model.DifferencesAsync(reader));
    }

    [Fact]
    public async Task Values_that_grow_while_a_checkpoint_is_made_are_whole_after_a_kill()
    {
        const int keys = 3000;
        const int rounds = 6;
        using var data = new KeptData();
        await using (var server = await data.StartAsync())
        {
            await using var client = await server.ConnectAsync();
            await SendAllAsync(client, 60_000, i => ["SET", $"ballast:{i}", "b"]);
            await SendAllAsync(client, keys, i => ["SET", $"key:{i}", new string('v', 1000)]);
            // Each makes a value outgrow the room that its record has, so that the record moves behind what the checkpoint reads.
            await client.ExecuteAsync("BGREWRITEAOF");
            for (var round = 0; round < rounds; round++)
                await SendAllAsync(client, keys, i => ["APPEND", $"key:{i}", new string((char)('0' + round), 300)]);
            await server.KillAsync();
        }

        await using var next = await data.StartAsync();
        await using var reader = await next.ConnectAsync();
        var expected = new string('v', 1000) + string.Concat(Enumerable.Range(0, rounds).Select(round => new string((char)('0' + round), 300)));
        for (var i = 0; i < keys; i++)
            Assert.Equal(expected, (await reader.ExecuteAsync("GET", $"key:{i}")).Text);
    }

    [Theory]
    [InlineData("APPEND", "value", "0123456789")]
    [InlineData("SETRANGE", "value", "5000", "0123456789")]
    [InlineData("SETBIT", "value", "#", "1")]
    [InlineData("BITFIELD", "value", "INCRBY", "u16", "8000", "1")]
    public async Task The_log_grows_by_what_is_changed_and_not_by_the_value(params string[] words)
    {
        using var data = new KeptData();
        await using var server = await data.StartAsync();
        await using var client = await server.ConnectAsync();
        await client.ExecuteAsync("SETRANGE", "value", "100000", "end");
        var before = await LogBytesAsync(client);

        const int changes = 2000;
        for (var i = 0; i < changes; i++)
            await client.SendCommandAsync([.. words.Select(word => (RespArgument)(word == "#" ? (i * 8).ToString(CultureInfo.InvariantCulture) : word))]);
        for (var i = 0; i < changes; i++)
            Assert.False((await client.ReadReplyAsync()).IsError);

        Assert.InRange(await LogBytesAsync(client) - before, changes * 32, changes * 100);
    }

    [Fact]
    public async Task What_is_appended_to_a_value_in_a_file_is_written_behind_it_while_readers_go_on()
    {
        const int appends = 1000;
        using var data = new KeptData();
        var expected = new StringBuilder(new string('v', 400_000));
        await using (var server = await data.StartAsync())
        {
            await using var client = await server.ConnectAsync();
            await client.ExecuteAsync("SET", "large", expected.ToString());
            var file = data.Values.Single();
            for (var i = 0; i < appends; i++)
            {
                var part = string.Create(CultureInfo.InvariantCulture, $"<{i}>");
                await client.SendCommandAsync("APPEND", "large", part);
                // Has all of it looked at in memory while it grows.
                await client.SendCommandAsync("GETRANGE", "large", "-5", "-1");
                expected.Append(part);
            }

            for (var i = 0; i < appends; i++)
            {
                await client.ReadReplyAsync();
                Assert.Equal(string.Create(CultureInfo.InvariantCulture, $"<{i}>")[^3..], (await client.ReadReplyAsync()).Text[^3..]);
            }

            Assert.Equal([file], data.Values);
            await client.ExecuteAsync("SETRANGE", "large", "450000", "end");
            expected.Append('\0', 450_000 - expected.Length).Append("end");
            Assert.Equal([file], data.Values);
            Assert.Equal(expected.ToString(), (await client.ExecuteAsync("GET", "large")).Text);
            Assert.Contains($"large_value_file_bytes:{expected.Length}\r\n", (await client.ExecuteAsync("INFO", "persistence")).Text, StringComparison.Ordinal);
            await server.KillAsync();
        }

        Assert.Equal(0, (await data.RespKvAsync("check")).ExitCode);
        await using var again = await data.StartAsync();
        await using var reader = await again.ConnectAsync();
        Assert.Equal(expected.ToString(), (await reader.ExecuteAsync("GET", "large")).Text);
        Assert.Equal(450_007, (await reader.ExecuteAsync("APPEND", "large", "more")).Integer);
        Assert.EndsWith("endmore", (await reader.ExecuteAsync("GET", "large")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_end_of_a_file_that_its_value_has_lost_ends_the_log_before_it()
    {
        using var data = new KeptData();
        await using (var server = await data.StartAsync("--appendfsync", "no"))
        {
            await using var client = await server.ConnectAsync();
            await client.ExecuteAsync("SET", "large", new string('v', 400_000));
            await client.ExecuteAsync("SAVE");
            await Commands.RunningServer.RunAsync(client, "APPEND large one", "SET between 1", "APPEND large two", "SET behind 1");
            await server.KillAsync();
        }

        // As a power cut may leave it.
        using (var file = new FileStream(data.Values.Single(), FileMode.Open))
            file.SetLength(400_003);

        Assert.Equal(["400003", "\"1\"", "(null)", "400006"], await data.RunAsync("STRLEN large", "GET between", "GET behind", "APPEND large new"));
        Assert.Equal(["\"vonenew\""], await data.RunAsync("GETRANGE large 399999 -1"));
    }

    [Fact]
    public async Task Expiry_metadata_and_encoding_stay_with_a_value_that_is_changed()
    {
        using var data = new KeptData();
        await using (var server = await data.StartAsync())
        {
            await using var client = await server.ConnectAsync();
            await client.ExecuteAsync("KV.PUT", "key", Long, "EXAT", "4102444800", "META", "{\"a\":1}");
            await client.ExecuteAsync("APPEND", "key", "more");
            await client.ExecuteAsync("MULTI");
            await client.ExecuteAsync("SETRANGE", "key", "10003", "----");
            await client.ExecuteAsync("APPEND", "key", "end");
            await client.ExecuteAsync("EXEC");
            await server.KillAsync();
        }

        Assert.Equal(
            ["4102444800", "\"mor----end\"", "\"raw\"", "10010"],
            await data.RunAsync("EXPIRETIME key", "GETRANGE key 10000 -1", "OBJECT ENCODING key", "STRLEN key"));
        Assert.Contains("{\"a\":1}", (await data.RunAsync("KV.META key"))[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("DEL key")]
    [InlineData("SET key other")]
    [InlineData("FLUSHALL")]
    [InlineData("RENAME key elsewhere")]
    [InlineData("PEXPIREAT key 1")]
    public async Task What_becomes_of_a_changed_value_after_a_checkpoint_has_begun_is_what_counts(string command)
    {
        using var data = new KeptData();
        string before;
        await using (var server = await data.StartAsync())
        {
            await using var client = await server.ConnectAsync();
            // The scan has to pass these first, so that it finds what the commands behind it have left.
            await FillAsync(client, 40);
            await client.ExecuteAsync("SET", "key", Long);
            await client.SendCommandAsync("BGSAVE");
            await client.SendCommandAsync("APPEND", "key", "more");
            await client.SendCommandAsync([.. command.Split(' ').Select(word => (RespArgument)word)]);
            for (var i = 0; i < 3; i++)
                await client.ReadReplyAsync();
            await Commands.RunningServer.UntilAsync(async () => (await client.ExecuteAsync("INFO", "persistence")).Text.Contains("rdb_bgsave_in_progress:0", StringComparison.Ordinal));
            before = await ShowAsync(client);
            await server.KillAsync();
        }

        Assert.Equal(0, (await data.RespKvAsync("check")).ExitCode);
        await using var again = await data.StartAsync();
        await using var reader = await again.ConnectAsync();
        Assert.Equal(before, await ShowAsync(reader));
    }

    [Fact]
    public async Task A_change_of_a_value_that_is_not_there_is_refused_and_repaired_by_deleting_the_key()
    {
        using var data = new KeptData();
        await data.RunAsync("SET kept 1", $"SET key {Long}", "APPEND key more", "SET after 2");
        Blank(data.Segments[0], "key");

        await Assert.ThrowsAsync<InvalidOperationException>(() => data.StartAsync());
        var (exitCode, output, _) = await data.RespKvAsync("check");
        Assert.Equal(1, exitCode);
        Assert.Matches(@"damaged: the log changes at position \d+ a value that is not there as it was then, that of key ""key"" of namespace default\n  no server starts on it", output);
        (exitCode, output, _) = await data.RespKvAsync("repair", "--yes");
        Assert.Equal(0, exitCode);
        Assert.Contains("lost: key \"key\" of namespace default: its value is not known; it would be deleted", output, StringComparison.Ordinal);
        Assert.Equal(0, (await data.RespKvAsync("check")).ExitCode);
        Assert.Equal(["\"1\"", "(null)", "\"2\""], await data.RunAsync("GET kept", "GET key", "GET after"));
    }

    [Fact]
    public async Task What_follows_makes_a_value_known_again()
    {
        using var data = new KeptData();
        await data.RunAsync($"SET key {Long}", "APPEND key more", "APPEND key more", "SET key new", $"SET other {Long}", "APPEND other more", "DEL other");
        Blank(data.Segments[0], "key");
        Blank(data.Segments[0], "other");

        Assert.Equal(0, (await data.RespKvAsync("check")).ExitCode);
        Assert.Equal(["\"new\"", "(null)"], await data.RunAsync("GET key", "GET other"));
    }

    [Fact]
    public async Task Gathering_makes_the_changes_of_the_records_that_are_left()
    {
        using var data = new KeptData();
        await data.RunAsync("SET old 1", "SAVE");
        await data.RunAsync($"SET key {Long}", $"SET gap {Long}", "SAVE", "APPEND key more", "SETRANGE key 10010 end", "APPEND gap one", "APPEND gap two", "APPEND gap three");
        foreach (var checkpoint in data.Checkpoints)
            KeptData.FlipIn(checkpoint, "old");
        KeptData.FlipIn(data.Segments[1], "two");
        File.Delete(data.Segments[0]);

        var (exitCode, output, _) = await data.RespKvAsync("repair", "--yes");

        Assert.Equal(0, exitCode);
        Assert.Contains("no checkpoint can be used", output, StringComparison.Ordinal);
        Assert.Equal(["10013", "\"xmore\"", "\"end\""], await data.RunAsync("STRLEN key", "GETRANGE key 9999 10003", "GETRANGE key 10010 -1"));
        // The value of a moment that was, before the change that is lost.
        Assert.Equal(["10003", "\"xone\""], await data.RunAsync("STRLEN gap", "GETRANGE gap 9999 -1"));
    }

    [Fact]
    public async Task Inspect_counts_what_changed_values_take()
    {
        using var data = new KeptData();
        await data.RunAsync($"SET key {Long}", "APPEND key more");
        Assert.Matches(@"(?m)^default +1 +0 +3 +10004 +0 +0 +0 +0 +0 +0 +0$", (await data.RespKvAsync("inspect")).Output);
    }

    [Fact]
    public async Task A_folder_of_the_first_format_is_gone_on_with_and_one_of_a_later_format_is_refused_untouched()
    {
        using var data = new KeptData();
        await data.RunAsync($"SET key {Long}", "SAVE", $"SET other {Long}");
        foreach (var path in data.Checkpoints.Concat(data.Segments))
            CheckTests.WriteFormat(path, '1');

        await data.RunAsync("APPEND key more", "APPEND other more");

        Assert.Equal(["10004", "10004"], await data.RunAsync("STRLEN key", "STRLEN other"));
        Assert.Equal(0, (await data.RespKvAsync("check")).ExitCode);
        CheckTests.WriteFormat(data.Segments[^1], '9');
        File.Delete(Path.Combine(data.Path, "synced"));
        var before = data.Image();
        await Assert.ThrowsAsync<InvalidOperationException>(() => data.StartAsync());
        Assert.Equal(before, data.Image());
    }

    // Puts a filler in the place of the first frame that puts a key: all frames are whole then.
    private static void Blank(string segment, string key)
    {
        var bytes = File.ReadAllBytes(segment);
        using (var reader = FrameReader.Open(segment, isCheckpoint: false, out _)!)
        {
            while (reader.TryNext(out var frame))
            {
                if (frame.Kind != FrameKind.Put || !frame.StoredKey[1..].SequenceEqual(Encoding.ASCII.GetBytes(key)))
                    continue;
                var target = bytes.AsSpan((int)reader.Offset - frame.Length, frame.Length);
                LogFrame.Seal(target, frame.Position, FrameKind.Filler, frame.Length - LogFrame.HeaderBytes, 0);
                break;
            }
        }

        File.WriteAllBytes(segment, bytes);
    }

    private static async Task FillAsync(RespClient client, int megabytes)
    {
        var filler = new string('f', 20_000);
        for (var i = 0; i < megabytes * 50; i++)
            await client.SendCommandAsync("SET", "filler" + i.ToString(CultureInfo.InvariantCulture), filler);
        for (var i = 0; i < megabytes * 50; i++)
            await client.ReadReplyAsync();
    }

    private static async Task<string> ShowAsync(RespClient client) =>
        string.Join(' ', await Commands.RunningServer.RunAsync(client, "GET key", "GET elsewhere", "EXISTS key", "DBSIZE"));

    private static async Task<long> LogBytesAsync(RespClient client)
    {
        const string field = "aof_current_size:";
        var line = (await client.ExecuteAsync("INFO", "persistence")).Text.Split("\r\n").Single(line => line.StartsWith(field, StringComparison.Ordinal));
        return long.Parse(line[field.Length..], CultureInfo.InvariantCulture);
    }

    private static async Task SendAllAsync(RespClient client, int count, Func<int, string[]> words)
    {
        for (var from = 0; from < count; from += 1000)
        {
            var until = Math.Min(from + 1000, count);
            for (var i = from; i < until; i++)
                await client.SendCommandAsync([.. words(i).Select(word => (RespArgument)word)]);
            for (var i = from; i < until; i++)
                Assert.False((await client.ReadReplyAsync()).IsError);
        }
    }
}
