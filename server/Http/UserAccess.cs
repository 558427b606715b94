using System.Text;
using RespKv.Server.Access;

namespace RespKv.Server.Http;

/// <summary>The users of the server, as far as HTTP serves them: a request is what the command is that does the same.</summary>
internal sealed class UserAccess(HttpSettings settings)
{
    private readonly Users users = settings.Users!;
    private readonly AclLog denials = settings.Denials!;
    private readonly int[] commands = [.. Enum.GetValues<KvRight>().Select(right => settings.Users!.Settings.Commands.Find(KvRights.CommandOf(right))!.Index)];

    /// <summary>Whether the default user needs no password.</summary>
    public bool AdmitsAll => users.Default.Rules.AdmitsAll;

    /// <summary>Lets a request pass that gives a user's name and password, if the user may do that.</summary>
    /// <exception cref="HttpFault">The password is wrong, or the user may not.</exception>
    public void Demand(HttpExchange exchange, Credentials given, string ns, KvRight right)
    {
        if (users.Authenticate(given.UserName!, given.Password) is not { } user)
        {
            Note(exchange, DenialReason.Authentication, "Authorization", given.UserName!);
            throw AccessRules.Challenge(exchange);
        }

        var rules = user.Rules;
        // A user whom any password makes is whoever reaches the port.
        if (rules.NeedsNoPassword)
            AccessRules.DemandLocal(exchange);
        else if (given.IsBasic)
            AccessRules.DemandOwnPage(exchange);
        Demand(exchange, user, rules, ns, right);
    }

    /// <summary>Lets a request pass that says nothing of who sends it, if the default user may do that.</summary>
    /// <exception cref="HttpFault">It may not.</exception>
    public void DemandOfDefault(HttpExchange exchange, string ns, KvRight right)
    {
        AccessRules.DemandLocal(exchange);
        Demand(exchange, users.Default, users.Default.Rules, ns, right);
    }

    private void Demand(HttpExchange exchange, User user, UserRules rules, string ns, KvRight right)
    {
        if (rules.IsUnrestricted)
            return;
        var command = commands[(int)right];
        var name = Encoding.UTF8.GetBytes(ns == "0" ? "default" : ns);
        var reason = DenialReason.Command;
        foreach (var selector in rules.Selectors)
        {
            if (!selector.AllowsCommand(command))
                continue;
            if (ns == AccessTokens.AllNamespaces ? selector.AllNamespaces : selector.AllowsNamespace(name))
            {
                exchange.Grant = new KeyGrant(rules, command, name, KvRights.Writes(right) ? KeyAccess.Write : KeyAccess.Read, key => Note(exchange, DenialReason.Key, key, user.Name));
                return;
            }

            reason = DenialReason.Namespace;
        }

        var isCommand = reason == DenialReason.Command;
        Note(exchange, reason, isCommand ? KvRights.CommandOf(right) : RuleText.Of(name), user.Name);
        throw HttpFault.NotPermitted(isCommand ? $"User {user.Name} has no permissions to run the '{KvRights.CommandOf(right)}' command" : "No permissions to access a namespace");
    }

    private void Note(HttpExchange exchange, DenialReason reason, string what, string userName) =>
        denials.Add(reason, DenialContext.Http, what, userName, $"addr={exchange.RemoteAddress} user={userName}", DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
}
