namespace RespKv.Server.Commands;

/// <summary>CLUSTER: its subcommands are known, and refused as a Redis refuses them that is in no cluster.</summary>
internal static class ClusterCommands
{
    private const CommandFlags Early = CommandFlags.Loading | CommandFlags.Stale;
    private const CommandFlags Operator = CommandFlags.Admin | CommandFlags.Stale;
    private const CommandFlags Change = Operator | CommandFlags.NoAsyncLoading;

    private static readonly Command[] Subcommands =
    [
        Refused("addslots", -3, Change, "3.0.0"),
        Refused("addslotsrange", -4, Change, "7.0.0"),
        Refused("bumpepoch", 2, Change, "3.0.0"),
        Refused("count-failure-reports", 3, Operator, "3.0.0"),
        Refused("countkeysinslot", 3, CommandFlags.Stale, "3.0.0"),
        Refused("delslots", -3, Change, "3.0.0"),
        Refused("delslotsrange", -4, Change, "7.0.0"),
        Refused("failover", -2, Change, "3.0.0"),
        Refused("flushslots", 2, Change, "3.0.0"),
        Refused("forget", 3, Change, "3.0.0"),
        Refused("getkeysinslot", 4, CommandFlags.Stale, "3.0.0"),
        Refused("help", 2, Early, "5.0.0"),
        Refused("info", 2, CommandFlags.Stale, "3.0.0"),
        Refused("keyslot", 3, CommandFlags.Stale, "3.0.0"),
        Refused("links", 2, CommandFlags.Stale, "7.0.0"),
        Refused("meet", -4, Change, "3.0.0"),
        Refused("myid", 2, CommandFlags.Stale, "3.0.0"),
        Refused("myshardid", 2, CommandFlags.Stale, "7.2.0"),
        Refused("nodes", 2, CommandFlags.Stale, "3.0.0"),
        Refused("replicas", 3, Operator, "5.0.0"),
        Refused("replicate", 3, Change, "3.0.0"),
        Refused("reset", -2, Operator | CommandFlags.NoScript, "3.0.0"),
        Refused("saveconfig", 2, Change, "3.0.0"),
        Refused("set-config-epoch", 3, Change, "3.0.0"),
        Refused("setslot", -4, Change, "3.0.0"),
        Refused("shards", 2, Early, "7.0.0"),
        Refused("slaves", 3, Operator, "3.0.0"),
        Refused("slots", 2, Early, "3.0.0"),
    ];

    public static readonly Command[] All =
    [
        new("cluster", -2, CommandFlags.None, KeySpec.None, null)
        {
            Since = "3.0.0", Group = "cluster", Complexity = "O(1)", Summary = "For clusters; refused here.", Subcommands = Subcommands,
        },
    ];

    /// <summary>What every command for clusters replies.</summary>
    public static void Refuse(CommandContext context) => context.Error("ERR This instance has cluster support disabled");

    private static Command Refused(string name, int arity, CommandFlags flags, string since) => new(name, arity, flags, KeySpec.None, Refuse)
    {
        Since = since,
        Group = "cluster",
        Complexity = "O(1)",
        Summary = "For clusters; refused here.",
    };
}
