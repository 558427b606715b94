using System.Text;
using RespKv.Protocol;
using RespKv.Tests.Support;

namespace RespKv.Tests.Net;

/// <summary>Bytes that clients announce, send and leave unread cost no more than they may. Each test looks at the memory of a server of its own.</summary>
public sealed class MemoryBoundTests
{
    private const long MiB = 1024 * 1024;

    [Fact]
    public async Task Announced_bytes_cost_nothing_before_they_arrive()
    {
        await using var server = await HostileServer.StartAsync();
        await using var observer = await server.ConnectAsync();
        var clients = await ConnectAsync(server, 20, "announcer");
        await observer.ExecuteAsync("CLIENT", "LIST");
        var before = ProcessFigures.ResidentBytes(server.ProcessId);

        foreach (var client in clients)
            await client.SendAsync(Encoding.ASCII.GetBytes($"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n${512 * MiB}\r\nbegin"));
        await HostileServer.UntilAsync(async () => (await HostileServer.FieldsAsync(observer, "announcer", "qbuf")).Count(held => held > 0) == 20);

        Assert.InRange(ProcessFigures.ResidentBytes(server.ProcessId) - before, long.MinValue, 20 * MiB);
        await CloseAsync(clients);
        await server.AssertSoundAsync();
    }

    [Fact]
    public async Task A_large_request_costs_its_bytes_and_gives_them_back()
    {
        const int length = 200 << 20;
        await using var server = await HostileServer.StartAsync();
        await using var client = await server.ConnectAsync();
        await using var observer = await server.ConnectAsync();
        client.Timeout = TimeSpan.FromSeconds(30);
        await client.ExecuteAsync("CLIENT", "SETNAME", "large");
        var before = ProcessFigures.ResidentBytes(server.ProcessId);

        await client.SendAsync(Encoding.ASCII.GetBytes($"*2\r\n$6\r\nSTRLEN\r\n${length}\r\n"));
        await client.SendAsync(new byte[length]);
        await HostileServer.UntilAsync(async () => (await HostileServer.FieldsAsync(observer, "large", "qbuf"))[0] > length);
        var during = ProcessFigures.ResidentBytes(server.ProcessId) - before;
        await client.SendAsync("\r\n"u8.ToArray());
        Assert.Equal(0, (await client.ReadReplyAsync()).Integer);
        var after = ProcessFigures.ResidentBytes(server.ProcessId) - before;

        Assert.InRange(during, 0, length + (30 * MiB));
        Assert.InRange(after, long.MinValue, 40 * MiB);
        await server.AssertSoundAsync();
    }

    [Fact]
    public async Task A_request_past_the_query_buffer_limit_ends_its_connection()
    {
        await using var server = await HostileServer.StartAsync("--client-query-buffer-limit", "1mb");
        await using var client = await server.ConnectAsync();

        await client.SendAsync("*2\r\n$4\r\nECHO\r\n$2000000\r\n"u8.ToArray());
        await client.SendAsync(new byte[1_500_000]);

        Assert.Empty(await client.ReadToEndAsync());
        await server.AssertSoundAsync();
    }

    [Fact]
    public async Task Clients_that_never_read_cost_a_bounded_amount_in_all()
    {
        await using var server = await HostileServer.StartAsync();
        await using var observer = await server.ConnectAsync();
        await observer.ExecuteAsync("SET", "small", "v");
        await observer.ExecuteAsync("SET", "large", new byte[256 * 1024]);
        var before = ProcessFigures.ResidentBytes(server.ProcessId);

        // They ask for 64 MB each, in one reply or in 256: 3 GB in all. Larger values would not be copied.
        var clients = await ConnectAsync(server, 48, "silent");
        foreach (var client in clients.Take(32))
            await client.SendAsync(Repeated(RespArgument.Request("GET", "large"), 256));
        foreach (var client in clients.Skip(32))
            await client.SendCommandAsync(["MGET", .. Enumerable.Repeat<RespArgument>("large", 256)]);
        var most = 0L;
        await HostileServer.UntilAsync(async () =>
        {
            most = Math.Max(most, ProcessFigures.ResidentBytes(server.ProcessId) - before);
            Assert.Equal("v", (await observer.ExecuteAsync("GET", "small")).Text);
            return (await HostileServer.FieldsAsync(observer, "silent", "omem")).Sum() <= 448 * MiB && server.Log.Contains("takes none", StringComparison.Ordinal);
        });

        Assert.InRange(most, 0, 640 * MiB);
        Assert.Equal(256 * 1024, (await observer.ExecuteAsync("GET", "large")).Bytes.Length);
        await CloseAsync(clients);
        await server.AssertSoundAsync();
    }

    [Fact]
    public async Task What_a_client_may_leave_unread_can_be_limited()
    {
        await using var server = await HostileServer.StartAsync("--client-output-buffer-limit", "normal 5mb 0 0");
        await using var observer = await server.ConnectAsync();
        await observer.ExecuteAsync("SET", "large", new byte[MiB]);
        var clients = await ConnectAsync(server, 1, "limited");

        await clients[0].SendAsync(Repeated(RespArgument.Request("GET", "large"), 60));

        await HostileServer.UntilAsync(async () => (await HostileServer.FieldsAsync(observer, "limited", "omem")).Length == 0);
        Assert.Contains("more than client-output-buffer-limit", server.Log, StringComparison.Ordinal);
        await CloseAsync(clients);
        await server.AssertSoundAsync();
    }

    [Fact]
    public async Task A_soft_limit_closes_who_is_past_it_for_so_long()
    {
        await using var server = await HostileServer.StartAsync("--client-output-buffer-limit", "normal 0 5mb 1");
        await using var observer = await server.ConnectAsync();
        await observer.ExecuteAsync("SET", "large", new byte[MiB]);
        var clients = await ConnectAsync(server, 1, "limited");

        await clients[0].SendAsync(Repeated(RespArgument.Request("GET", "large"), 30));

        await HostileServer.UntilAsync(async () => (await HostileServer.FieldsAsync(observer, "limited", "omem")).Length == 0);
        await CloseAsync(clients);
        await server.AssertSoundAsync();
    }

    private static async Task<RespClient[]> ConnectAsync(HostileServer server, int count, string name)
    {
        var clients = await Task.WhenAll(Enumerable.Range(0, count).Select(_ => server.ConnectAsync()));
        await Task.WhenAll(clients.Select(client => client.ExecuteAsync("CLIENT", "SETNAME", name)));
        return clients;
    }

    private static async Task CloseAsync(RespClient[] clients)
    {
        foreach (var client in clients)
            await client.DisposeAsync();
    }

    private static byte[] Repeated(byte[] bytes, int times) => [.. Enumerable.Repeat(bytes, times).SelectMany(all => all)];
}
