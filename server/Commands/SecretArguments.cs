using System.Text;
using RespKv.Protocol;

namespace RespKv.Server.Commands;

/// <summary>Which arguments of a call hold passwords, and so appear neither in the slow log nor in what others see.</summary>
internal static class SecretArguments
{
    private static readonly Range Nothing = 0..0;

    public static Range Of(Command command, RespRequest request) => command.FullName switch
    {
        "auth" => 1..request.Length,
        "hello" => OfHello(request),
        "acl|setuser" or "acl|deluser" or "acl|getuser" => 2..request.Length,
        "config|set" => OfConfigSet(request),
        "migrate" => OfMigrate(request),
        _ => Nothing,
    };

    // HELLO version AUTH username password
    private static Range OfHello(RespRequest request)
    {
        for (var i = 2; i + 2 < request.Length; i++)
        {
            if (Ascii.EqualsIgnoreCase(request[i], "AUTH"u8))
                return (i + 1)..(i + 3);
        }

        return Nothing;
    }

    // MIGRATE ... AUTH password, or AUTH2 username password
    private static Range OfMigrate(RespRequest request)
    {
        for (var i = MigrateOptions.FirstWord; i < request.Length && !Ascii.EqualsIgnoreCase(request[i], "KEYS"u8); i++)
        {
            var length = Ascii.EqualsIgnoreCase(request[i], "AUTH"u8) ? 1 : Ascii.EqualsIgnoreCase(request[i], "AUTH2"u8) ? 2 : 0;
            if (length > 0 && i + length < request.Length)
                return (i + 1)..(i + 1 + length);
        }

        return Nothing;
    }

    // Whatever comes with a password is hidden as well: one range is enough for the usual single pair.
    private static Range OfConfigSet(RespRequest request)
    {
        for (var i = 2; i + 1 < request.Length; i += 2)
        {
            if (Ascii.EqualsIgnoreCase(request[i], "requirepass"u8) || Ascii.EqualsIgnoreCase(request[i], "masterauth"u8) || Ascii.EqualsIgnoreCase(request[i], "masteruser"u8)
                || Ascii.EqualsIgnoreCase(request[i], "http-tokens"u8) || Ascii.EqualsIgnoreCase(request[i], "tls-key-file-pass"u8) || Ascii.EqualsIgnoreCase(request[i], "tls-client-key-file-pass"u8))
                return (i + 1)..request.Length;
        }

        return Nothing;
    }
}
