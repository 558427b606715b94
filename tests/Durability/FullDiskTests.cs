using System.Diagnostics;
using System.Globalization;
using RespKv.Protocol;
using RespKv.Tests.Commands;
using RespKv.Tests.Support;

namespace RespKv.Tests.Durability;

public sealed class FullDiskTests
{
    private const int Megabytes = 40;
    private static readonly TimeSpan ResumeLimit = TimeSpan.FromSeconds(5);

    [RootTheory]
    [InlineData("always", 4000)]
    [InlineData("everysec", 4000)]
    [InlineData("everysec", 500_000)]
    [InlineData("always", 500_000)]
    public async Task A_full_disk_refuses_writers_serves_readers_and_loses_nothing(string fsync, int valueBytes)
    {
        using var disk = new SmallDisk(Megabytes);
        var server = await RespServerProcess.StartAsync("--dir", disk.Folder, "--appendfsync", fsync);
        await using var client = await server.ConnectAsync();
        await client.ExecuteAsync("SET", "before", "kept");
        disk.FillAllBut(4 << 20);

        var acknowledged = 0;
        await using var writer = await server.ConnectAsync();
        writer.Timeout = TimeSpan.FromSeconds(60);
        using var isRoomAgain = new CancellationTokenSource();
        var last = WriteUntilRefusedAsync(writer, valueBytes, () => acknowledged++, isRoomAgain.Token);
        await RunningServer.UntilAsync(async () => await IsAcceptedAsync(server, valueBytes) == false);

        Assert.True(acknowledged > 0, "Nothing was written before the disk was full.");
        Assert.Equal("kept", (await client.ExecuteAsync("GET", "before")).Text);
        Assert.Equal(valueBytes, (await client.ExecuteAsync("STRLEN", "key:0")).Integer);
        Assert.False(server.HasExited);

        await isRoomAgain.CancelAsync();
        disk.Empty();
        var since = Stopwatch.StartNew();
        await RunningServer.UntilAsync(async () => await IsAcceptedAsync(server, valueBytes) == true);
        Assert.True(since.Elapsed < ResumeLimit, $"It took {since.Elapsed.TotalSeconds} s.");

        // What was withheld is written now; what was refused was not executed.
        var (index, reply) = await last;
        Assert.True(reply == "OK" || reply.StartsWith("MISCONF", StringComparison.Ordinal), reply);
        Assert.Equal("OK", (await client.ExecuteAsync("SET", Key(index), "again")).Text);
        await server.KillAsync();
        await server.DisposeAsync();
        await using var next = await RespServerProcess.StartAsync("--dir", disk.Folder);
        await using var reader = await next.ConnectAsync();
        Assert.Equal("kept", (await reader.ExecuteAsync("GET", "before")).Text);
        Assert.Equal("again", (await reader.ExecuteAsync("GET", Key(index))).Text);
        for (var i = 0; i < acknowledged; i++)
            Assert.Equal(Value(i, valueBytes), (await reader.ExecuteAsync("GET", Key(i))).Text);
    }

    [RootTheory]
    [InlineData("MSET", true)]
    [InlineData("EXEC", true)]
    [InlineData("EVAL", true)]
    [InlineData("MSET", false)]
    public async Task A_unit_larger_than_memory_holds_for_the_log_lets_others_read_while_it_waits_for_room(string kind, bool roomComes)
    {
        using var disk = new SmallDisk(64);
        var server = await RespServerProcess.StartAsync("--dir", disk.Folder);
        await using var client = await server.ConnectAsync();
        await client.ExecuteAsync("SET", "before", "kept");
        disk.FillAllBut(1 << 20);

        await using var writer = await server.ConnectAsync();
        writer.Timeout = TimeSpan.FromSeconds(60);
        var unit = WriteUnitAsync(writer, kind);
        await RunningServer.UntilAsync(async () => await IsAcceptedAsync(server, 100) == false);
        Assert.Equal("kept", (await client.ExecuteAsync("GET", "before")).Text);
        Assert.False(unit.IsCompleted);

        if (roomComes)
        {
            disk.Empty();
            await unit.WaitAsync(ResumeLimit);
        }

        await server.KillAsync();
        await server.DisposeAsync();
        disk.Empty();
        await using var next = await RespServerProcess.StartAsync("--dir", disk.Folder);
        await using var reader = await next.ConnectAsync();
        Assert.Equal("kept", (await reader.ExecuteAsync("GET", "before")).Text);
        Assert.Equal(roomComes ? UnitKeys : 0, (await reader.ExecuteAsync("KEYS", "unit:*")).Items.Count);
        if (!roomComes)
            await Assert.ThrowsAnyAsync<IOException>(() => unit);
    }

    [RootTheory]
    [InlineData("FLUSHALL")]
    [InlineData("FLUSHDB")]
    [InlineData("SWAPDB 0 1")]
    [InlineData("KV.DROP default")]
    [InlineData("EVAL return{redis.call('FLUSHALL')} 0")]
    [InlineData("MULTI|FLUSHALL|SET\ta\tb|EXEC")]
    public async Task What_empties_or_exchanges_databases_is_refused_by_a_full_disk_and_others_read_on(string commands)
    {
        using var disk = new SmallDisk(8);
        await using var server = await RespServerProcess.StartAsync("--dir", disk.Folder);
        await using var client = await server.ConnectAsync();
        await client.ExecuteAsync("SET", "before", "kept");
        disk.FillAllBut(0);

        var refused = await LastAsync(client, commands);
        await using var reader = await server.ConnectAsync();
        var read = (await reader.ExecuteAsync("GET", "before")).Text;
        disk.Empty();
        var accepted = await LastAsync(client, commands);

        Assert.Contains("MISCONF Errors writing to the AOF file: No space left on device", refused, StringComparison.Ordinal);
        Assert.Equal("kept", read);
        Assert.DoesNotContain("MISCONF", accepted, StringComparison.Ordinal);
        Assert.Equal("(null)", (await reader.ExecuteAsync("GET", "before")).ToString());
    }

    [RootFact]
    public async Task A_script_that_has_emptied_a_database_is_refused_what_a_full_disk_has_no_room_for_and_others_read_on()
    {
        using var disk = new SmallDisk(64);
        var server = await RespServerProcess.StartAsync("--dir", disk.Folder);
        await using var client = await server.ConnectAsync();
        await client.ExecuteAsync("SET", "before", "kept");
        disk.FillAllBut(8 << 20);

        const string Script = "redis.call('FLUSHALL') for i=1,100 do local r=redis.pcall('SET','unit:'..i,string.rep('v',200000)) if r.err then return r.err..' '..i end end return 'all'";
        var reply = (await client.ExecuteAsync("EVAL", Script, "0")).Text;
        await using var reader = await server.ConnectAsync();
        var kept = (await reader.ExecuteAsync("DBSIZE")).Integer;

        Assert.Contains("MISCONF Errors writing to the AOF file: No space left on device", reply, StringComparison.Ordinal);
        Assert.Equal(int.Parse(reply.Split(' ')[^1], CultureInfo.InvariantCulture) - 1, kept);
        Assert.True(kept > 0, reply);
        await server.KillAsync();
        await server.DisposeAsync();
        disk.Empty();
        await using var next = await RespServerProcess.StartAsync("--dir", disk.Folder);
        await using var again = await next.ConnectAsync();
        Assert.Equal(kept, (await again.ExecuteAsync("DBSIZE")).Integer);
    }

    [RootFact]
    public async Task A_server_on_a_full_disk_rests_and_ends_when_told_to()
    {
        using var disk = new SmallDisk(Megabytes);
        await using var server = await RespServerProcess.StartAsync("--dir", disk.Folder);
        await using var client = await server.ConnectAsync();
        disk.FillAllBut(64 << 10);
        await using var writer = await server.ConnectAsync();
        writer.Timeout = TimeSpan.FromSeconds(60);
        var last = WriteUntilRefusedAsync(writer, 4000, () => { }, CancellationToken.None);
        await RunningServer.UntilAsync(async () => await IsAcceptedAsync(server, 4000) == false);

        var before = ProcessFigures.ProcessorTime(server.ProcessId);
        await Task.Delay(1000);
        var used = ProcessFigures.ProcessorTime(server.ProcessId) - before;
        var since = Stopwatch.StartNew();
        await server.StopAsync();

        Assert.True(used < TimeSpan.FromMilliseconds(500), $"It used {used.TotalMilliseconds} ms of a second.");
        Assert.Equal(0, server.ExitCode);
        Assert.True(since.Elapsed < TimeSpan.FromSeconds(8), $"It took {since.Elapsed.TotalSeconds} s.");
        // Where a probe was the one that met the full disk, the writer was refused instead of held.
        if (await Xunit.Record.ExceptionAsync(() => last) is { } error)
            Assert.IsAssignableFrom<IOException>(error);
        else
            Assert.StartsWith("MISCONF ", (await last).Reply, StringComparison.Ordinal);
    }

    private const int UnitKeys = 100;

    // 20 MB in one unit: more than the log's ring.
    private static async Task WriteUnitAsync(RespClient client, string kind)
    {
        var pairs = Enumerable.Range(0, UnitKeys).Select(i => new RespArgument[] { "unit:" + Key(i), Value(i, 200_000) }).ToList();
        if (kind == "MSET")
        {
            Assert.Equal("OK", (await client.ExecuteAsync(["MSET", .. pairs.SelectMany(pair => pair)], CancellationToken.None)).Text);
            return;
        }

        if (kind == "EVAL")
        {
            const string Script = "for i=1,tonumber(ARGV[1]) do redis.call('SET','unit:'..i,string.rep('v',200000)) end return 'OK'";
            Assert.Equal("OK", (await client.ExecuteAsync("EVAL", Script, "0", UnitKeys)).Text);
            return;
        }

        await client.ExecuteAsync("MULTI");
        foreach (var pair in pairs)
            Assert.Equal("QUEUED", (await client.ExecuteAsync(["SET", .. pair], CancellationToken.None)).Text);
        Assert.Equal(UnitKeys, (await client.ExecuteAsync("EXEC")).Items.Count);
    }

    // Commands parted by |, their words by spaces or tabs; the last one's reply as text.
    private static async Task<string> LastAsync(RespClient client, string commands)
    {
        var reply = "";
        foreach (var command in commands.Split('|'))
            reply = (await client.ExecuteAsync([.. command.Split([' ', '\t']).Select(word => (RespArgument)word)], CancellationToken.None)).ToString();
        return reply;
    }

    private static string Key(int i) => "key:" + i.ToString(CultureInfo.InvariantCulture);

    private static string Value(int i, int bytes) => Key(i).PadRight(bytes, '.');

    private static async Task<(int Index, string Reply)> WriteUntilRefusedAsync(RespClient client, int valueBytes, Action acknowledged, CancellationToken enough)
    {
        for (var i = 0; ; i++)
        {
            var reply = (await client.ExecuteAsync(["SET", Key(i), Value(i, valueBytes)], CancellationToken.None)).Text;
            if (reply != "OK" || enough.IsCancellationRequested)
                return (i, reply);
            acknowledged();
        }
    }

    // Whether a write is answered by OK, or by an error; null where it waits for room, as the one does that finds the disk full.
    private static async Task<bool?> IsAcceptedAsync(RespServerProcess server, int valueBytes)
    {
        await using var prober = await server.ConnectAsync();
        prober.Timeout = TimeSpan.FromSeconds(2);
        try
        {
            var reply = await prober.ExecuteAsync("SET", "probe", new string('p', valueBytes));
            Assert.True(!reply.IsError || reply.Text.StartsWith("MISCONF ", StringComparison.Ordinal), reply.Text);
            return !reply.IsError;
        }
        catch (TimeoutException)
        {
            return null;
        }
    }
}
