using System.Buffers.Binary;
using System.Globalization;
using RespKv.Server.Storage.Durability;
using RespKv.Tests.Commands;
using RespKv.Tests.Support;

namespace RespKv.Tests.Durability;

public sealed class DataFolderTests
{
    [Fact]
    public async Task A_folder_in_use_is_refused_until_its_server_is_gone()
    {
        using var folder = new TemporaryFolder();
        await using var first = await RespServerProcess.StartAsync("--dir", folder["data"]);

        var (exitCode, _, error) = await RespServerProcess.RunAsync("--dir", folder["data"], "--port", "0");

        Assert.NotEqual(0, exitCode);
        Assert.Equal($"respkv: the data folder {folder["data"]} is in use by another process", error.TrimEnd());
        await first.KillAsync();
        await using var next = await RespServerProcess.StartAsync("--dir", folder["data"]);
    }

    [Fact]
    public async Task A_folder_of_a_newer_format_is_refused_and_left_as_it_is()
    {
        using var folder = new TemporaryFolder();
        await using (var server = await RespServerProcess.StartAsync("--dir", folder["data"]))
            await server.StopAsync();
        var path = Directory.GetFiles(folder["data"], "log-*").Single();
        var bytes = await File.ReadAllBytesAsync(path);
        bytes[7] = (byte)'9';
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(60), ~Crc32C.Append(uint.MaxValue, bytes.AsSpan(0, 60)));
        await File.WriteAllBytesAsync(path, bytes);

        var (exitCode, _, error) = await RespServerProcess.RunAsync("--dir", folder["data"], "--port", FreePort.Next().ToString(CultureInfo.InvariantCulture));

        Assert.NotEqual(0, exitCode);
        Assert.Contains(Path.GetFileName(path), error, StringComparison.Ordinal);
        Assert.Contains("format 9", error, StringComparison.Ordinal);
        Assert.Equal(bytes, await File.ReadAllBytesAsync(path));
    }

    [Fact]
    public async Task Without_a_log_the_end_makes_a_checkpoint()
    {
        using var folder = new TemporaryFolder();
        await using (var server = await RespServerProcess.StartAsync("--dir", folder["data"], "--appendonly", "no"))
        {
            await using var client = await server.ConnectAsync();
            await client.ExecuteAsync("SET", "kept", "yes");
            await client.ExecuteAsync("SET", "large", new string('l', 600_000));
            await server.StopAsync();
            Assert.Equal(0, server.ExitCode);
        }

        await using var next = await RespServerProcess.StartAsync("--dir", folder["data"], "--appendonly", "no");
        await using var reader = await next.ConnectAsync();
        Assert.Equal("yes", (await reader.ExecuteAsync("GET", "kept")).Text);
        Assert.Equal(600_000, (await reader.ExecuteAsync("STRLEN", "large")).Integer);
    }

    [Fact]
    public async Task Without_a_log_a_kill_leaves_the_last_checkpoint()
    {
        using var folder = new TemporaryFolder();
        var server = await RespServerProcess.StartAsync("--dir", folder["data"], "--appendonly", "no");
        await using (var client = await server.ConnectAsync())
        {
            await client.ExecuteAsync("SET", "large", new string('1', 600_000));
            await client.ExecuteAsync("SET", "key", "1");
            Assert.Equal("OK", (await client.ExecuteAsync("SAVE")).Text);
            await client.ExecuteAsync("SET", "large", new string('2', 600_000));
            await client.ExecuteAsync("SET", "key", "2");
            await client.ExecuteAsync("SET", "other", "2");
        }

        await server.KillAsync();
        await server.DisposeAsync();

        await using var next = await RespServerProcess.StartAsync("--dir", folder["data"], "--appendonly", "no");
        await using var reader = await next.ConnectAsync();
        Assert.Equal(["\"1\"", "(null)", new string('1', 1)], [
            (await reader.ExecuteAsync("GET", "key")).ToString(),
            (await reader.ExecuteAsync("GET", "other")).ToString(),
            (await reader.ExecuteAsync("GETRANGE", "large", 599_999, 600_000)).Text]);
    }

    [Fact]
    public void A_log_that_was_begun_for_a_checkpoint_that_never_was_is_no_damage()
    {
        using var folder = new TemporaryFolder();
        using var data = DataFolder.Open(folder["data"]);
        var first = Write(data, 4096);
        Write(data, 1 << 20);

        var inspection = LogInspection.Of(data, 4096);

        Assert.Null(inspection.Fault);
        Assert.Equal(first, inspection.End);
    }

    [Fact]
    public async Task A_folder_whose_first_segment_has_no_header_yet_is_a_new_one()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["data"]);
        await File.WriteAllBytesAsync(Path.Combine(folder["data"], "log-00000000004294971392"), []);
        for (var run = 0; run < 3; run++)
        {
            await using var server = await RespServerProcess.StartAsync("--dir", folder["data"]);
            await using var client = await server.ConnectAsync();
            Assert.Equal(run + 1, (await client.ExecuteAsync("INCR", "runs")).Integer);
            await server.KillAsync();
        }
    }

    [Fact]
    public async Task What_a_large_value_has_replaced_while_a_checkpoint_was_made_is_not_missed()
    {
        using var folder = new TemporaryFolder();
        await using (var server = await RespServerProcess.StartAsync("--dir", folder["data"]))
        {
            await using var client = await server.ConnectAsync();
            await using var saver = await server.ConnectAsync();
            var saving = Task.Run(async () =>
            {
                for (var i = 0; i < 20; i++)
                    await saver.ExecuteAsync("SAVE");
            });
            for (var i = 0; !saving.IsCompleted; i++)
                await client.ExecuteAsync("SET", "large", new string((char)('a' + (i % 26)), 300_000));
            await saving;
            // Long enough for the files that are not needed any more to go.
            await client.ExecuteAsync("SET", "large", new string('z', 300_000));
            await RunningServer.UntilAsync(() => Task.FromResult(Directory.GetFiles(Path.Combine(folder["data"], "values")).Length <= 2));
            await server.KillAsync();
        }

        await using var next = await RespServerProcess.StartAsync("--dir", folder["data"]);
        await using var reader = await next.ConnectAsync();
        Assert.Equal(new string('z', 300_000), (await reader.ExecuteAsync("GET", "large")).Text);
    }

    [Fact]
    public async Task What_needs_a_file_that_cannot_be_made_is_refused_and_all_else_goes_on()
    {
        using var folder = new TemporaryFolder();
        await using var server = await RespServerProcess.StartAsync("--dir", folder["data"]);
        await using var client = await server.ConnectAsync();
        var values = Path.Combine(folder["data"], "values");
        await client.ExecuteAsync("SET", "large", new string('l', 300_000));
        Directory.Move(values, folder["elsewhere"]);

        var refused = (await client.ExecuteAsync("SET", "large", new string('m', 300_000))).Text;
        var small = (await client.ExecuteAsync("SET", "small", "written")).Text;
        Directory.Move(folder["elsewhere"], values);

        Assert.StartsWith("MISCONF ", refused, StringComparison.Ordinal);
        Assert.Equal("OK", small);
        Assert.Equal("ll", (await client.ExecuteAsync("GETRANGE", "large", 0, 1)).Text);
        Assert.Equal("OK", (await client.ExecuteAsync("SET", "large", new string('m', 300_000))).Text);
        Assert.Equal("OK", (await client.ExecuteAsync("SAVE")).Text);
        await server.KillAsync();
    }

    // A log of its own in the folder, ended in order; returns where it ends.
    private static ulong Write(DataFolder folder, ulong start)
    {
        using var log = new WriteLog(start);
        log.Start(folder, 0, 0);
        log.AppendNamespace("name" + start.ToString(CultureInfo.InvariantCulture), 1, takesAway: true);
        log.SyncUpTo(log.Tail, () => false).Wait();
        SpinWait.SpinUntil(() => log.Written == log.Tail);
        return log.Tail;
    }
}
