using RespKv.Protocol;
using RespKv.Tests.Support;

namespace RespKv.Tests.Net;

/// <summary>A server of a test's own that keeps large values in memory, or in files of a folder, and what is asked of it.</summary>
internal sealed class LargeValueServer : IAsyncDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly bool hasFolder;

    private LargeValueServer(bool hasFolder) => this.hasFolder = hasFolder;

    public RespServerProcess Process { get; private set; } = null!;

    /// <summary>Where the values are.</summary>
    public string ValuesPath => folder["values"];

    /// <summary>Files of values.</summary>
    public int ValueFiles => Directory.GetFiles(ValuesPath).Length;

    /// <summary>Bytes of the log.</summary>
    public long LogBytes => new DirectoryInfo(folder.Path).GetFiles("log-*").Sum(file => file.Length);

    /// <summary>Memory that is the server's own, not the system's cache of files.</summary>
    public long OwnBytes => File.ReadLines($"/proc/{Process.ProcessId}/status")
        .Where(line => line.StartsWith("RssAnon:", StringComparison.Ordinal))
        .Select(line => long.Parse(line.AsSpan(8, line.Length - 10).Trim(), provider: System.Globalization.CultureInfo.InvariantCulture) * 1024)
        .Single();

    public static async Task<LargeValueServer> StartAsync(bool hasFolder)
    {
        var server = new LargeValueServer(hasFolder);
        await server.StartAgainAsync();
        return server;
    }

    /// <summary>Starts the server anew on the same data, after it has ended.</summary>
    public async Task StartAgainAsync() =>
        Process = await RespServerProcess.StartAsync(hasFolder ? ["--dir", folder.Path] : ["--persistence", "off"]);

    public async Task<RespClient> ConnectAsync()
    {
        var client = await Process.ConnectAsync();
        client.Timeout = TimeSpan.FromSeconds(60);
        return client;
    }

    /// <summary>A field of INFO.</summary>
    public static async Task<long> InfoAsync(RespClient client, string field)
    {
        var info = (await client.ExecuteAsync("INFO", "everything")).Text;
        var line = info.Split("\r\n").Single(each => each.StartsWith(field + ":", StringComparison.Ordinal));
        return long.Parse(line.AsSpan(field.Length + 1), provider: System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>Bytes that no compression and no wrong offset leaves unnoticed.</summary>
    public static byte[] Bytes(int seed, int length)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    public async ValueTask DisposeAsync()
    {
        await Process.DisposeAsync();
        folder.Dispose();
    }
}
