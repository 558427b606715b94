using System.CommandLine;
using System.Net.Sockets;
using System.Security.Authentication;
using RespKv.Protocol;

namespace RespKv.Server.Hosting;

/// <summary><c>respkv ping</c>: asks a server whether it serves, for health checks.</summary>
internal static class PingCommand
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    public static Command Create()
    {
        var command = new Command("ping", "Ask a running server whether it serves; the exit code is 0 when it does.");
        var address = new ServerAddressOptions(command);
        command.SetAction((line, _) => RunAsync(line, address));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult line, ServerAddressOptions address)
    {
        try
        {
            var reply = await AskAsync(line, address).WaitAsync(Limit).ConfigureAwait(false);
            Console.WriteLine(reply.Text);
            // Who asks for a password serves: a health check is not to fail because CONFIG SET has changed it.
            return reply.Text == "PONG" || reply.Text.StartsWith("NOAUTH", StringComparison.Ordinal) ? 0 : 1;
        }
        catch (Exception error) when (error is SocketException or IOException or AuthenticationException or TimeoutException or InvalidDataException)
        {
            await Console.Error.WriteLineAsync($"respkv: no answer from {address.TextOf(line)}: {error.Message}").ConfigureAwait(false);
            return 1;
        }
    }

    private static async Task<RespReply> AskAsync(ParseResult line, ServerAddressOptions address)
    {
        var (client, _) = await address.ConnectAsync(line).ConfigureAwait(false);
        await using (client)
            return await client.ExecuteAsync("PING").ConfigureAwait(false);
    }
}
