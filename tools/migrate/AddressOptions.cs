using System.CommandLine;

namespace RespKv.Migrate;

/// <summary>The options that say where one of the two servers is, and how one is let in.</summary>
internal sealed class AddressOptions(string side)
{
    private readonly Option<string> endPoint = new("--" + side) { Description = $"The {Role(side)}, as host:port.", Required = true };
    private readonly Option<string?> user = new($"--{side}-user") { Description = $"User at the {Role(side)}." };
    private readonly Option<string?> password = new($"--{side}-password") { Description = $"Password there; {Variable(side)} in the environment is not seen by others on this machine." };
    private readonly Option<bool> tls = new($"--{side}-tls") { Description = "Speak TLS to it." };
    private readonly Option<string?> authority = new($"--{side}-cacert") { Description = "PEM file of the authority of its certificate; the system's when there is none." };
    private readonly Option<string?> certificate = new($"--{side}-cert") { Description = "PEM file of a certificate to show it." };
    private readonly Option<string?> key = new($"--{side}-key") { Description = "PEM file of the key of that certificate." };

    public void AddTo(params Command[] commands)
    {
        foreach (var command in commands)
        {
            foreach (var option in new Option[] { endPoint, user, password, tls, authority, certificate, key })
                command.Options.Add(option);
        }
    }

    public ServerAddress Of(ParseResult line) => new(
        line.GetValue(endPoint)!, line.GetValue(user), line.GetValue(password) ?? Environment.GetEnvironmentVariable(Variable(side)),
        line.GetValue(tls) || line.GetValue(authority) != null || line.GetValue(certificate) != null, line.GetValue(authority), line.GetValue(certificate), line.GetValue(key));

    private static string Role(string side) => side == "from" ? "source" : "target";

    private static string Variable(string side) => $"RESPKV_MIGRATE_{side.ToUpperInvariant()}_PASSWORD";
}
