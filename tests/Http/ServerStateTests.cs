using RespKv.Protocol;
using RespKv.Tests.Commands;
using RespKv.Tests.Support;

namespace RespKv.Tests.Http;

/// <summary>What requests are told when the server is not as usual.</summary>
public sealed class ServerStateTests
{
    private const string Values = "/client/v4/accounts/me/storage/kv/namespaces/default";

    [Fact]
    public async Task While_the_data_are_being_loaded_nothing_is_served_or_touched()
    {
        using var folder = new TemporaryFolder();
        await using (var before = await HttpServer.StartAsync("--dir", folder.Path))
        {
            Assert.Equal("200 OK", (await before.SendAsync("PUT", "/large", new string('a', 400_000))).Line);
            await before.Process.KillAsync();
        }

        // Whoever opens a pipe that nobody writes to waits, so the loading does not get on.
        var log = Assert.Single(Directory.GetFiles(folder.Path, "log-*"));
        File.Delete(log);
        Assert.Equal(0, (await ClientProgram.RunAsync("mkfifo", [log])).ExitCode);
        var value = Assert.Single(Directory.GetFiles(Path.Combine(folder.Path, "values")));

        await using var loading = await LoadingServer.StartAsync(folder.Path);

        Assert.Equal("503 The server is loading its data", (await loading.SendAsync("GET", "/large?urlencoded=true")).Line);
        Assert.Equal("503 The server is loading its data", (await loading.SendAsync("PUT", "/other?urlencoded=true", new string('b', 400_000))).Line);
        Assert.Equal("503 The server is loading its data", (await loading.SendAsync("GET", "/")).Line);
        Assert.Contains("\"message\":\"The server is loading its data\"", (await loading.SendAsync("GET", Values + "/keys")).Text, StringComparison.Ordinal);
        Assert.Equal((200, 503), ((await loading.SendAsync("GET", "/health/live")).Status, (await loading.SendAsync("GET", "/health/ready")).Status));
        await using var client = await RespClient.ConnectAsync("127.0.0.1", loading.Port);
        Assert.StartsWith("LOADING", (await client.ExecuteAsync("SET", "other", new string('b', 400_000))).Text, StringComparison.Ordinal);
        Assert.Equal(new string('a', 400_000), await File.ReadAllTextAsync(value));
    }

    [RootFact]
    public async Task On_a_full_disk_writes_say_so_reads_go_on_and_no_file_is_left()
    {
        using var disk = new SmallDisk(40);
        await using var server = await HttpServer.StartAsync("--dir", disk.Folder);
        Assert.Equal("200 OK", (await server.SendAsync("PUT", "/kept", new string('a', 400_000))).Line);
        disk.FillAllBut(64 * 1024);

        var large = await server.SendAsync("PUT", "/large", new string('b', 4_000_000));
        var form = await server.SendAsync("PUT", Values + "/values/form", Form(new string('c', 4_000_000)), "Content-Type: multipart/form-data; boundary=b");
        Assert.Equal("507 Errors writing to the AOF file: No space left on device", large.Line);
        Assert.Equal((507, true), (form.Status, form.Text.Contains("\"message\":\"Errors writing to the AOF file: No space left on device\"", StringComparison.Ordinal)));
        Assert.Equal("404 Not Found", (await server.SendAsync("GET", "/large")).Line);

        // The log is full a little later, and the one that finds it out is not told that it has succeeded either.
        var small = await server.SendAsync("PUT", "/small", new string('d', 100_000));
        Assert.Equal("507 Errors writing to the AOF file: No space left on device", small.Line);
        Assert.Equal("507 Errors writing to the AOF file: No space left on device", (await server.SendAsync("DELETE", "/kept")).Line);
        Assert.Equal(new string('a', 400_000), (await server.SendAsync("GET", "/kept")).Text);

        disk.Empty();
        await RunningServer.UntilAsync(async () => (await server.SendAsync("PUT", "/large", new string('e', 400_000))).Status == 200);
        await RunningServer.UntilAsync(() => Task.FromResult(Directory.GetFiles(Path.Combine(disk.Folder, "values")).Length == 2));
    }

    [Fact]
    public async Task Without_the_index_of_keys_all_but_lists_is_served()
    {
        const string Refusal = "Listing needs the index of keys, which this server was started without (key-index off)";
        await using var server = await HttpServer.StartAsync("--key-index", "off");

        Assert.Equal("200 OK", (await server.SendAsync("PUT", "/k", "v")).Line);
        Assert.Equal("v", (await server.SendAsync("GET", "/k")).Text);
        Assert.Equal("{\"k\":\"v\"}", (await server.SendAsync("POST", "/bulk/get", "{\"keys\":[\"k\"]}")).Text);
        Assert.Equal("501 " + Refusal, (await server.SendAsync("GET", "/")).Line);
        var keys = await server.SendAsync("GET", Values + "/keys");
        Assert.Equal((501, true), (keys.Status, keys.Text.Contains(Refusal, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("PUT", "/k", "v")]
    [InlineData("PUT", Values + "/values/k", "v")]
    [InlineData("PUT", Values + "/bulk", "[{\"key\":\"k\",\"value\":\"v\"}]")]
    public async Task When_memory_is_short_and_nothing_may_go_writes_are_refused_and_deletes_are_not(string method, string target, string body)
    {
        await using var server = await HttpServer.StartAsync("--maxmemory", "1", "--maxmemory-policy", "noeviction");

        var refused = await server.SendAsync(method, target, body);

        Assert.Equal(507, refused.Status);
        Assert.Contains("Used memory is above maxmemory", refused.Text, StringComparison.Ordinal);
        Assert.Equal("200 OK", (await server.SendAsync("DELETE", "/k")).Line);
        Assert.Equal(200, (await server.SendAsync("POST", Values + "/bulk/delete", "[\"k\"]")).Status);
    }

    [Fact]
    public async Task Writes_are_told_as_events_on_keys()
    {
        await using var server = await HttpServer.StartAsync("--notify-keyspace-events", "KEAnm");
        await using var listener = await server.ConnectAsync();
        await listener.ExecuteAsync("PSUBSCRIBE", "__keyspace@*");

        await server.SendAsync("GET", "/a");
        await server.SendAsync("PUT", "/a", "1");
        await server.SendAsync("PUT", "/a?expiration_ttl=60", "2");
        await server.SendAsync("DELETE", "/a");
        await server.SendAsync("DELETE", "/a");
        await server.SendAsync("PUT", "/b", "1", "X-KV-Namespace: shop");
        await server.SendAsync("PUT", Values + "/values/c", "1");
        await server.SendAsync("PUT", Values + "/bulk", "[{\"key\":\"d\",\"value\":\"1\",\"expiration_ttl\":60}]");
        await server.SendAsync("POST", Values + "/bulk/delete", "[\"c\",\"none\",\"d\"]");

        foreach (var told in (string[])["@0__:a keymiss", "@0__:a new", "@0__:a set", "@0__:a set", "@0__:a expire", "@0__:a del", "@shop__:b new", "@shop__:b set",
                     "@0__:c new", "@0__:c set", "@0__:d new", "@0__:d set", "@0__:d expire", "@0__:c del", "@0__:d del"])
        {
            var message = (await listener.ReadReplyAsync()).Items;
            Assert.Equal("__keyspace" + told, $"{message[2].Text} {message[3].Text}");
        }
    }

    [Theory]
    [InlineData("PUT", "/k", "w")]
    [InlineData("DELETE", "/k", "")]
    [InlineData("PUT", Values + "/values/k", "w")]
    [InlineData("DELETE", Values + "/values/k", "")]
    [InlineData("PUT", Values + "/bulk", "[{\"key\":\"k\",\"value\":\"w\"}]")]
    [InlineData("DELETE", Values + "/bulk", "[\"k\"]")]
    [InlineData("DELETE", Values, "")]
    public async Task A_client_that_tracks_or_watches_a_key_learns_of_each_kind_of_write(string method, string target, string body)
    {
        await using var server = await HttpServer.StartAsync();
        await using var client = await server.ConnectAsync();
        await using var broadcast = await server.ConnectAsync();
        await client.ExecuteAsync("HELLO", "3");
        await broadcast.ExecuteAsync("HELLO", "3");
        await client.ExecuteAsync("SET", "k", "v");
        await client.ExecuteAsync("CLIENT", "TRACKING", "ON");
        await broadcast.ExecuteAsync("CLIENT", "TRACKING", "ON", "BCAST");
        await client.ExecuteAsync("GET", "k");
        await client.ExecuteAsync("WATCH", "k");

        Assert.Equal(200, (await server.SendAsync(method, target, body)).Status);

        Assert.Equal("invalidate", (await client.ReadReplyAsync()).Items[0].Text);
        Assert.Equal("invalidate", (await broadcast.ReadReplyAsync()).Items[0].Text);
        await client.ExecuteAsync("MULTI");
        await client.ExecuteAsync("PING");
        Assert.True((await client.ExecuteAsync("EXEC")).IsNull);
    }

    private static string Form(string value) => $"--b\r\nContent-Disposition: form-data; name=\"value\"\r\n\r\n{value}\r\n--b--\r\n";
}
