namespace RespKv.Server.Access;

/// <summary>Why a rule is refused.</summary>
internal enum RuleFault
{
    None,
    Syntax,
    UnknownCommand,
    KeyAfterAllKeys,
    ChannelAfterAllChannels,
    NoSuchPassword,
    InvalidHash,
    FirstArgumentOfSubcommand,
}

/// <summary>The faults in Redis's words.</summary>
internal static class RuleFaults
{
    public static string TextOf(RuleFault fault) => fault switch
    {
        RuleFault.UnknownCommand => "Unknown command or category name in ACL",
        RuleFault.KeyAfterAllKeys => AfterAll("allkeys", "resetkeys", "patterns"),
        RuleFault.ChannelAfterAllChannels => AfterAll("allchannels", "resetchannels", "channels"),
        RuleFault.NoSuchPassword => "The password you are trying to remove from the user does not exist",
        RuleFault.InvalidHash => "The password hash must be exactly 64 characters and contain only lowercase hexadecimal characters",
        RuleFault.FirstArgumentOfSubcommand => "Allowing first-arg of a subcommand is not supported",
        _ => "Syntax error",
    };

    private static string AfterAll(string flag, string reset, string list) =>
        $"Adding a pattern after the * pattern (or the '{flag}' flag) is not valid and does not have any effect. Try '{reset}' to start with an empty list of {list}";
}
