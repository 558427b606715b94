using System.CommandLine;
using System.Net.Sockets;
using RespKv.Protocol;

namespace RespKv.Server.Hosting;

/// <summary><c>respkv ping</c>: asks a server whether it serves, for health checks.</summary>
internal static class PingCommand
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    private static readonly Option<string> Host = new("--host") { Description = "where the server is", DefaultValueFactory = _ => "127.0.0.1" };

    private static readonly Option<int> Port = new("--port") { Description = "its port; by default RESPKV_PORT, else 6379", DefaultValueFactory = _ => PortOfEnvironment() };

    private static readonly Option<string?> Password = new("--pass") { Description = "its password; by default RESPKV_REQUIREPASS", DefaultValueFactory = _ => Environment.GetEnvironmentVariable("RESPKV_REQUIREPASS") };

    public static Command Create()
    {
        var command = new Command("ping", "Ask a running server whether it serves; the exit code is 0 when it does.") { Host, Port, Password };
        command.SetAction((line, _) => RunAsync(line.GetValue(Host)!, line.GetValue(Port), line.GetValue(Password)));
        return command;
    }

    private static async Task<int> RunAsync(string host, int port, string? password)
    {
        try
        {
            var reply = await AskAsync(host, port, password).WaitAsync(Limit).ConfigureAwait(false);
            Console.WriteLine(reply.Text);
            // Who asks for a password serves: a health check is not to fail because CONFIG SET has changed it.
            return reply.Text == "PONG" || reply.Text.StartsWith("NOAUTH", StringComparison.Ordinal) ? 0 : 1;
        }
        catch (Exception error) when (error is SocketException or IOException or TimeoutException or InvalidDataException)
        {
            await Console.Error.WriteLineAsync($"respkv: no answer from {host}:{port}: {error.Message}").ConfigureAwait(false);
            return 1;
        }
    }

    private static async Task<RespReply> AskAsync(string host, int port, string? password)
    {
        await using var client = await RespClient.ConnectAsync(host, port).ConfigureAwait(false);
        if (!string.IsNullOrEmpty(password))
            await client.ExecuteAsync("AUTH", password).ConfigureAwait(false);
        return await client.ExecuteAsync("PING").ConfigureAwait(false);
    }

    private static int PortOfEnvironment() => int.TryParse(Environment.GetEnvironmentVariable("RESPKV_PORT"), out var port) ? port : 6379;
}
