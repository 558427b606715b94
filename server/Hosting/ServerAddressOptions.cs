using System.CommandLine;
using RespKv.Protocol;

namespace RespKv.Server.Hosting;

/// <summary>Where a running server is, for the commands that ask one something.</summary>
internal sealed class ServerAddressOptions
{
    private readonly Option<string> host = new("--host") { Description = "where the server is", DefaultValueFactory = _ => "127.0.0.1" };

    private readonly Option<int> port = new("--port") { Description = "its port; by default RESPKV_PORT, else 6379", DefaultValueFactory = _ => PortOfEnvironment() };

    private readonly Option<string?> password = new("--pass", "--password") { Description = "its password; by default RESPKV_REQUIREPASS", DefaultValueFactory = _ => Environment.GetEnvironmentVariable("RESPKV_REQUIREPASS") };

    public ServerAddressOptions(Command command)
    {
        command.Options.Add(host);
        command.Options.Add(port);
        command.Options.Add(password);
    }

    /// <summary>Host and port, for messages.</summary>
    public string TextOf(ParseResult line) => $"{line.GetValue(host)}:{line.GetValue(port)}";

    /// <summary>Connects and tells the password, if there is one; what the server says to it is in the reply, which is null without one.</summary>
    public async Task<(RespClient Client, RespReply? Reply)> ConnectAsync(ParseResult line)
    {
        var client = await RespClient.ConnectAsync(line.GetValue(host)!, line.GetValue(port)).ConfigureAwait(false);
        var secret = line.GetValue(password);
        return (client, string.IsNullOrEmpty(secret) ? null : await client.ExecuteAsync("AUTH", secret).ConfigureAwait(false));
    }

    private static int PortOfEnvironment() => int.TryParse(Environment.GetEnvironmentVariable("RESPKV_PORT"), out var port) ? port : 6379;
}
