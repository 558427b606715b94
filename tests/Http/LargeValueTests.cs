using System.Globalization;
using System.Text;
using RespKv.Tests.Commands;
using RespKv.Tests.Support;

namespace RespKv.Tests.Http;

/// <summary>Values that are streamed in and out.</summary>
public sealed class LargeValueTests
{
    private const int MiB = 1 << 20;
    private const int Limit = 25 * MiB;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Values_of_every_size_and_framing_come_back_as_they_were(bool isInFiles)
    {
        using var folder = new TemporaryFolder();
        await using var server = await StartAsync(folder, isInFiles);
        await using var client = await server.ConnectAsync();
        using var http = await server.OpenAsync();

        foreach (var length in (int[])[256 * 1024, (256 * 1024) + 1, 3 * MiB, Limit])
        {
            var value = Bytes(length, seed: length);
            await PutKnownAsync(http, "/known", value);
            await PutChunkedAsync(http, "/chunked", value, chunkBytes: 100_003);

            Assert.Equal(value, (await http.ExchangeAsync("GET", "/known")).Body);
            Assert.Equal(value, (await http.ExchangeAsync("GET", "/chunked")).Body);
            Assert.Equal(length, (await client.ExecuteAsync("STRLEN", "chunked")).Integer);
        }
    }

    [Fact]
    public async Task A_chunked_value_takes_no_more_memory_than_it_has_bytes()
    {
        await using var server = await HttpServer.StartAsync();
        await using var client = await server.ConnectAsync();
        using var http = await server.OpenAsync();

        await PutChunkedAsync(http, "/k", Bytes(300_000, 1), chunkBytes: 100_000);

        Assert.InRange((await client.ExecuteAsync("MEMORY", "USAGE", "k")).Integer, 300_000, 400_000);
    }

    [Theory]
    [InlineData("Content-Length: 20000000\r\n\r\n", "")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n", "1312d00\r\n")]
    public async Task An_upload_that_breaks_off_leaves_no_file(string framing, string begin)
    {
        using var folder = new TemporaryFolder();
        await using var server = await HttpServer.StartAsync("--dir", folder.Path);
        var values = Path.Combine(folder.Path, "values");
        using (var http = await server.OpenAsync())
        {
            await http.SendAsync("PUT /k HTTP/1.1\r\nHost: fake-host\r\n" + framing + begin);
            await http.SendAsync(new byte[10_000_000]);
            await RunningServer.UntilAsync(() => Task.FromResult(Directory.GetFiles(values).Length == 1));
            http.Reset();
        }

        await RunningServer.UntilAsync(() => Task.FromResult(Directory.GetFiles(values).Length == 0));
        Assert.Equal("404 Not Found", (await server.SendAsync("GET", "/k")).Line);
        Assert.Equal("", server.Process.Error);
    }

    [Fact]
    public async Task A_value_that_is_too_long_by_its_last_byte_is_refused_with_its_length_and_leaves_no_file()
    {
        using var folder = new TemporaryFolder();
        await using var server = await HttpServer.StartAsync("--dir", folder.Path);
        using var http = await server.OpenAsync();

        await SendChunkedAsync(http, "/k", new byte[Limit + 1], 1_000_000);
        var reply = await http.ReceiveAsync();

        Assert.Equal("413 Value length of 26214401 exceeds limit of 26214400.", reply.Line);
        await RunningServer.UntilAsync(() => Task.FromResult(Directory.GetFiles(Path.Combine(folder.Path, "values")).Length == 0));
        Assert.Equal("404 Not Found", (await http.ExchangeAsync("GET", "/k")).Line);
    }

    [Fact]
    public async Task A_value_that_is_replaced_while_it_is_sent_arrives_as_it_was()
    {
        using var folder = new TemporaryFolder();
        await using var server = await HttpServer.StartAsync("--dir", folder.Path);
        var value = Bytes(Limit, 3);
        using var http = await server.OpenAsync();
        await PutKnownAsync(http, "/k", value);

        await http.SendAsync("GET /k HTTP/1.1\r\nHost: fake-host\r\n\r\n");
        await RunningServer.UntilAsync(async () => (await server.SendAsync("GET", "/metrics")).Text.Contains("respkv_http_requests_in_progress 2\n", StringComparison.Ordinal));
        Assert.Equal("200 OK", (await server.SendAsync("PUT", "/k", "new")).Line);

        Assert.Equal(value, (await http.ReceiveAsync()).Body);
        Assert.Equal("new", (await http.ExchangeAsync("GET", "/k")).Text);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Two_hundred_puts_and_gets_of_25_MiB_at_once_take_little_memory(bool isInFiles)
    {
        using var folder = new TemporaryFolder();
        await using var server = await StartAsync(folder, isInFiles);
        var value = new byte[Limit];
        using (var warm = await server.OpenAsync())
            await PutKnownAsync(warm, "/k", value);
        Assert.Equal(Limit, (await server.SendAsync("GET", "/k")).Body.Length);
        var before = ProcessFigures.ResidentBytes(server.Process.ProcessId);
        var puts = new List<HttpConversation>();
        try
        {
            // All of them have sent all but the end, and are held up where the bound says so; nobody reads what is got.
            for (var i = 0; i < 100; i++)
            {
                var http = await server.OpenAsync();
                puts.Add(http);
                await http.SendAsync($"GET /k HTTP/1.1\r\nHost: fake-host\r\n\r\n");
            }

            var sending = Enumerable.Range(0, 100).Select(async _ =>
            {
                using var http = await server.OpenAsync();
                await PutKnownAsync(http, "/k", value);
            });
            await Task.WhenAll(sending);
        }
        finally
        {
            foreach (var http in puts)
                http.Dispose();
        }

        Assert.InRange(ProcessFigures.PeakResidentBytes(server.Process.ProcessId) - before, 0, 700L * MiB);
    }

    [Fact]
    public async Task Bulk_reads_of_much_at_once_wait_for_each_other()
    {
        await using var server = await HttpServer.StartAsync("--http-buffer-limit", "32mb");
        using (var http = await server.OpenAsync())
            await PutKnownAsync(http, "/k", Encoding.ASCII.GetBytes(new string('x', 8 * MiB)));
        await server.SendAsync("POST", "/bulk/get", "{\"keys\":[\"k\"]}");
        var before = ProcessFigures.ResidentBytes(server.Process.ProcessId);

        var replies = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => server.SendAsync("POST", "/bulk/get", "{\"keys\":[\"k\"]}")));

        Assert.All(replies, reply => Assert.Equal((200, (8 * MiB) + 8), (reply.Status, reply.Body.Length)));
        Assert.InRange(ProcessFigures.PeakResidentBytes(server.Process.ProcessId) - before, 0, 200L * MiB);
    }

    private static Task<HttpServer> StartAsync(TemporaryFolder folder, bool isInFiles) => isInFiles ? HttpServer.StartAsync("--dir", folder.Path) : HttpServer.StartAsync();

    private static async Task PutKnownAsync(HttpConversation http, string target, byte[] value)
    {
        await http.SendAsync($"PUT {target} HTTP/1.1\r\nHost: fake-host\r\nContent-Length: {value.Length}\r\n\r\n");
        await http.SendAsync(value);
        Assert.Equal("200 OK", (await http.ReceiveAsync()).Line);
    }

    private static async Task PutChunkedAsync(HttpConversation http, string target, byte[] value, int chunkBytes)
    {
        await SendChunkedAsync(http, target, value, chunkBytes);
        Assert.Equal("200 OK", (await http.ReceiveAsync()).Line);
    }

    private static async Task SendChunkedAsync(HttpConversation http, string target, byte[] value, int chunkBytes)
    {
        await http.SendAsync($"PUT {target} HTTP/1.1\r\nHost: fake-host\r\nTransfer-Encoding: chunked\r\n\r\n");
        foreach (var chunk in value.Chunk(chunkBytes))
        {
            await http.SendAsync(chunk.Length.ToString("x", CultureInfo.InvariantCulture) + "\r\n");
            await http.SendAsync(chunk);
            await http.SendAsync("\r\n");
        }

        await http.SendAsync("0\r\n\r\n");
    }

    private static byte[] Bytes(int length, int seed)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
