using System.CommandLine;
using System.Globalization;
using System.Net;
using RespKv.Protocol;

namespace RespKv.Server.Hosting;

/// <summary>Where a running server is, for the commands that ask one something.</summary>
internal sealed class ServerAddressOptions
{
    private readonly Option<string> host = new("--host") { Description = "where the server is", DefaultValueFactory = _ => "127.0.0.1" };

    private readonly Option<int> port = new("--port") { Description = "its port; by default RESPKV_PORT or, with TLS, RESPKV_TLS_PORT, else 6379" };

    private readonly Option<string?> password = new("--pass", "--password") { Description = "its password; by default RESPKV_REQUIREPASS", DefaultValueFactory = _ => Environment.GetEnvironmentVariable("RESPKV_REQUIREPASS") };

    private readonly ServerTlsOptions tls;

    public ServerAddressOptions(Command command)
    {
        command.Options.Add(host);
        command.Options.Add(port);
        command.Options.Add(password);
        tls = new ServerTlsOptions(command);
    }

    /// <summary>Host and port, for messages.</summary>
    public string TextOf(ParseResult line) => $"{line.GetValue(host)}:{PortOf(line)}";

    /// <summary>Connects and tells the password, if there is one; what the server says to it is in the reply, which is null without one.</summary>
    /// <exception cref="IOException">A file of a certificate cannot be used.</exception>
    public async Task<(RespClient Client, RespReply? Reply)> ConnectAsync(ParseResult line)
    {
        var (name, number) = (line.GetValue(host)!, PortOf(line));
        EndPoint endPoint = IPAddress.TryParse(name, out var address) ? new IPEndPoint(address, number) : new DnsEndPoint(name, number);
        var client = await RespClient.ConnectAsync(endPoint, IsSecure(line) ? tls.Of(line, name) : null).ConfigureAwait(false);
        var secret = line.GetValue(password);
        return (client, string.IsNullOrEmpty(secret) ? null : await client.ExecuteAsync("AUTH", secret).ConfigureAwait(false));
    }

    // A server that has no other port is asked on that of TLS without being told to.
    private bool IsSecure(ParseResult line) =>
        tls.AreAsked(line) || (line.GetResult(port) == null && OfEnvironment("RESPKV_PORT") == 0 && OfEnvironment("RESPKV_TLS_PORT") > 0);

    private int PortOf(ParseResult line) =>
        line.GetResult(port) != null ? line.GetValue(port) : (IsSecure(line) ? OfEnvironment("RESPKV_TLS_PORT") : null) ?? OfEnvironment("RESPKV_PORT") ?? 6379;

    private static int? OfEnvironment(string name) => int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var number) ? number : null;
}
