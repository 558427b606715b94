namespace RespKv.Server.Commands;

/// <summary>MODULE: there are none.</summary>
internal static class ModuleCommands
{
    private static readonly Command[] Subcommands =
    [
        new("help", 2, CommandFlags.Loading | CommandFlags.Stale, KeySpec.None, Help)
        {
            Since = "5.0.0", Group = "server", Complexity = "O(1)", Summary = "Lists the subcommands.",
        },
        new("list", 2, CommandFlags.Admin | CommandFlags.NoScript, KeySpec.None, context => context.Reply.Array(0))
        {
            Since = "4.0.0", Group = "server", Complexity = "O(1)", Summary = "Lists the modules, of which there are none.",
        },
    ];

    public static readonly Command[] All =
    [
        new("module", -2, CommandFlags.None, KeySpec.None, null)
        {
            Since = "4.0.0", Group = "server", Complexity = "Depends on the subcommand.", Summary = "Modules, of which there are none.", Subcommands = Subcommands,
        },
    ];

    // MODULE HELP
    private static void Help(CommandContext context) => HelpReply.Write(context, "MODULE",
    [
        "LIST",
        "    List the modules; there are none.",
    ]);
}
