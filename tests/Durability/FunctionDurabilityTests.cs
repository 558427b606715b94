using System.Globalization;
using RespKv.Protocol;
using RespKv.Tests.Commands;
using RespKv.Tests.Support;

namespace RespKv.Tests.Durability;

/// <summary>Libraries of functions after the server was killed or ended, in backups, and in the tools that look at a folder.</summary>
public sealed class FunctionDurabilityTests
{
    [Fact]
    public async Task Libraries_are_there_after_a_kill()
    {
        using var data = new KeptData();
        await using (var server = await data.StartAsync())
        {
            await using var client = await server.ConnectAsync();
            await LoadAsync(client, "one", 1);
            await LoadAsync(client, "two", 2);
            await LoadAsync(client, "two", 22, "REPLACE");
            await LoadAsync(client, "three", 3);
            await RunningServer.RunAsync(client, "FUNCTION DELETE three", "FLUSHALL");
            await server.KillAsync();
        }

        await AssertHasAsync(data, ("one", 1), ("two", 22));
    }

    [Fact]
    public async Task A_flush_and_what_is_loaded_behind_it_are_kept()
    {
        using var data = new KeptData();
        await using (var server = await data.StartAsync())
        {
            await using var client = await server.ConnectAsync();
            await LoadAsync(client, "before", 1);
            Assert.Equal("OK", (await client.ExecuteAsync("SAVE")).Text);
            Assert.Equal("OK", (await client.ExecuteAsync("FUNCTION", "FLUSH")).Text);
            await LoadAsync(client, "after", 2);
            await server.KillAsync();
        }

        await AssertHasAsync(data, ("after", 2));
    }

    [Theory]
    [InlineData("APPEND", new[] { "here", "new" })]
    [InlineData("FLUSH", new[] { "new" })]
    public async Task What_a_restore_brings_is_kept(string policy, string[] names)
    {
        using var data = new KeptData();
        await using (var server = await data.StartAsync())
        {
            await using var client = await server.ConnectAsync();
            await LoadAsync(client, "new", 5);
            var payload = (await client.ExecuteAsync("FUNCTION", "DUMP")).Bytes;
            await client.ExecuteAsync("FUNCTION", "FLUSH");
            await LoadAsync(client, "here", 5);
            Assert.Equal("OK", (await client.ExecuteAsync("FUNCTION", "RESTORE", payload.ToArray(), policy)).Text);
            await server.KillAsync();
        }

        await AssertHasAsync(data, [.. names.Select(name => (name, 5))]);
    }

    [Fact]
    public async Task Libraries_are_in_checkpoints()
    {
        using var data = new KeptData();
        await using (var server = await data.StartAsync("--appendonly", "no"))
        {
            await using var client = await server.ConnectAsync();
            await LoadAsync(client, "saved", 1);
            Assert.Equal("OK", (await client.ExecuteAsync("SAVE")).Text);
            await LoadAsync(client, "lost", 2);
            await server.KillAsync();
        }

        await AssertHasAsync(data, ("saved", 1));
    }

    [Fact]
    public async Task An_orderly_end_saves_a_library_where_writes_are_not_logged()
    {
        using var data = new KeptData();
        await using (var server = await data.StartAsync("--appendonly", "no"))
        {
            await using var client = await server.ConnectAsync();
            await LoadAsync(client, "only", 1);
            await server.StopAsync();
        }

        await AssertHasAsync(data, ("only", 1));
    }

    [Fact]
    public async Task A_library_that_takes_many_frames_is_kept()
    {
        using var data = new KeptData();
        var comment = new string('x', 5_000_000);
        await using (var server = await data.StartAsync())
        {
            await using var client = await server.ConnectAsync();
            await LoadAsync(client, "long", 1, comment: comment);
            Assert.Equal("OK", (await client.ExecuteAsync("SAVE")).Text);
            await LoadAsync(client, "longer", 2, comment: comment + comment);
            await server.KillAsync();
        }

        await AssertHasAsync(data, ("long", 1), ("longer", 2));
    }

    [Fact]
    public async Task A_transaction_with_a_library_is_kept_whole()
    {
        using var data = new KeptData();
        await using (var server = await data.StartAsync())
        {
            await using var client = await server.ConnectAsync();
            await client.ExecuteAsync("MULTI");
            await client.ExecuteAsync("SET", "a", "1");
            await client.ExecuteAsync("FUNCTION", "LOAD", Source("inside", 7, ""));
            await client.ExecuteAsync("FCALL", "inside_f", "0");
            Assert.Equal(3, (await client.ExecuteAsync("EXEC")).Items.Count);
            await server.KillAsync();
        }

        await using var again = await data.StartAsync();
        await using var reader = await again.ConnectAsync();
        Assert.Equal(["\"1\"", "7"], await RunningServer.RunAsync(reader, "GET a", "FCALL inside_f 0"));
    }

    [Fact]
    public async Task A_backup_has_them()
    {
        using var data = new KeptData();
        await using var server = await data.StartAsync();
        await using var client = await server.ConnectAsync();
        await LoadAsync(client, "copied", 9);
        Assert.Equal("OK", (await client.ExecuteAsync("KV.BACKUP", data.Beside("copy"))).Text);

        await using var copy = await RespServerProcess.StartAsync("--dir", data.Beside("copy"));
        await using var reader = await copy.ConnectAsync();
        Assert.Equal(["9"], await RunningServer.RunAsync(reader, "FCALL copied_f 0"));
    }

    [Fact]
    public async Task Check_and_inspect_count_them()
    {
        using var data = new KeptData();
        await using (var server = await data.StartAsync())
        {
            await using var client = await server.ConnectAsync();
            await LoadAsync(client, "one", 1);
            await LoadAsync(client, "two", 2);
            await client.ExecuteAsync("FUNCTION", "DELETE", "one");
        }

        var check = await data.RespKvAsync("check");
        Assert.Equal(0, check.ExitCode);
        Assert.Contains(", 1 libraries of functions; ", check.Output, StringComparison.Ordinal);
        var inspect = await data.RespKvAsync("inspect");
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"\nfunctions: 1 libraries, {Source("two", 2, "").Length} bytes of source\n"), inspect.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_repair_of_the_last_resort_keeps_them()
    {
        using var data = new KeptData();
        await using (var server = await data.StartAsync("--appendonly", "no"))
        {
            await using var client = await server.ConnectAsync();
            await LoadAsync(client, "left", 4);
            await RunningServer.RunAsync(client, "SET damaged value", "SET whole 1", "SAVE");
            await server.KillAsync();
        }

        KeptData.FlipIn(data.Checkpoints[0], "damaged");
        Assert.Equal(0, (await data.RespKvAsync("repair", "--yes")).ExitCode);

        await using var again = await data.StartAsync();
        await using var reader = await again.ConnectAsync();
        Assert.Equal(["4", "\"1\""], await RunningServer.RunAsync(reader, "FCALL left_f 0", "GET whole"));
    }

    private static async Task AssertHasAsync(KeptData data, params (string Name, int Result)[] libraries)
    {
        await using var server = await data.StartAsync();
        await using var client = await server.ConnectAsync();
        var names = (await client.ExecuteAsync("FUNCTION", "LIST")).Items.Select(library => library[1].Text);
        Assert.Equal(libraries.Select(l => l.Name).Order(StringComparer.Ordinal), names.Order(StringComparer.Ordinal));
        foreach (var (name, result) in libraries)
            Assert.Equal(result, (await client.ExecuteAsync("FCALL", name + "_f", "0")).Integer);
    }

    private static async Task LoadAsync(RespClient client, string name, int result, string option = "", string comment = "")
    {
        var source = Source(name, result, comment);
        var reply = option.Length == 0 ? await client.ExecuteAsync("FUNCTION", "LOAD", source) : await client.ExecuteAsync("FUNCTION", "LOAD", option, source);
        Assert.Equal(name, reply.Text);
    }

    private static string Source(string name, int result, string comment) =>
        string.Create(CultureInfo.InvariantCulture, $"#!lua name={name}\n-- {comment}\nredis.register_function('{name}_f', function() return {result} end)");
}
