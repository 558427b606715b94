using RespKv.Server.Access;

namespace RespKv.Server.Http;

/// <summary>What the user of a request may do to keys, by the rules as they were when it came. One rule has to allow all of it: the command, the namespace and the key.</summary>
/// <param name="rules">What is said of the user.</param>
/// <param name="command">The index of the command that does the same.</param>
/// <param name="ns">The namespace, in UTF-8.</param>
/// <param name="access">What is done to keys.</param>
/// <param name="note">Is told of a key that the user may not use.</param>
internal sealed class KeyGrant(UserRules rules, int command, byte[] ns, KeyAccess access, Action<string> note)
{
    /// <summary>Lets a request for a key pass.</summary>
    /// <exception cref="HttpFault">The user may not use it.</exception>
    public void Demand(ReadOnlySpan<byte> key)
    {
        foreach (var selector in rules.Selectors)
        {
            if (selector.AllowsCommand(command) && selector.AllowsNamespace(ns) && selector.AllowsKey(key, access))
                return;
        }

        Refuse(key);
    }

    /// <summary>Lets a request for all keys with a prefix pass.</summary>
    /// <exception cref="HttpFault">There may be keys among them that the user may not use.</exception>
    public void DemandPrefix(ReadOnlySpan<byte> prefix)
    {
        foreach (var selector in rules.Selectors)
        {
            if (selector.AllowsCommand(command) && selector.AllowsNamespace(ns) && selector.AllowsPrefix(prefix, access))
                return;
        }

        Refuse(prefix);
    }

    /// <summary>Lets a request pass that is about another namespace as well.</summary>
    /// <exception cref="HttpFault">The user may not use that one.</exception>
    public void DemandNamespace(string other)
    {
        var name = System.Text.Encoding.UTF8.GetBytes(other);
        foreach (var selector in rules.Selectors)
        {
            if (selector.AllowsCommand(command) && selector.AllowsNamespace(ns) && selector.AllowsNamespace(name))
                return;
        }

        throw HttpFault.NotPermitted("No permissions to access a namespace");
    }

    private void Refuse(ReadOnlySpan<byte> key)
    {
        note(RuleText.Of(key));
        throw HttpFault.NotPermitted("No permissions to access a key");
    }
}
