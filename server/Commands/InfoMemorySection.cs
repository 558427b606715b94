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
        Scripts(text);
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

    // There are no scripts.
    private static void Scripts(InfoText text)
    {
        text.Zeros("used_memory_lua", "used_memory_vm_eval");
        text.Field("used_memory_lua_human", "0B");
        text.Zeros("used_memory_scripts_eval", "number_of_cached_scripts", "number_of_functions", "number_of_libraries", "used_memory_vm_functions", "used_memory_vm_total");
        text.Field("used_memory_vm_total_human", "0B");
        text.Zeros("used_memory_functions", "used_memory_scripts");
        text.Field("used_memory_scripts_human", "0B");
    }
}
