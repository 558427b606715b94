using System.Text;

namespace RespKv.Server.Commands;

/// <summary>Redis's sorts of clients. Of masters and replicas there are none here.</summary>
internal enum ClientType
{
    Normal,
    Master,
    Replica,
    PubSub,
}

internal static class ClientTypes
{
    public static ClientType Of(Client client) => client.IsSubscribed ? ClientType.PubSub : ClientType.Normal;

    /// <summary>The type that an argument names; null when the reply has been made an error.</summary>
    public static ClientType? Read(CommandContext context, int argument)
    {
        var name = context.Request[argument];
        if (Ascii.EqualsIgnoreCase(name, "normal"u8))
            return ClientType.Normal;
        if (Ascii.EqualsIgnoreCase(name, "master"u8))
            return ClientType.Master;
        if (Ascii.EqualsIgnoreCase(name, "replica"u8) || Ascii.EqualsIgnoreCase(name, "slave"u8))
            return ClientType.Replica;
        if (Ascii.EqualsIgnoreCase(name, "pubsub"u8))
            return ClientType.PubSub;
        context.Error($"ERR Unknown client type '{RequestEcho.Of(name, name.Length)}'");
        return null;
    }
}
