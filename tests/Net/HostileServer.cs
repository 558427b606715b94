using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using RespKv.Protocol;
using RespKv.Tests.Support;

namespace RespKv.Tests.Net;

/// <summary>A real server that a test mistreats, and what it asks of it. It is one test's own where its memory or its limits are looked at.</summary>
public sealed class HostileServer : IAsyncLifetime, IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private RespServerProcess process = null!;

    public int ProcessId => process.ProcessId;

    /// <summary>All that it has logged.</summary>
    public string Log => process.Output + process.Error;

    public static async Task<HostileServer> StartAsync(params string[] arguments) => new() { process = await RespServerProcess.StartAsync(arguments) };

    public async Task InitializeAsync() => process = await RespServerProcess.StartAsync();

    async Task IAsyncLifetime.DisposeAsync() => await process.DisposeAsync();

    async ValueTask IAsyncDisposable.DisposeAsync() => await process.DisposeAsync();

    public Task<RespClient> ConnectAsync() => process.ConnectAsync();

    /// <summary>A connection of which the test decides how it ends.</summary>
    public async Task<Socket> ConnectRawAsync()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, process.Port));
        return socket;
    }

    /// <summary>Ends a connection by a reset.</summary>
    public static void Reset(Socket socket)
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Dispose();
    }

    /// <summary>The value of a field in the line of CLIENT LIST of each client with a name.</summary>
    public static async Task<long[]> FieldsAsync(RespClient observer, string name, string field)
    {
        var list = (await observer.ExecuteAsync("CLIENT", "LIST")).Text;
        return [.. list.Split('\n').Where(line => line.Contains($" name={name} ", StringComparison.Ordinal)).Select(line => long.Parse(Field(field).Match(line).Groups[1].ValueSpan, provider: System.Globalization.CultureInfo.InvariantCulture))];
    }

    /// <summary>Waits until something is so; it comes about by what the server does meanwhile.</summary>
    public static async Task UntilAsync(Func<Task<bool>> isSo, Func<string>? describe = null)
    {
        var since = Stopwatch.StartNew();
        while (!await isSo())
        {
            Assert.True(since.Elapsed < Limit, "It did not come about in time. " + describe?.Invoke());
            await Task.Delay(10);
        }
    }

    /// <summary>That it runs, serves, and has found no fault in itself.</summary>
    public async Task AssertSoundAsync()
    {
        Assert.False(process.HasExited, Log);
        await using var client = await ConnectAsync();
        Assert.Equal("PONG", (await client.ExecuteAsync("PING")).Text);
        Assert.DoesNotContain("fault of ours", Log, StringComparison.Ordinal);
        Assert.DoesNotContain("Unhandled", Log, StringComparison.Ordinal);
        Assert.DoesNotContain("it goes on", Log, StringComparison.Ordinal);
    }

    private static Regex Field(string name) => new($" {Regex.Escape(name)}=(\\d+)");
}
