namespace RespKv.Server.Commands;

/// <summary>The reply of MEMORY STATS: a map of figures, one nested map for each database with keys.</summary>
internal static class MemoryStatistics
{
    public static void Write(CommandContext context)
    {
        var server = context.Server;
        var memory = MemoryFigures.Of(server);
        var databases = server.Namespaces.Databases.Where(d => d.Keys.Directory.Count > 0).ToList();
        var before = Before(memory);
        var after = After(memory);
        context.Reply.Map(before.Length + databases.Count + after.Length);
        WriteFields(context, before);
        foreach (var database in databases)
            WriteDatabase(context, database);
        WriteFields(context, after);
    }

    private static (string Name, Figure Value)[] Before(MemoryFigures memory) =>
    [
        ("peak.allocated", memory.Peak),
        ("total.allocated", memory.Used),
        ("startup.allocated", memory.Startup),
        ("replication.backlog", 0),
        ("clients.slaves", 0),
        ("clients.normal", memory.Clients),
        ("cluster.links", 0),
        ("aof.buffer", 0),
        ("lua.caches", 0),
        ("functions.caches", 0),
    ];

    private static (string Name, Figure Value)[] After(MemoryFigures memory) =>
    [
        ("overhead.total", memory.Overhead),
        ("keys.count", memory.Keys),
        ("keys.bytes-per-key", memory.Keys == 0 ? 0 : (memory.Used - memory.Startup) / memory.Keys),
        ("dataset.bytes", memory.Dataset),
        ("dataset.percentage", memory.DatasetPercentage),
        ("peak.percentage", memory.PeakPercentage),
        ("allocator.allocated", memory.Allocated),
        ("allocator.active", memory.Committed),
        ("allocator.resident", memory.Resident),
        ("allocator-fragmentation.ratio", InfoMemorySection.Ratio(memory.Committed, memory.Allocated)),
        ("allocator-fragmentation.bytes", memory.Committed - memory.Allocated),
        ("allocator-rss.ratio", InfoMemorySection.Ratio(memory.Resident, memory.Committed)),
        ("allocator-rss.bytes", memory.Resident - memory.Committed),
        ("rss-overhead.ratio", 1.0),
        ("rss-overhead.bytes", 0),
        ("fragmentation", InfoMemorySection.Ratio(memory.Resident, memory.Used)),
        ("fragmentation.bytes", memory.Resident - memory.Used),
    ];

    private static void WriteDatabase(CommandContext context, Kv.Namespace database)
    {
        context.Reply.BulkString($"db.{database.Number}");
        context.Reply.Map(2);
        WriteFields(context,
        [
            ("overhead.hashtable.main", database.Keys.Directory.Bytes + (database.Keys.Ordered?.Bytes ?? 0)),
            ("overhead.hashtable.expires", 0),
        ]);
    }

    private static void WriteFields(CommandContext context, ReadOnlySpan<(string Name, Figure Value)> fields)
    {
        foreach (var (name, value) in fields)
        {
            context.Reply.BulkString(name);
            if (value.IsWhole)
                context.Reply.Integer((long)value.Amount);
            else
                context.Reply.Double(value.Amount);
        }
    }

    /// <summary>A count of bytes, or a ratio.</summary>
    private readonly record struct Figure(double Amount, bool IsWhole)
    {
        public static implicit operator Figure(long bytes) => new(bytes, true);

        public static implicit operator Figure(double ratio) => new(ratio, false);
    }
}
