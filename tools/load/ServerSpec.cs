using System.Net;
using System.Text.RegularExpressions;

namespace RespKv.Load;

/// <summary>
/// What one <c>--server</c> says: a name for the table, and either a command line to start or the address of a server that runs.
/// </summary>
/// <param name="Name">Heads the server's row.</param>
/// <param name="Command">A shell command with <c>{port}</c> (and perhaps <c>{dir}</c>), or null.</param>
/// <param name="Address">Where it listens already, or null.</param>
/// <param name="ProcessId">Of a server that runs already, when its CPU is to be measured.</param>
/// <param name="LogCommand">A shell command that keeps a log in <c>{dir}</c>, synced every second, or null.</param>
internal sealed partial record ServerSpec(string Name, string? Command, DnsEndPoint? Address, int? ProcessId, string? LogCommand = null)
{
    public const string Port = "{port}";
    public const string Folder = "{dir}";

    private const string RedisInMemory = "{path} --bind 127.0.0.1 --port {port} --save '' --appendonly no";
    private const string RedisWithLog = "{path} --bind 127.0.0.1 --port {port} --dir {dir} --save '' --appendonly yes --appendfsync everysec";

    /// <summary>
    /// Servers that are known by name: where their program is looked for, and the command lines with <c>{path}</c>, in memory only and with
    /// a log that is synced every second.
    /// </summary>
    public static readonly IReadOnlyDictionary<string, (string Path, string Command, string LogCommand)> Presets = new Dictionary<string, (string, string, string)>
    {
        ["respkv"] = ("server/bin/Release/net10.0/respkv.dll", "{path} --port {port} --persistence off", "{path} --port {port} --dir {dir} --appendonly yes --appendfsync everysec"),
        ["redis"] = ("redis-server", RedisInMemory, RedisWithLog),
        ["valkey"] = ("valkey-server", RedisInMemory, RedisWithLog),
        // Its usual way to the disk needs libaio, which is not everywhere; its log is in the folder for checkpoints.
        ["garnet"] = (
            "garnet-server",
            "{path} --bind 127.0.0.1 --port {port}",
            "{path} --bind 127.0.0.1 --port {port} --checkpointdir {dir} --aof --aof-commit-freq 1000 --device-type RandomAccess --recover"),
    };

    /// <exception cref="FormatException">The text is none of the forms that <c>--help</c> lists.</exception>
    public static ServerSpec Parse(string text)
    {
        var parts = text.Split('=', 2);
        var name = parts[0];
        if (parts.Length == 2 && parts[1].Contains(Port, StringComparison.Ordinal))
        {
            return new ServerSpec(name, parts[1], null, null);
        }

        if (parts.Length == 2 && Running().Match(parts[1]) is { Success: true } running)
        {
            var address = new DnsEndPoint(running.Groups["host"].Value, int.Parse(running.Groups["port"].Value));
            return new ServerSpec(name, null, address, running.Groups["pid"] is { Success: true } pid ? int.Parse(pid.Value) : null);
        }

        if (!Presets.TryGetValue(name, out var preset) || parts is [_, ""])
        {
            throw new FormatException(
                $"'{text}' is not a server: give {string.Join(", ", Presets.Keys)}, one of these with =path, name=host:port[@pid], or name=command with {Port}.");
        }

        var program = Program(parts.ElementAtOrDefault(1) ?? preset.Path);
        return new ServerSpec(
            name,
            preset.Command.Replace("{path}", program, StringComparison.Ordinal),
            null,
            null,
            preset.LogCommand.Replace("{path}", program, StringComparison.Ordinal));
    }

    /// <summary>The same server with its log.</summary>
    /// <exception cref="InvalidOperationException">How it keeps a log is not known.</exception>
    public ServerSpec WithLog() => LogCommand is null
        ? throw new InvalidOperationException("No command line with a log was given (--log-server).")
        : this with { Command = LogCommand };

    /// <summary>The same server with more options behind its command line.</summary>
    public ServerSpec With(string options) => this with { Command = $"{Command} {options}" };

    private static string Program(string path) => path.EndsWith(".dll", StringComparison.Ordinal) ? $"dotnet '{path}'" : $"'{path}'";

    [GeneratedRegex(@"^(?<host>[^:@/ ]+):(?<port>\d{1,5})(@(?<pid>\d{1,9}))?$")]
    private static partial Regex Running();
}
