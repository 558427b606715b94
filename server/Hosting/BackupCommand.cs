using System.CommandLine;
using System.Net.Sockets;
using System.Security.Authentication;
using RespKv.Protocol;

namespace RespKv.Server.Hosting;

/// <summary><c>respkv backup</c>: has a running server copy its data to a folder from which another can be started.</summary>
internal static class BackupCommand
{
    private static readonly Argument<string> Target = new("folder") { Description = "where the copy goes, on the server's machine; it must be empty or not be there" };

    public static Command Create()
    {
        var command = new Command("backup", "Have a running server copy its data, as of one moment, to a folder: a server starts from it with --dir. Clients are served meanwhile.") { Target };
        var address = new ServerAddressOptions(command);
        command.SetAction((line, _) => RunAsync(line, address));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult line, ServerAddressOptions address)
    {
        try
        {
            var (client, greeting) = await address.ConnectAsync(line).ConfigureAwait(false);
            await using (client)
            {
                // A server without a password does not want one, and says so.
                var isRefused = greeting is { IsError: true } && !greeting.Text.Contains("without any password", StringComparison.Ordinal);
                client.Timeout = Timeout.InfiniteTimeSpan;
                return Tell(isRefused ? greeting! : await client.ExecuteAsync("KV.BACKUP", Path.GetFullPath(line.GetValue(Target)!)).ConfigureAwait(false));
            }
        }
        catch (Exception error) when (error is SocketException or IOException or AuthenticationException or TimeoutException or InvalidDataException)
        {
            await Console.Error.WriteLineAsync($"respkv: no answer from {address.TextOf(line)}: {error.Message}").ConfigureAwait(false);
            return 1;
        }
    }

    private static int Tell(RespReply reply)
    {
        if (!reply.IsError)
        {
            Console.WriteLine(reply.Text);
            return 0;
        }

        Console.Error.WriteLine("respkv: no backup was made: " + (reply.Text.StartsWith("ERR ", StringComparison.Ordinal) ? reply.Text[4..] : reply.Text));
        return 1;
    }
}
