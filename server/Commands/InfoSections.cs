using System.Diagnostics;
using System.Globalization;

namespace RespKv.Server.Commands;

/// <summary>The sections of INFO but for memory and the counts of commands. Fields of what this server does not have are 0, as in a Redis that does not use it.</summary>
internal static class InfoSections
{
    public static void Server(InfoText text, ServerState server)
    {
        var identity = server.Identity;
        var uptime = (long)Stopwatch.GetElapsedTime(server.Stats.StartedTimestamp).TotalSeconds;
        text.Field("redis_version", ServerIdentity.RedisVersion);
        text.Field("redis_git_sha1", "00000000");
        text.Zeros("redis_git_dirty");
        text.Field("redis_build_id", "respkv-" + ServerIdentity.Version);
        text.Field("redis_mode", "standalone");
        text.Field("os", ServerIdentity.OperatingSystem);
        text.Field("arch_bits", IntPtr.Size * 8);
        text.Field("monotonic_clock", "Stopwatch at " + Stopwatch.Frequency.ToString(CultureInfo.InvariantCulture) + " ticks/s");
        text.Field("multiplexing_api", OperatingSystem.IsLinux() ? "epoll" : OperatingSystem.IsWindows() ? "iocp" : "kqueue");
        text.Field("atomicvar_api", "dotnet");
        text.Field("gcc_version", "0.0.0");
        text.Field("process_id", Environment.ProcessId);
        text.Field("process_supervised", "no");
        text.Field("run_id", identity.RunId);
        text.Field("tcp_port", identity.TcpPort);
        text.Field("server_time_usec", (DateTimeOffset.UtcNow - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond);
        text.Field("uptime_in_seconds", uptime);
        text.Field("uptime_in_days", uptime / 86_400);
        text.Field("hz", 10);
        text.Field("configured_hz", 10);
        text.Field("lru_clock", (server.Store.Clock.NowMs / 1000) & 0xFFFFFF);
        text.Field("executable", Environment.ProcessPath ?? "");
        text.Field("config_file", identity.ConfigFile);
        text.Zeros("io_threads_active");
        foreach (var (name, listens) in identity.Listeners)
            text.Field(name, listens);
    }

    public static void Clients(InfoText text, ServerState server)
    {
        var clients = server.Clients.Values;
        text.Field("connected_clients", clients.Count);
        text.Zeros("cluster_connections");
        text.Field("maxclients", server.Identity.MaxClients());
        text.Field("client_recent_max_input_buffer", clients.Select(c => c.Connection.PendingInputBytes).DefaultIfEmpty().Max());
        text.Field("client_recent_max_output_buffer", clients.Select(c => c.Connection.PendingOutputBytes).DefaultIfEmpty().Max());
        text.Field("blocked_clients", server.Stats.BlockedClients + server.Clients.Values.Count(c => c.IsPaused));
        text.Field("tracking_clients", server.Gauges.TrackingClients());
        text.Field("pubsub_clients", server.Gauges.PubSubClients());
        text.Field("watching_clients", server.Gauges.WatchingClients());
        text.Zeros("clients_in_timeout_table");
        text.Field("total_watched_keys", server.Gauges.WatchedKeys());
        text.Zeros("total_blocking_keys", "total_blocking_keys_on_nokey");
    }

    /// <summary>RDB's fields tell of checkpoints, AOF's of the write log, which a checkpoint rewrites.</summary>
    public static void Persistence(InfoText text, ServerState server)
    {
        var kept = server.Persistence;
        var isSaving = kept is { IsSaving: true } ? 1 : 0;
        var status = kept?.LastFault == null ? "ok" : "err";
        var current = kept?.CurrentSaveSeconds ?? -1;
        text.Field("loading", server.IsLoading ? 1 : 0);
        text.Zeros("async_loading", "current_cow_peak", "current_cow_size", "current_cow_size_age");
        text.Field("current_fork_perc", 0, 2);
        text.Zeros("current_save_keys_processed", "current_save_keys_total");
        text.Field("rdb_changes_since_last_save", kept?.ChangesSinceSave ?? server.Store.Changes);
        text.Field("rdb_bgsave_in_progress", isSaving);
        text.Field("rdb_last_save_time", (kept?.LastSaveMs ?? server.Stats.StartedAt.ToUnixTimeMilliseconds()) / 1000);
        text.Field("rdb_last_bgsave_status", status);
        text.Field("rdb_last_bgsave_time_sec", kept?.LastSaveSeconds ?? -1);
        text.Field("rdb_current_bgsave_time_sec", current);
        text.Field("rdb_saves", kept?.Saves ?? 0);
        text.Zeros("rdb_last_cow_size", "rdb_last_load_keys_expired");
        text.Field("rdb_last_load_keys_loaded", kept?.RecoveredFrames ?? 0);
        text.Field("aof_enabled", kept is { LogsWrites: true } ? 1 : 0);
        text.Field("aof_rewrite_in_progress", isSaving);
        text.Zeros("aof_rewrite_scheduled");
        text.Field("aof_last_rewrite_time_sec", kept?.LastSaveSeconds ?? -1);
        text.Field("aof_current_rewrite_time_sec", current);
        text.Field("aof_last_bgrewrite_status", status);
        text.Field("aof_rewrites", kept?.Saves ?? 0);
        text.Zeros("aof_rewrites_consecutive_failures");
        text.Field("aof_last_write_status", server.Store.Log.Failure == null ? "ok" : "err");
        text.Zeros("aof_last_cow_size", "module_fork_in_progress", "module_fork_last_cow_size");
        if (kept is { LogsWrites: true })
            LogFigures(text, server, kept);
    }

    private static void LogFigures(InfoText text, ServerState server, Storage.Faster.Persistence kept)
    {
        var log = server.Store.Log;
        text.Field("aof_current_size", kept.CheckpointBytes + kept.LogBytes);
        text.Field("aof_base_size", kept.CheckpointBytes);
        text.Zeros("aof_pending_rewrite");
        text.Field("aof_buffer_length", log.IsRecording ? (long)(log.Tail - log.Written) : 0);
        text.Zeros("aof_pending_bio_fsync", "aof_delayed_fsync");
        text.Field("log_synced_position", (long)log.Synced);
        text.Field("log_last_sync_ms", log.LastSyncMs);
        text.Bytes("large_value_file_bytes", server.Store.LargeValues.FileBytes);
    }

    public static void Replication(InfoText text, ServerState server)
    {
        text.Field("role", "master");
        text.Zeros("connected_slaves");
        text.Field("master_failover_state", "no-failover");
        text.Field("master_replid", server.Identity.ReplicationId);
        text.Field("master_replid2", new string('0', 40));
        text.Zeros("master_repl_offset");
        text.Field("second_repl_offset", -1);
        text.Zeros("repl_backlog_active");
        text.Field("repl_backlog_size", 1_048_576);
        text.Zeros("repl_backlog_first_byte_offset", "repl_backlog_histlen");
    }

    public static void Cpu(InfoText text, ServerState server)
    {
        using var process = Process.GetCurrentProcess();
        var (system, user) = (process.PrivilegedProcessorTime.TotalSeconds, process.UserProcessorTime.TotalSeconds);
        text.Field("used_cpu_sys", system, 6);
        text.Field("used_cpu_user", user, 6);
        text.Field("used_cpu_sys_children", 0, 6);
        text.Field("used_cpu_user_children", 0, 6);
        // Threads here are equals: there is no main one whose time could be told apart.
        text.Field("used_cpu_sys_main_thread", system, 6);
        text.Field("used_cpu_user_main_thread", user, 6);
    }

    public static void Cluster(InfoText text, ServerState server) => text.Zeros("cluster_enabled");

    /// <summary>One line for each database that has keys.</summary>
    public static void Keyspace(InfoText text, ServerState server)
    {
        foreach (var database in server.Namespaces.Databases)
        {
            var directory = database.Keys.Directory;
            if (directory.Count > 0)
                text.Field($"db{database.Number}", $"keys={directory.Count},expires={directory.ExpiresCount},avg_ttl=0,subexpiry={directory.PartsExpiringCount}");
        }
    }

    /// <summary>What is ours: the namespaces, and how the store uses its memory.</summary>
    public static void RespKv(InfoText text, ServerState server)
    {
        var store = server.Store;
        text.Field("respkv_version", ServerIdentity.Version);
        text.Field("namespaces", server.Namespaces.All.Count(n => n.Number is null or 0 || n.Keys.Directory.Count > 0));
        text.Field("keys", store.KeyCount);
        text.Bytes("log_live_bytes", store.LiveBytes);
        text.Bytes("log_total_bytes", store.LogBytes);
        text.Bytes("index_bytes", store.IndexBytes);
        text.Bytes("directory_bytes", store.Keysets.Sum(k => k.Directory.Bytes + (k.Ordered?.Bytes ?? 0)));
        text.Bytes("large_value_bytes", store.LargeValues.Bytes);
        text.Field("last_version", (long)store.LastVersion);
    }
}
