using RespKv.Tests.Support;

namespace RespKv.Tests.Durability;

/// <summary>A data folder that servers are started on one after another, and that tests damage in between.</summary>
internal sealed class KeptData : IDisposable
{
    private readonly TemporaryFolder outer = new();

    /// <summary>The data folder; not there before the first start.</summary>
    public string Path => outer["data"];

    /// <summary>A path beside it.</summary>
    public string Beside(string name) => outer[name];

    public string[] Checkpoints => FilesOf("checkpoint-*");

    public string[] Segments => FilesOf("log-*");

    public string[] Values => Directory.GetFiles(System.IO.Path.Combine(Path, "values")).Order(StringComparer.Ordinal).ToArray();

    /// <summary>Where the last repair has put what it took away.</summary>
    public string Repaired => Directory.GetDirectories(Path, "repaired-*").Order(StringComparer.Ordinal).Last();

    public Task<RespServerProcess> StartAsync(params string[] arguments) => RespServerProcess.StartAsync(["--dir", Path, .. arguments]);

    /// <summary>Starts a server, has it run commands, one line each, and ends it in order.</summary>
    public async Task<string[]> RunAsync(params string[] commands)
    {
        await using var server = await StartAsync();
        await using var client = await server.ConnectAsync();
        var replies = await Commands.RunningServer.RunAsync(client, commands);
        await server.StopAsync();
        return replies;
    }

    /// <summary>Runs one of the program's own commands on the folder.</summary>
    public Task<(int ExitCode, string Output, string Error)> RespKvAsync(string command, params string[] arguments) =>
        RespServerProcess.RunAsync([command, "--dir", Path, .. arguments]);

    /// <summary>Changes a byte of a file.</summary>
    public static void Flip(string path, long offset)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite);
        file.Position = offset;
        var was = file.ReadByte();
        file.Position = offset;
        file.WriteByte((byte)(was ^ 0x20));
    }

    /// <summary>Changes a byte within the last place where a file holds a text of three letters or more: checksums, versions and times hold shorter ones by chance.</summary>
    public static long FlipIn(string path, string text)
    {
        Assert.True(text.Length >= 3, $"{text} may stand in {path} by chance");
        var offset = File.ReadAllBytes(path).AsSpan().LastIndexOf(System.Text.Encoding.UTF8.GetBytes(text));
        Assert.True(offset > 0, $"{text} is not in {path}");
        Flip(path, offset);
        return offset;
    }

    /// <summary>All files with their content, to see whether anything has changed.</summary>
    public Dictionary<string, string> Image() => Directory.GetFiles(Path, "*", SearchOption.AllDirectories)
        .ToDictionary(path => path, path => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(path))));

    public void Dispose() => outer.Dispose();

    private string[] FilesOf(string pattern) => Directory.GetFiles(Path, pattern).Order(StringComparer.Ordinal).ToArray();
}
