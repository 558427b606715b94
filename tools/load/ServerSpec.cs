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
internal sealed partial record ServerSpec(string Name, string? Command, DnsEndPoint? Address, int? ProcessId)
{
    public const string Port = "{port}";
    public const string Folder = "{dir}";

    /// <summary>Servers that are known by name: where their program is looked for, and the command line with <c>{path}</c>.</summary>
    public static readonly IReadOnlyDictionary<string, (string Path, string Command)> Presets = new Dictionary<string, (string, string)>
    {
        ["respkv"] = ("server/bin/Release/net10.0/respkv.dll", "{path} --port {port} --persistence off"),
        ["redis"] = ("redis-server", "{path} --bind 127.0.0.1 --port {port} --save '' --appendonly no"),
        ["valkey"] = ("valkey-server", "{path} --bind 127.0.0.1 --port {port} --save '' --appendonly no"),
        ["garnet"] = ("garnet-server", "{path} --bind 127.0.0.1 --port {port}"),
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

        return new ServerSpec(name, preset.Command.Replace("{path}", Program(parts.ElementAtOrDefault(1) ?? preset.Path), StringComparison.Ordinal), null, null);
    }

    private static string Program(string path) => path.EndsWith(".dll", StringComparison.Ordinal) ? $"dotnet '{path}'" : $"'{path}'";

    [GeneratedRegex(@"^(?<host>[^:@/ ]+):(?<port>\d{1,5})(@(?<pid>\d{1,9}))?$")]
    private static partial Regex Running();
}
