namespace RespKv.Server.Commands;

/// <summary>The memory section of INFO.</summary>
internal static class InfoMemorySection
{
    public static void Write(InfoText text, ServerState server)
    {
        var memory = MemoryFigures.Of(server);
        text.Bytes("used_memory", memory.Used);
        text.Bytes("used_memory_rss", memory.Resident);
        text.Bytes("used_memory_peak", memory.Peak);
        text.Field("used_memory_peak_perc", memory.PeakPercentage, 2, "%");
        text.Field("used_memory_overhead", memory.Overhead);
        text.Field("used_memory_startup", memory.Startup);
        text.Field("used_memory_dataset", memory.Dataset);
        text.Field("used_memory_dataset_perc", memory.DatasetPercentage, 2, "%");
        text.Field("allocator_allocated", memory.Allocated);
        text.Field("allocator_active", memory.Committed);
        text.Field("allocator_resident", memory.Resident);
        text.Zeros("allocator_muzzy");
        text.Bytes("total_system_memory", memory.System);
        Scripts(text, server.Scripts);
        text.Bytes("maxmemory", server.Store.Settings.MaxMemoryBytes);
        text.Field("maxmemory_policy", PolicyNames.Of(server.Store.Settings.Policy));
        text.Field("allocator_frag_ratio", Ratio(memory.Committed, memory.Allocated), 2);
        text.Field("allocator_frag_bytes", memory.Committed - memory.Allocated);
        text.Field("allocator_rss_ratio", Ratio(memory.Resident, memory.Committed), 2);
        text.Field("allocator_rss_bytes", memory.Resident - memory.Committed);
        text.Field("rss_overhead_ratio", 1, 2);
        text.Zeros("rss_overhead_bytes");
        text.Field("mem_fragmentation_ratio", Ratio(memory.Resident, memory.Used), 2);
        text.Field("mem_fragmentation_bytes", memory.Resident - memory.Used);
        text.Zeros("mem_not_counted_for_evict", "mem_replication_backlog", "mem_total_replication_buffers", "mem_clients_slaves");
        text.Field("mem_clients_normal", memory.Clients);
        text.Zeros("mem_cluster_links", "mem_aof_buffer");
        text.Field("mem_allocator", "libc");
        text.Zeros("mem_overhead_db_hashtable_rehashing", "active_defrag_running", "lazyfree_pending_objects");
        text.Field("lazyfreed_objects", server.Stats.SinceReset(StatBase.FlushedKeys, server.Namespaces.FlushedKeys));
    }

    /// <summary>Quotient of two sizes; 0 when there is nothing to divide by.</summary>
    public static double Ratio(long size, long of) => of <= 0 ? 0 : (double)size / of;

    private static void Scripts(InfoText text, Scripts scripts)
    {
        var (evaluating, functions) = (scripts.EvalMachineBytes, scripts.Functions.MachineBytes);
        text.Field("used_memory_vm_eval", evaluating);
        text.Bytes("used_memory_lua", evaluating);
        text.Field("used_memory_scripts_eval", scripts.SourceBytes);
        text.Field("number_of_cached_scripts", scripts.Count);
        text.Field("number_of_functions", scripts.Functions.FunctionCount);
        text.Field("number_of_libraries", scripts.Functions.Count);
        text.Field("used_memory_vm_functions", functions);
        text.Bytes("used_memory_vm_total", evaluating + functions);
        text.Field("used_memory_functions", scripts.Functions.SourceBytes);
        text.Bytes("used_memory_scripts", scripts.SourceBytes + scripts.Functions.SourceBytes);
    }
}
