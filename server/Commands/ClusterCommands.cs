namespace RespKv.Server.Commands;

/// <summary>CLUSTER: its subcommands are known, and refused as a Redis refuses them that is in no cluster.</summary>
internal static class ClusterCommands
{
    private const CommandFlags Early = CommandFlags.Loading | CommandFlags.Stale;
    private const CommandFlags Operator = CommandFlags.Admin | CommandFlags.Stale;
    private const CommandFlags Change = Operator | CommandFlags.NoAsyncLoading;

    private static readonly Command[] Subcommands =
    [
        new("addslots", -3, Change, KeySpec.None, Refuse)
        {
            Since = "3.0.0", Group = "cluster", Complexity = "O(1)", Summary = "For clusters; refused here.",
        },
        new("addslotsrange", -4, Change, KeySpec.None, Refuse)
        {
            Since = "7.0.0", Group = "cluster", Complexity = "O(1)", Summary = "For clusters; refused here.",
        },
        new("bumpepoch", 2, Change, KeySpec.None, Refuse)
        {
            Since = "3.0.0", Group = "cluster", Complexity = "O(1)", Summary = "For clusters; refused here.",
        },
        new("count-failure-reports", 3, Operator, KeySpec.None, Refuse)
        {
            Since = "3.0.0", Group = "cluster", Complexity = "O(1)", Summary = "For clusters; refused here.",
        },
        new("countkeysinslot", 3, CommandFlags.Stale, KeySpec.None, Refuse)
        {
            Since = "3.0.0", Group = "cluster", Complexity = "O(1)", Summary = "For clusters; refused here.",
        },
        new("delslots", -3, Change, KeySpec.None, Refuse)
        {
            Since = "3.0.0", Group = "cluster", Complexity = "O(1)", Summary = "For clusters; refused here.",
        },
        new("delslotsrange", -4, Change, KeySpec.None, Refuse)
        {
            Since = "7.0.0", Group = "cluster", Complexity = "O(1)", Summary = "For clusters; refused here.",
        },
        new("failover", -2, Change, KeySpec.None, Refuse)
        {
            Since = "3.0.0", Group = "cluster", Complexity = "O(1)", Summary = "For clusters; refused here.",
        },
        new("flushslots", 2, Change, KeySpec.None, Refuse)
        {
            Since = "3.0.0", Group = "cluster", Complexity = "O(1)", Summary = "For clusters; refused here.",
        },
        new("forget", 3, Change, KeySpec.None, Refuse)
        {
            Since = "3.0.0", Group = "cluster", Complexity = "O(1)", Summary = "For clusters; refused here.",
        },
        new("getkeysinslot", 4, CommandFlags.Stale, KeySpec.None, Refuse)
        {
            Since = "3.0.0", Group = "cluster", Complexity = "O(1)", Summary = "For clusters; refused here.",
        },
        new("help", 2, Early, KeySpec.None, Refuse)
        {
            Since = "5.0.0", Group = "cluster", Complexity = "O(1)", Summary = "For clusters; refused here.",
        },
        new("info", 2, CommandFlags.Stale, KeySpec.None, Refuse)
        {
            Since = "3.0.0", Group = "cluster", Complexity = "O(1)", Summary = "For clusters; refused here.",
        },
        new("keyslot", 3, CommandFlags.Stale, KeySpec.None, Refuse)
        {
            Since = "3.0.0", Group = "cluster", Complexity = "O(1)", Summary = "For clusters; refused here.",
        },
        new("links", 2, CommandFlags.Stale, KeySpec.None, Refuse)
        {
            Since = "7.0.0", Group = "cluster", Complexity = "O(1)", Summary = "For clusters; refused here.",
        },
        new("meet", -4, Change, KeySpec.None, Refuse)
        {
            Since = "3.0.0", Group = "cluster", Complexity = "O(1)", Summary = "For clusters; refused here.",
        },
        new("myid", 2, CommandFlags.Stale, KeySpec.None, Refuse)
        {
            Since = "3.0.0", Group = "cluster", Complexity = "O(1)", Summary = "For clusters; refused here.",
        },
        new("myshardid", 2, CommandFlags.Stale, KeySpec.None, Refuse)
        {
            Since = "7.2.0", Group = "cluster", Complexity = "O(1)", Summary = "For clusters; refused here.",
        },
        new("nodes", 2, CommandFlags.Stale, KeySpec.None, Refuse)
        {
            Since = "3.0.0", Group = "cluster", Complexity = "O(1)", Summary = "For clusters; refused here.",
        },
        new("replicas", 3, Operator, KeySpec.None, Refuse)
        {
            Since = "5.0.0", Group = "cluster", Complexity = "O(1)", Summary = "For clusters; refused here.",
        },
        new("replicate", 3, Change, KeySpec.None, Refuse)
        {
            Since = "3.0.0", Group = "cluster", Complexity = "O(1)", Summary = "For clusters; refused here.",
        },
        new("reset", -2, Operator | CommandFlags.NoScript, KeySpec.None, Refuse)
        {
            Since = "3.0.0", Group = "cluster", Complexity = "O(1)", Summary = "For clusters; refused here.",
        },
        new("saveconfig", 2, Change, KeySpec.None, Refuse)
        {
            Since = "3.0.0", Group = "cluster", Complexity = "O(1)", Summary = "For clusters; refused here.",
        },
        new("set-config-epoch", 3, Change, KeySpec.None, Refuse)
        {
            Since = "3.0.0", Group = "cluster", Complexity = "O(1)", Summary = "For clusters; refused here.",
        },
        new("setslot", -4, Change, KeySpec.None, Refuse)
        {
            Since = "3.0.0", Group = "cluster", Complexity = "O(1)", Summary = "For clusters; refused here.",
        },
        new("shards", 2, Early, KeySpec.None, Refuse)
        {
            Since = "7.0.0", Group = "cluster", Complexity = "O(1)", Summary = "For clusters; refused here.",
        },
        new("slaves", 3, Operator, KeySpec.None, Refuse)
        {
            Since = "3.0.0", Group = "cluster", Complexity = "O(1)", Summary = "For clusters; refused here.",
        },
        new("slots", 2, Early, KeySpec.None, Refuse)
        {
            Since = "3.0.0", Group = "cluster", Complexity = "O(1)", Summary = "For clusters; refused here.",
        },
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
}
