using System.Text;
using RespKv.Server.Access;

namespace RespKv.Server.Commands;

/// <summary>Which clients CLIENT KILL means: those that everything said applies to.</summary>
internal sealed class ClientFilter
{
    public long? Id { get; private set; }

    public string? Address { get; set; }

    public string? LocalAddress { get; private set; }

    public ClientType? Type { get; private set; }

    public User? User { get; private set; }

    /// <summary>Least seconds since the client came.</summary>
    public long? AgeSeconds { get; private set; }

    /// <summary>Whether the one who asks is left out.</summary>
    public bool SkipsMe { get; set; } = true;

    /// <summary>Reads one option and its value; false when the reply has been made an error.</summary>
    public bool TryRead(CommandContext context, ReadOnlySpan<byte> option, int valueAt)
    {
        var value = context.Request[valueAt];
        if (Ascii.EqualsIgnoreCase(option, "ID"u8))
            return TryReadId(context, valueAt);
        if (Ascii.EqualsIgnoreCase(option, "MAXAGE"u8))
            return TryReadAge(context, valueAt);
        if (Ascii.EqualsIgnoreCase(option, "TYPE"u8))
            return (Type = ClientTypes.Read(context, valueAt)) != null;
        if (Ascii.EqualsIgnoreCase(option, "USER"u8))
            return TryReadUser(context, value);
        if (Ascii.EqualsIgnoreCase(option, "ADDR"u8))
            Address = Encoding.UTF8.GetString(value);
        else if (Ascii.EqualsIgnoreCase(option, "LADDR"u8))
            LocalAddress = Encoding.UTF8.GetString(value);
        else if (Ascii.EqualsIgnoreCase(option, "SKIPME"u8) && (Ascii.EqualsIgnoreCase(value, "yes"u8) || Ascii.EqualsIgnoreCase(value, "no"u8)))
            SkipsMe = Ascii.EqualsIgnoreCase(value, "yes"u8);
        else
            return Refuse(context, ErrorReplies.Syntax);
        return true;
    }

    public bool IsMatch(Client client, Client me, long nowMs) =>
        (Id == null || client.Id == Id)
        && (Address == null || client.Address == Address)
        && (LocalAddress == null || client.LocalAddress == LocalAddress)
        && (Type == null || ClientTypes.Of(client) == Type)
        && (User == null || client.User == User)
        && (AgeSeconds == null || (nowMs - client.ConnectedAtMs) / 1000 >= AgeSeconds)
        && !(SkipsMe && client == me);

    private bool TryReadId(CommandContext context, int valueAt)
    {
        if (!context.Request.TryGetInt64(valueAt, out var id) || id < 1)
            return Refuse(context, "ERR client-id should be greater than 0");
        Id = id;
        return true;
    }

    private bool TryReadAge(CommandContext context, int valueAt)
    {
        if (!context.Request.TryGetInt64(valueAt, out var seconds))
            return Refuse(context, "ERR maxage is not an integer or out of range");
        if (seconds <= 0)
            return Refuse(context, "ERR maxage should be greater than 0");
        AgeSeconds = seconds;
        return true;
    }

    private bool TryReadUser(CommandContext context, ReadOnlySpan<byte> name)
    {
        User = context.Server.Access.Users.Find(RuleText.Of(name));
        return User != null || Refuse(context, $"ERR No such user '{RequestEcho.Of(name, int.MaxValue)}'");
    }

    private static bool Refuse(CommandContext context, string error)
    {
        context.Error(error);
        return false;
    }
}
