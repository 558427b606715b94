namespace RespKv.Server.Access;

/// <summary>A selector as rules.</summary>
internal static class SelectorText
{
    /// <summary>All of it. Namespaces are named only where they are not all, so that Redis reads what has none of ours.</summary>
    public static string Of(Selector selector)
    {
        var parts = new List<string>();
        if (Keys(selector) is { Length: > 0 } keys)
            parts.Add(keys);
        if (!selector.AllChannels)
            parts.Add("resetchannels");
        if (Channels(selector) is { Length: > 0 } channels)
            parts.Add(channels);
        if (!selector.AllNamespaces)
            parts.Add("resetnamespaces");
        if (!selector.AllNamespaces && Namespaces(selector) is { Length: > 0 } namespaces)
            parts.Add(namespaces);
        parts.Add(Commands(selector));
        return string.Join(' ', parts);
    }

    public static string Keys(Selector selector) => selector.AllKeys ? "~*" : string.Join(' ', selector.Keys);

    public static string Channels(Selector selector) => selector.AllChannels ? "&*" : string.Join(' ', selector.Channels.Select(channel => "&" + channel));

    public static string Namespaces(Selector selector) => selector.AllNamespaces ? "ns=*" : string.Join(' ', selector.Namespaces.Select(name => "ns=" + name));

    public static string Commands(Selector selector) => string.Join(' ', [selector.StartsWithAllCommands ? "+@all" : "-@all", .. selector.CommandRules]);
}
