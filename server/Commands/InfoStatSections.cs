using System.Diagnostics;
using System.Globalization;
using RespKv.Server.Access;

namespace RespKv.Server.Commands;

/// <summary>The sections of INFO that count: stats, commandstats, errorstats, latencystats.</summary>
internal static class InfoStatSections
{
    private static readonly double MicrosecondsPerTick = 1e6 / Stopwatch.Frequency;

    public static void Stats(InfoText text, ServerState server)
    {
        var stats = server.Stats;
        text.Field("total_connections_received", stats.ConnectionsReceived);
        text.Field("total_commands_processed", stats.Sum(c => c.Commands));
        Traffic(text, server);
        text.Field("rejected_connections", stats.ConnectionsRejected);
        text.Zeros("sync_full", "sync_partial_ok", "sync_partial_err");
        text.Field("expired_subkeys", stats.SinceReset(StatBase.ExpiredFields, server.Store.ReapedFields));
        text.Field("expired_keys", stats.SinceReset(StatBase.ExpiredKeys, server.ExpiredKeys));
        text.Field("expired_stale_perc", 0, 2);
        text.Zeros("expired_time_cap_reached_count", "expire_cycle_cpu_milliseconds");
        text.Field("evicted_keys", stats.SinceReset(StatBase.EvictedKeys, server.Store.Cleaner.EvictedKeys));
        text.Zeros("evicted_clients");
        text.Field("evicted_scripts", stats.SinceReset(StatBase.EvictedScripts, server.Scripts.Evicted));
        text.Zeros("total_eviction_exceeded_time", "current_eviction_exceeded_time");
        text.Field("keyspace_hits", stats.Sum(c => c.Hits));
        text.Field("keyspace_misses", stats.Sum(c => c.Misses));
        text.Field("pubsub_channels", server.Gauges.PubSubChannels());
        text.Field("pubsub_patterns", server.Gauges.PubSubPatterns());
        text.Field("pubsubshard_channels", server.Gauges.PubSubShardChannels());
        text.Zeros("latest_fork_usec", "total_forks");
        text.Field("migrate_cached_sockets", server.MigrateConnections.Count);
        text.Zeros("slave_expires_tracked_keys");
        text.Zeros("active_defrag_hits", "active_defrag_misses", "active_defrag_key_hits", "active_defrag_key_misses", "total_active_defrag_time", "current_active_defrag_time");
        text.Field("tracking_total_keys", server.Tracking.Keys);
        text.Field("tracking_total_items", server.Tracking.Items);
        text.Field("tracking_total_prefixes", server.Tracking.Prefixes);
        text.Zeros("unexpected_error_replies");
        text.Field("total_error_replies", stats.Sum(c => c.ErrorReplies));
        text.Zeros("dump_payload_sanitizations");
        text.Field("total_reads_processed", stats.Sum(c => c.Reads));
        text.Field("total_writes_processed", stats.Sum(c => c.Writes));
        text.Zeros("io_threaded_reads_processed", "io_threaded_writes_processed");
        text.Field("client_query_buffer_limit_disconnections", stats.QueryBufferDisconnections);
        text.Field("client_output_buffer_limit_disconnections", stats.OutputBufferDisconnections);
        text.Field("acl_access_denied_auth", server.Access.Log.Count(DenialReason.Authentication));
        text.Field("acl_access_denied_cmd", server.Access.Log.Count(DenialReason.Command));
        text.Field("acl_access_denied_key", server.Access.Log.Count(DenialReason.Key));
        text.Field("acl_access_denied_channel", server.Access.Log.Count(DenialReason.Channel));
        text.Field("acl_access_denied_namespace", server.Access.Log.Count(DenialReason.Namespace));
    }

    /// <summary>One line for each command that was called or refused.</summary>
    public static void Commands(InfoText text, ServerState server)
    {
        foreach (var command in AllCommands(server))
        {
            var sum = server.Stats.Sum(command);
            if (sum.Calls + sum.Rejected + sum.Failed == 0)
                continue;
            var microseconds = (long)(sum.Ticks * MicrosecondsPerTick);
            var each = sum.Calls == 0 ? 0 : (double)microseconds / sum.Calls;
            text.Field("cmdstat_" + command.FullName, string.Create(CultureInfo.InvariantCulture,
                $"calls={sum.Calls},usec={microseconds},usec_per_call={each:F2},rejected_calls={sum.Rejected},failed_calls={sum.Failed}"));
        }
    }

    /// <summary>One line for each kind of error.</summary>
    public static void Errors(InfoText text, ServerState server)
    {
        foreach (var (kind, count) in server.Stats.SumErrors())
            text.Field("errorstat_" + Safe(kind), string.Create(CultureInfo.InvariantCulture, $"count={count}"));
    }

    /// <summary>One line for each command that was called, with the percentiles that were asked for.</summary>
    public static void Latencies(InfoText text, ServerState server)
    {
        if (!server.Stats.TracksLatency)
            return;
        foreach (var command in AllCommands(server))
        {
            if (server.Stats.SumLatency(command) is { Count: > 0 } times)
                text.Field("latency_percentiles_usec_" + command.FullName, string.Join(',', server.Stats.LatencyPercentiles.Select(p => Percentile(times, p))));
        }
    }

    private static string Percentile(LatencyHistogram times, double percentile) =>
        string.Create(CultureInfo.InvariantCulture, $"p{percentile:0.######}={times.Percentile(percentile) / 1000.0:F3}");

    private static void Traffic(InfoText text, ServerState server)
    {
        const double kilobyte = 1024;
        var rates = server.Sampler.Current;
        text.Field("instantaneous_ops_per_sec", (long)Math.Round(rates.Commands));
        text.Field("total_net_input_bytes", server.Stats.Sum(c => c.InputBytes));
        text.Field("total_net_output_bytes", server.Stats.Sum(c => c.OutputBytes));
        text.Zeros("total_net_repl_input_bytes", "total_net_repl_output_bytes");
        text.Field("instantaneous_input_kbps", rates.InputBytes / kilobyte, 2);
        text.Field("instantaneous_output_kbps", rates.OutputBytes / kilobyte, 2);
        text.Field("instantaneous_input_repl_kbps", 0, 2);
        text.Field("instantaneous_output_repl_kbps", 0, 2);
    }

    private static IEnumerable<Command> AllCommands(ServerState server) => server.Commands.Commands.SelectMany(c => (Command[])[c, .. c.Subcommands]);

    // What would end or split the line is not shown.
    private static string Safe(string kind) => kind.Replace('\r', ' ').Replace('\n', ' ').Replace(':', '_');
}
