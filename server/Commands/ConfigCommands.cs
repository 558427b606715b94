using System.Text;

namespace RespKv.Server.Commands;

/// <summary>CONFIG: parameters while the server runs.</summary>
internal static class ConfigCommands
{
    private const CommandFlags Operator = CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale;

    private static readonly Command[] Subcommands =
    [
        new("get", -3, Operator, KeySpec.None, Get)
        {
            Since = "2.0.0", Group = "server", Complexity = "O(N), N being the number of parameters.", Summary = "Returns the parameters that match patterns.", Syntax = "parameter [parameter ...]",
            History = [("7.0.0", "Several patterns at a time.")],
        },
        new("help", 2, CommandFlags.Loading | CommandFlags.Stale, KeySpec.None, Help)
        {
            Since = "5.0.0", Group = "server", Complexity = "O(1)", Summary = "Lists the subcommands.",
        },
        new("resetstat", 2, Operator, KeySpec.None, ResetStatistics)
        {
            Since = "2.0.0", Group = "server", Complexity = "O(1)", Summary = "Sets the counts of INFO back to zero.",
        },
        new("rewrite", 2, Operator, KeySpec.None, Rewrite)
        {
            Since = "2.8.0", Group = "server", Complexity = "O(1)", Summary = "Writes the present parameters to the configuration file.",
        },
        new("set", -4, Operator, KeySpec.None, Set)
        {
            Since = "2.0.0", Group = "server", Complexity = "O(N), N being the number of parameters given.", Summary = "Changes parameters, all or none.", Syntax = "parameter value [parameter value ...]",
            History = [("7.0.0", "Several parameters at a time.")],
        },
    ];

    public static readonly Command[] All =
    [
        new("config", -2, CommandFlags.None, KeySpec.None, null)
        {
            Since = "2.0.0", Group = "server", Complexity = "Depends on the subcommand.", Summary = "Parameters while the server runs.", Subcommands = Subcommands,
        },
    ];

    // CONFIG GET parameter [parameter ...]
    private static void Get(CommandContext context)
    {
        var patterns = Enumerable.Range(2, context.Request.Length - 2).Select(i => Text(context, i)).ToList();
        var found = context.Server.Configuration.Get(patterns);
        context.Reply.Map(found.Count);
        foreach (var (name, value) in found)
        {
            context.Reply.BulkString(name);
            context.Reply.BulkString(Encoding.Latin1.GetBytes(value));
        }
    }

    // CONFIG SET parameter value [parameter value ...]
    private static void Set(CommandContext context)
    {
        var request = context.Request;
        if (request.Length % 2 != 0)
        {
            context.Error(ErrorReplies.Syntax);
            return;
        }

        var pairs = new List<(string Name, string Value)>();
        for (var i = 2; i < request.Length; i += 2)
            pairs.Add((Text(context, i), Text(context, i + 1)));
        ReplyOutcome(context, context.Server.Configuration.Set(pairs));
    }

    // CONFIG RESETSTAT
    private static void ResetStatistics(CommandContext context)
    {
        context.Server.Stats.Reset(
            (StatBase.ExpiredKeys, context.Server.ExpiredKeys), (StatBase.EvictedKeys, context.Server.Store.Cleaner.EvictedKeys), (StatBase.FlushedKeys, context.Server.Namespaces.FlushedKeys),
            (StatBase.ExpiredFields, context.Server.Store.ReapedFields), (StatBase.EvictedScripts, context.Server.Scripts.Evicted));
        context.Server.Sampler.Reset();
        context.Server.Access.Log.ResetCounts();
        context.Reply.Ok();
    }

    // CONFIG REWRITE
    private static void Rewrite(CommandContext context) => ReplyOutcome(context, context.Server.Configuration.Rewrite());

    private static void ReplyOutcome(CommandContext context, string? error)
    {
        if (error == null)
            context.Reply.Ok();
        else
            context.Error(error);
    }

    // Byte for character: a password may be any bytes.
    private static string Text(CommandContext context, int index) => Encoding.Latin1.GetString(context.Request[index]);

    // CONFIG HELP
    private static void Help(CommandContext context) => HelpReply.Write(context, "CONFIG",
    [
        "GET <pattern> [<pattern> ...]",
        "    Return the parameters that match a glob pattern, with their values.",
        "RESETSTAT",
        "    Set the counts of INFO back to zero.",
        "REWRITE",
        "    Write the present parameters to the configuration file.",
        "SET <parameter> <value> [<parameter> <value> ...]",
        "    Change parameters, all or none.",
    ]);
}
