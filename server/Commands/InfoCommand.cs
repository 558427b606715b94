using System.Text;

namespace RespKv.Server.Commands;

/// <summary>INFO: the server in numbers, as <c>field:value</c> lines in sections.</summary>
internal static class InfoCommand
{
    /// <summary>The sections in the order in which they are shown, each with its heading, and whether INFO shows it unasked.</summary>
    private static readonly (string Name, string Heading, bool IsDefault, Action<InfoText, ServerState> Write)[] Sections =
    [
        ("server", "Server", true, InfoSections.Server),
        ("clients", "Clients", true, InfoSections.Clients),
        ("memory", "Memory", true, InfoMemorySection.Write),
        ("persistence", "Persistence", true, InfoSections.Persistence),
        ("stats", "Stats", true, InfoStatSections.Stats),
        ("replication", "Replication", true, InfoSections.Replication),
        ("cpu", "CPU", true, InfoSections.Cpu),
        ("modules", "Modules", true, (_, _) => { }),
        ("commandstats", "Commandstats", false, InfoStatSections.Commands),
        ("errorstats", "Errorstats", true, InfoStatSections.Errors),
        ("latencystats", "Latencystats", false, InfoStatSections.Latencies),
        ("cluster", "Cluster", true, InfoSections.Cluster),
        ("keyspace", "Keyspace", true, InfoSections.Keyspace),
        ("respkv", "RespKv", true, InfoSections.RespKv),
    ];

    public static readonly Command[] All =
    [
        new("info", -1, CommandFlags.Loading | CommandFlags.Stale, KeySpec.None, Run)
        {
            Since = "1.0.0", Group = "server", Complexity = "O(1)", Summary = "Returns the server in numbers.", Syntax = "[section [section ...]]", Categories = ["dangerous"],
            History = [("7.0.0", "Several sections at a time.")],
        },
    ];

    // INFO [section [section ...]]
    private static void Run(CommandContext context)
    {
        var request = context.Request;
        var wanted = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        for (var i = 1; i < request.Length; i++)
            wanted.Add(Encoding.Latin1.GetString(request[i]));
        context.Reply.Verbatim("txt"u8, Encoding.UTF8.GetBytes(Render(context.Server, wanted)));
    }

    /// <summary>The text for those sections, or groups of sections; the default ones when there are none.</summary>
    internal static string Render(ServerState server, HashSet<string> wanted)
    {
        var isAll = wanted.Contains("all") || wanted.Contains("everything");
        var isDefault = wanted.Count == 0 || wanted.Contains("default");
        var text = new InfoText();
        foreach (var section in Sections)
        {
            if (!isAll && !(isDefault && section.IsDefault) && !wanted.Contains(section.Name))
                continue;
            text.Heading(section.Heading);
            section.Write(text, server);
        }

        return text.ToString();
    }
}
