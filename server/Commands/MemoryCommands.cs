using System.Text;
using RespKv.Server.Kv;

namespace RespKv.Server.Commands;

/// <summary>MEMORY: what takes how much.</summary>
internal static class MemoryCommands
{
    // What a key takes in the directory beside its bytes: its slot, and its part of free slots.
    private const int DirectoryBytesPerKey = 24;

    // Below this many bytes of data figures say nothing.
    private const long WorthReporting = 5L << 20;

    private static readonly Command[] Subcommands =
    [
        new("doctor", 2, CommandFlags.None, KeySpec.None, context => context.Reply.Verbatim("txt"u8, Encoding.UTF8.GetBytes(Diagnose(context.Server))))
        {
            Since = "4.0.0", Group = "server", Complexity = "O(1)", Summary = "Reports on memory in words.",
        },
        new("help", 2, CommandFlags.Loading | CommandFlags.Stale, KeySpec.None, Help)
        {
            Since = "4.0.0", Group = "server", Complexity = "O(1)", Summary = "Lists the subcommands.",
        },
        new("malloc-stats", 2, CommandFlags.None, KeySpec.None, context => context.Reply.BulkString("Stats not supported for the current allocator"u8))
        {
            Since = "4.0.0", Group = "server", Complexity = "O(1)", Summary = "Tells that the allocator keeps no figures.",
        },
        new("purge", 2, CommandFlags.None, KeySpec.None, Purge)
        {
            Since = "4.0.0", Group = "server", Complexity = "O(N), N being the objects of the server.", Summary = "Gives memory that is not needed back to the system.",
        },
        new("stats", 2, CommandFlags.None, KeySpec.None, context => MemoryStatistics.Write(context))
        {
            Since = "4.0.0", Group = "server", Complexity = "O(1)", Summary = "Returns what takes how much memory.",
        },
        new("usage", -3, CommandFlags.ReadOnly, new KeySpec(2, 2, 1, KeyUse.ReadOnly), Usage)
        {
            Since = "4.0.0", Group = "server", Complexity = "O(1)", Summary = "Tells how many bytes a key and its value take.", Syntax = "key [SAMPLES count]",
        },
    ];

    public static readonly Command[] All =
    [
        new("memory", -2, CommandFlags.None, KeySpec.None, null)
        {
            Since = "4.0.0", Group = "server", Complexity = "Depends on the subcommand.", Summary = "What takes how much memory.", Subcommands = Subcommands,
        },
    ];

    // MEMORY USAGE key [SAMPLES count]; what the fields of a large hash take is known, so no samples are taken.
    private static void Usage(CommandContext context)
    {
        var request = context.Request;
        for (var i = 3; i < request.Length; i += 2)
        {
            if (!Ascii.EqualsIgnoreCase(request[i], "SAMPLES"u8) || i + 1 >= request.Length)
            {
                context.Error(ErrorReplies.Syntax);
                return;
            }

            if (!request.TryGetInt64(i + 1, out var samples))
            {
                context.Error(ErrorReplies.NotAnInteger);
                return;
            }

            if (samples < 0)
            {
                context.Error(ErrorReplies.Syntax);
                return;
            }
        }

        var info = context.Reusable<RecordInfoReader>().AsUse(false);
        if (!context.Keyspace.Read(request[2], info))
        {
            context.Reply.Null();
            return;
        }

        var fields = info.FieldsId == 0 ? null : context.Server.Store.FindKeyset(info.FieldsId);
        var listed = context.Namespace.Keys.IsListed ? request[2].Length + DirectoryBytesPerKey : 0;
        context.Reply.Integer(info.StoredBytes + listed + (fields?.LiveBytes + fields?.Directory.Bytes ?? 0));
    }

    // MEMORY PURGE
    private static void Purge(CommandContext context)
    {
        // A collection stops all threads: not from one that serves others.
        _ = Task.Run(() => GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true));
        context.Reply.Ok();
    }

    private static string Diagnose(ServerState server)
    {
        var memory = MemoryFigures.Of(server);
        var store = server.Store;
        if (memory.Dataset < WorthReporting)
            return "There is too little data to say anything of how memory is used.\n";
        var found = new List<string>();
        if (memory.Peak > memory.Used * 3 / 2)
            found.Add($"The peak was {InfoText.HumanBytes(memory.Peak)}, now {InfoText.HumanBytes(memory.Used)} are used: what the system shows may still be the peak.");
        if (memory.Resident > memory.Used * 7 / 5 && memory.Resident - memory.Used > 64L << 20)
            found.Add($"The process holds {InfoText.HumanBytes(memory.Resident)} for {InfoText.HumanBytes(memory.Used)} in use. Garbage of the log is {InfoText.HumanBytes(store.LogBytes - store.LiveBytes)}; it is cleaned in time.");
        if (memory.Clients > 64L << 20)
            found.Add($"Replies that clients have not read take {InfoText.HumanBytes(memory.Clients)}: see CLIENT LIST, field tot-mem.");
        if (store.IsFull)
            found.Add("The data takes all of maxmemory: " + (store.RefusesWrites ? "writes are refused." : "keys are evicted."));
        return found.Count == 0 ? "Nothing is wrong with how memory is used.\n" : string.Join('\n', found) + "\n";
    }

    // MEMORY HELP
    private static void Help(CommandContext context) => HelpReply.Write(context, "MEMORY",
    [
        "DOCTOR",
        "    Report on memory in words.",
        "MALLOC-STATS",
        "    Return the allocator's own figures, where it has any.",
        "PURGE",
        "    Give memory that is not needed back to the system.",
        "STATS",
        "    Return what takes how much memory.",
        "USAGE <key> [SAMPLES <count>]",
        "    Return the bytes that a key and its value take.",
    ]);
}
