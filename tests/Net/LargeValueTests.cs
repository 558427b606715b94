using System.Diagnostics;
using System.Text;
using RespKv.Protocol;

namespace RespKv.Tests.Net;

/// <summary>Values that are taken in as they arrive and are sent from where they are: in memory, or in files.</summary>
public sealed class LargeValueTests
{
    private const int MiB = 1024 * 1024;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Every_command_that_takes_or_gives_a_string_takes_and_gives_a_large_one(bool hasFolder)
    {
        await using var server = await LargeValueServer.StartAsync(hasFolder);
        await using var client = await server.ConnectAsync();
        byte[] a = LargeValueServer.Bytes(1, 300_000), b = LargeValueServer.Bytes(2, MiB + 1), c = LargeValueServer.Bytes(3, 5 * MiB);

        Assert.Equal("OK", (await client.ExecuteAsync("SET", "k", a, "EX", "1000", "NX")).Text);
        Assert.Equal(a, (await client.ExecuteAsync("GET", "k")).Bytes.ToArray());
        Assert.InRange((await client.ExecuteAsync("TTL", "k")).Integer, 900, 1000);
        Assert.True((await client.ExecuteAsync("SET", "k", b, "NX")).IsNull);
        Assert.Equal(a, (await client.ExecuteAsync("SET", "k", b, "GET", "KEEPTTL")).Bytes.ToArray());
        Assert.Equal(b, (await client.ExecuteAsync("GETSET", "k", c)).Bytes.ToArray());
        Assert.Equal(c[1000..400_001], (await client.ExecuteAsync("GETRANGE", "k", 1000, 400_000)).Bytes.ToArray());
        Assert.Equal(c[^10..], (await client.ExecuteAsync("GETRANGE", "k", -10, -1)).Bytes.ToArray());
        Assert.Equal(c, (await client.ExecuteAsync("GETEX", "k", "PERSIST")).Bytes.ToArray());
        Assert.Equal(c.Length + a.Length, (await client.ExecuteAsync("APPEND", "k", a)).Integer);
        Assert.Equal(Joined(c, a), (await client.ExecuteAsync("GETDEL", "k")).Bytes.ToArray());
        Assert.Equal("OK", (await client.ExecuteAsync("SETEX", "e", 1000, b)).Text);
        Assert.Equal("OK", (await client.ExecuteAsync("PSETEX", "p", 1_000_000, a)).Text);
        Assert.Equal(1, (await client.ExecuteAsync("SETNX", "n", c)).Integer);
        Assert.Equal(b.Length, (await client.ExecuteAsync("SETRANGE", "e", 5, a)).Integer);
        Assert.Equal(Joined(b[..5], a, b[(5 + a.Length)..]), (await client.ExecuteAsync("GET", "e")).Bytes.ToArray());
        Assert.Equal("OK", (await client.ExecuteAsync("MSET", "m", a, "o", b)).Text);
        Assert.Equal([a, b, c], (await client.ExecuteAsync("MGET", "m", "o", "n")).Items.Select(item => item.Bytes.ToArray()));
        Assert.Equal("OK", (await client.ExecuteAsync("KV.PUT", "v", c, "META", "{\"a\":1}")).Text);
        Assert.Equal(c, (await client.ExecuteAsync("KV.GET", "v")).Bytes.ToArray());
        Assert.Equal(1, (await client.ExecuteAsync("COPY", "v", "w")).Integer);
        Assert.Equal("OK", (await client.ExecuteAsync("RENAME", "w", "x")).Text);
        Assert.Equal("OK", (await client.ExecuteAsync("RESTORE", "y", 0, (await client.ExecuteAsync("DUMP", "x")).Bytes.ToArray())).Text);
        Assert.Equal(c, (await client.ExecuteAsync("GET", "y")).Bytes.ToArray());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Replies_keep_the_order_of_their_requests(bool hasFolder)
    {
        await using var server = await LargeValueServer.StartAsync(hasFolder);
        await using var client = await server.ConnectAsync();
        byte[] a = LargeValueServer.Bytes(1, 3 * MiB), b = LargeValueServer.Bytes(2, 400_000);
        await client.ExecuteAsync("SET", "a", a);
        await client.ExecuteAsync("SET", "b", b);

        await client.SendAsync(Requests(
            ["PING"], ["GET", "a"], ["ECHO", "1"], ["MGET", "b", "none", "a"], ["CLIENT", "REPLY", "SKIP"], ["GET", "a"], ["SET", "b", a], ["GET", "b"], ["SELECT", "1"], ["GET", "a"],
            ["SELECT", "0"], ["MULTI"], ["GET", "a"], ["GET", "b"], ["EXEC"], ["GETRANGE", "a", "1", "2000000"], ["PING", "end"]));

        Assert.Equal("PONG", (await client.ReadReplyAsync()).Text);
        Assert.Equal(a, (await client.ReadReplyAsync()).Bytes.ToArray());
        Assert.Equal("1", (await client.ReadReplyAsync()).Text);
        Assert.Equal([b, [], a], (await client.ReadReplyAsync()).Items.Select(item => item.IsNull ? [] : item.Bytes.ToArray()));
        Assert.Equal("OK", (await client.ReadReplyAsync()).Text);
        Assert.Equal(a, (await client.ReadReplyAsync()).Bytes.ToArray());
        Assert.Equal("OK", (await client.ReadReplyAsync()).Text);
        Assert.True((await client.ReadReplyAsync()).IsNull);
        Assert.Equal(["OK", "OK", "QUEUED", "QUEUED"], [.. await TextsAsync(client, 4)]);
        Assert.Equal([a, a], (await client.ReadReplyAsync()).Items.Select(item => item.Bytes.ToArray()));
        Assert.Equal(a[1..2_000_001], (await client.ReadReplyAsync()).Bytes.ToArray());
        Assert.Equal("end", (await client.ReadReplyAsync()).Text);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_value_stays_for_its_reader_until_it_has_been_sent(bool hasFolder)
    {
        await using var server = await LargeValueServer.StartAsync(hasFolder);
        await using var client = await server.ConnectAsync();
        byte[] old = LargeValueServer.Bytes(1, 25 * MiB), next = LargeValueServer.Bytes(2, 25 * MiB);
        await client.ExecuteAsync("SET", "k", old);

        using var first = await SlowReader.AskAsync(server.Process.Port, "k", old.Length);
        await client.ExecuteAsync("SET", "k", next);
        using var second = await SlowReader.AskAsync(server.Process.Port, "k", next.Length);
        await client.ExecuteAsync("SETRANGE", "k", 0, "changed");
        await client.ExecuteAsync("DEL", "k");
        await client.ExecuteAsync("FLUSHALL");

        Assert.Equal(old, await first.TakeAsync());
        Assert.Equal(next, await second.TakeAsync());
        await HostileServer.UntilAsync(async () => await LargeValueServer.InfoAsync(client, "large_value_bytes") == 0 && (!hasFolder || server.ValueFiles == 0));
    }

    [Fact]
    public async Task A_value_that_its_last_reader_leaves_when_nothing_is_written_any_more_leaves_no_file()
    {
        await using var server = await LargeValueServer.StartAsync(hasFolder: true);
        await using var client = await server.ConnectAsync();
        var value = LargeValueServer.Bytes(1, 25 * MiB);
        await client.ExecuteAsync("SET", "k", value);
        using var reader = await SlowReader.AskAsync(server.Process.Port, "k", value.Length);
        await client.ExecuteAsync("DEL", "k");
        // The log has come to rest: nothing has been added to it for longer than it goes without a sync.
        var (bytes, since) = (0L, Stopwatch.StartNew());
        await HostileServer.UntilAsync(() =>
        {
            if (server.LogBytes is var now && now != bytes)
                (bytes, since) = (now, Stopwatch.StartNew());
            return Task.FromResult(since.Elapsed > TimeSpan.FromSeconds(2.5));
        });

        Assert.Equal(value, await reader.TakeAsync());
        await HostileServer.UntilAsync(() => Task.FromResult(server.ValueFiles == 0));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Readers_see_one_value_or_the_other_and_never_a_mix(bool hasFolder)
    {
        await using var server = await LargeValueServer.StartAsync(hasFolder);
        await using var writer = await server.ConnectAsync();
        await using var reader = await server.ConnectAsync();
        var values = Enumerable.Range(0, 4).Select(i => Enumerable.Repeat((byte)('a' + i), MiB + i).ToArray()).ToArray();
        await writer.ExecuteAsync("SET", "k", values[0]);

        var writing = Task.Run(async () =>
        {
            for (var i = 0; i < 60; i++)
                await writer.ExecuteAsync("SET", "k", values[i % 4]);
        });
        while (!writing.IsCompleted)
        {
            var seen = (await reader.ExecuteAsync("GET", "k")).Bytes.ToArray();
            Assert.Equal(values[seen[0] - 'a'], seen);
        }

        await writing;
    }

    [Fact]
    public async Task A_pipeline_that_is_written_before_anything_is_read_gets_through()
    {
        await using var server = await LargeValueServer.StartAsync(hasFolder: false);
        await using var client = await server.ConnectAsync();
        var value = LargeValueServer.Bytes(1, MiB);

        await client.SendAsync(Requests([.. Enumerable.Range(0, 30).SelectMany(i => new RespArgument[][] { ["SET", $"k{i}", value], ["GET", $"k{i}"] })]));

        var replies = new List<byte[]>();
        while (replies.Count < 60)
            replies.Add((await client.ReadReplyAsync()).Bytes.ToArray());
        Assert.All(replies.Where((_, i) => i % 2 == 1), reply => Assert.Equal(value, reply));
    }

    [Fact]
    public async Task Eight_clients_that_move_25_MiB_at_once_cost_buffers_and_no_copies()
    {
        await using var server = await LargeValueServer.StartAsync(hasFolder: true);
        var clients = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => server.ConnectAsync()));
        var values = Enumerable.Range(0, 8).Select(i => LargeValueServer.Bytes(i, 25 * MiB)).ToArray();
        // What the first large value brings with it is not what is looked at.
        await clients[0].ExecuteAsync("SET", "warm", values[0]);
        await clients[0].ExecuteAsync("GET", "warm");
        var before = server.OwnBytes;

        var most = await MostWhileAsync(Task.WhenAll(clients.Select((client, i) => client.ExecuteAsync("SET", $"k{i}", values[i]))), () => server.OwnBytes);
        var gets = clients.Select((client, i) => client.ExecuteAsync("GET", $"k{i}")).ToArray();
        most = Math.Max(most, await MostWhileAsync(Task.WhenAll(gets), () => server.OwnBytes));

        Assert.InRange(most - before, long.MinValue, 60 * MiB);
        Assert.Equal(values, gets.Select(get => get.Result.Bytes.ToArray()));
        await Task.WhenAll(clients.Select(client => client.DisposeAsync().AsTask()));
    }

    [Fact]
    public async Task Replies_that_are_values_cost_nothing_while_nobody_reads_them()
    {
        await using var server = await LargeValueServer.StartAsync(hasFolder: false);
        await using var observer = await server.ConnectAsync();
        var value = LargeValueServer.Bytes(1, MiB);
        await observer.ExecuteAsync("SET", "k", value);
        var clients = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => server.ConnectAsync()));
        await Task.WhenAll(clients.Select(client => client.ExecuteAsync("CLIENT", "SETNAME", "silent")));
        var before = server.OwnBytes;

        // 2.5 GB in all.
        await Task.WhenAll(clients.Select(client => client.SendAsync(Requests([.. Enumerable.Repeat<RespArgument[]>(["GET", "k"], 64)]))));
        await HostileServer.UntilAsync(async () => (await HostileServer.FieldsAsync(observer, "silent", "omem")).Count(unread => unread > 50 * MiB) == 40);

        Assert.InRange(server.OwnBytes - before, long.MinValue, 120 * MiB);
        Assert.Equal(value, (await clients[0].ReadReplyAsync()).Bytes.ToArray());
        Assert.Equal(value, (await clients[39].ReadReplyAsync()).Bytes.ToArray());
        await Task.WhenAll(clients.Select(client => client.DisposeAsync().AsTask()));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_upload_that_is_broken_off_leaves_nothing(bool hasFolder)
    {
        await using var server = await LargeValueServer.StartAsync(hasFolder);
        await using var observer = await server.ConnectAsync();
        await observer.ExecuteAsync("SET", "k", "old");
        var before = server.OwnBytes;
        var client = await server.ConnectAsync();
        await client.ExecuteAsync("CLIENT", "SETNAME", "uploader");

        await client.SendAsync(Encoding.ASCII.GetBytes($"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n${25 * MiB}\r\n"));
        await client.SendAsync(new byte[20 * MiB]);
        await HostileServer.UntilAsync(async () => (await HostileServer.FieldsAsync(observer, "uploader", "qbuf"))[0] > 20 * MiB);
        Assert.Equal("old", (await observer.ExecuteAsync("GET", "k")).Text);
        await client.DisposeAsync();

        await HostileServer.UntilAsync(() => Task.FromResult(server.OwnBytes - before < 10 * MiB && (!hasFolder || server.ValueFiles == 0)));
        Assert.Equal("old", (await observer.ExecuteAsync("GET", "k")).Text);
        Assert.Equal(0, await LargeValueServer.InfoAsync(observer, "large_value_bytes"));
    }

    [Theory]
    [InlineData("SET", "k")]
    [InlineData("SET", "k", "NX")]
    [InlineData("KV.PUT", "k", "XX")]
    public async Task An_upload_that_no_record_takes_leaves_nothing(string command, string key, string? option = null)
    {
        await using var server = await LargeValueServer.StartAsync(hasFolder: true);
        await using var client = await server.ConnectAsync();
        await client.ExecuteAsync("SET", "k", "old");
        await client.ExecuteAsync("DEL", option == "XX" ? "k" : "none");

        var reply = await client.ExecuteAsync(option == null ? [command, key, new byte[MiB], "BAD"] : [command, key, new byte[MiB], option]);

        Assert.True(reply.IsNull || reply.IsError);
        await HostileServer.UntilAsync(() => Task.FromResult(server.ValueFiles == 0));
        Assert.Equal("PONG", (await client.ExecuteAsync("PING")).Text);
    }

    [Fact]
    public async Task A_value_that_cannot_be_kept_is_refused_and_the_connection_goes_on()
    {
        await using var server = await LargeValueServer.StartAsync(hasFolder: true);
        await using var client = await server.ConnectAsync();
        Directory.Delete(server.ValuesPath);

        await client.SendAsync(Requests(["SET", "k", new byte[MiB]], ["PING"]));
        Assert.StartsWith("MISCONF Errors writing to the AOF file: ", (await client.ReadReplyAsync()).Text, StringComparison.Ordinal);
        Assert.Equal("PONG", (await client.ReadReplyAsync()).Text);

        Directory.CreateDirectory(server.ValuesPath);
        Assert.Equal("OK", (await client.ExecuteAsync("SET", "k", new byte[MiB])).Text);
        Assert.Equal(MiB, (await client.ExecuteAsync("STRLEN", "k")).Integer);
    }

    [Fact]
    public async Task What_was_acknowledged_is_there_after_a_crash()
    {
        await using var server = await LargeValueServer.StartAsync(hasFolder: true);
        byte[] a = LargeValueServer.Bytes(1, 25 * MiB), b = LargeValueServer.Bytes(2, 300_001);
        await using (var client = await server.ConnectAsync())
        {
            await client.ExecuteAsync("SET", "a", b);
            await client.ExecuteAsync("SET", "a", a);
            await client.ExecuteAsync("KV.PUT", "b", b, "EX", 1000);
            await client.SendAsync(Encoding.ASCII.GetBytes($"*3\r\n$3\r\nSET\r\n$1\r\nb\r\n${25 * MiB}\r\nbroken off"));
        }

        await server.Process.KillAsync();
        await server.StartAgainAsync();

        await using var again = await server.ConnectAsync();
        Assert.Equal(a, (await again.ExecuteAsync("GET", "a")).Bytes.ToArray());
        Assert.Equal(b, (await again.ExecuteAsync("GET", "b")).Bytes.ToArray());
        Assert.Equal(2, server.ValueFiles);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_that_leaves_gets_the_whole_value_first(bool hasFolder)
    {
        await using var server = await LargeValueServer.StartAsync(hasFolder);
        await using var client = await server.ConnectAsync();
        var value = LargeValueServer.Bytes(1, 25 * MiB);
        await client.ExecuteAsync("SET", "k", value);

        await client.SendAsync(Requests(["GET", "k"], ["QUIT"], ["PING"]));

        Assert.Equal(value, (await client.ReadReplyAsync()).Bytes.ToArray());
        Assert.Equal("+OK\r\n", Encoding.ASCII.GetString(await client.ReadToEndAsync()));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_that_goes_in_the_middle_of_a_value_lets_go_of_it(bool hasFolder)
    {
        await using var server = await LargeValueServer.StartAsync(hasFolder);
        await using var client = await server.ConnectAsync();
        await client.ExecuteAsync("SET", "k", new byte[25 * MiB]);

        using (await SlowReader.AskAsync(server.Process.Port, "k", 25 * MiB))
            await client.ExecuteAsync("DEL", "k");

        await HostileServer.UntilAsync(async () => await LargeValueServer.InfoAsync(client, "large_value_bytes") == 0 && await LargeValueServer.InfoAsync(client, "connected_clients") == 1);
        await HostileServer.UntilAsync(() => Task.FromResult(!hasFolder || server.ValueFiles == 0));
        Assert.DoesNotContain("fault", server.Process.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_that_begins_with_a_large_argument_names_no_command()
    {
        await using var server = await LargeValueServer.StartAsync(hasFolder: false);
        await using var client = await server.ConnectAsync();
        var name = new string('n', MiB);

        // In two pieces, so that the argument is announced before it is there.
        var request = RespArgument.Request(name, "x");
        await client.SendAsync(request.AsMemory(0, 100));
        await using (var other = await server.ConnectAsync())
            await other.ExecuteAsync("PING");
        await client.SendAsync(request.AsMemory(100));

        Assert.Equal($"ERR unknown command '{name[..128]}', with args beginning with: 'x' ", (await client.ReadReplyAsync()).Text);
        Assert.Equal("PONG", (await client.ExecuteAsync("PING")).Text);
        Assert.DoesNotContain("fault", server.Process.Output, StringComparison.Ordinal);
    }

    private static async Task<IReadOnlyList<string>> TextsAsync(RespClient client, int count)
    {
        var texts = new List<string>();
        while (texts.Count < count)
            texts.Add((await client.ReadReplyAsync()).Text);
        return texts;
    }

    private static byte[] Joined(params byte[][] parts) => [.. parts.SelectMany(part => part)];

    private static byte[] Requests(params RespArgument[][] requests) => [.. requests.SelectMany(request => RespArgument.Request(request))];

    private static async Task<long> MostWhileAsync(Task work, Func<long> measure)
    {
        var most = 0L;
        while (!work.IsCompleted)
        {
            most = Math.Max(most, measure());
            await Task.WhenAny(work, Task.Delay(5));
        }

        await work;
        return most;
    }
}
