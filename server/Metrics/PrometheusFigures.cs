using System.Buffers;
using System.Diagnostics;
using Prometheus;
using RespKv.Server.Commands;
using RespKv.Server.Http;

namespace RespKv.Server.Metrics;

/// <summary>All figures of the server under the names that Prometheus is given, brought up to date at each scrape from the counts that the server keeps anyway.</summary>
internal sealed class PrometheusFigures
{
    private readonly CollectorRegistry registry = Prometheus.Metrics.NewCustomRegistry();
    private readonly MetricFactory metrics;
    private readonly ServerState server;
    private readonly HttpFigures http;
    private readonly FollowedCounts follow = new();
    private readonly CommandFigures commands;
    private readonly HttpRequestFigures requests;
    private readonly List<Action> updates = [];
    private readonly Lock updating = new();

    public PrometheusFigures(ServerState server, HttpFigures http)
    {
        this.server = server;
        this.http = http;
        metrics = Prometheus.Metrics.WithCustomRegistry(registry);
        commands = new CommandFigures(server, metrics, follow);
        requests = new HttpRequestFigures(http, metrics, follow);
        AddServer();
        AddClients();
        AddKeys();
        AddMemory();
        AddPersistence();
        AddProcess();
    }

    /// <summary>Writes all of them.</summary>
    public async ValueTask WriteAsync(IBufferWriter<byte> output)
    {
        lock (updating)
        {
            foreach (var update in updates)
                update();
            commands.Update();
            requests.Update();
        }

        using var text = new MemoryStream();
        await registry.CollectAndExportAsTextAsync(text).ConfigureAwait(false);
        output.Write(text.GetBuffer().AsSpan(0, (int)text.Length));
    }

    private void AddPersistence()
    {
        if (server.Persistence is not { } kept)
            return;
        var (store, log) = (server.Store, server.Store.Log);
        Gauge("respkv_write_log_bytes", "Bytes of the write log that follow the last checkpoint.", () => kept.LogBytes);
        Gauge("respkv_write_log_unsynced_bytes", "Bytes of the write log that are not on the disk yet.", () => log.IsRecording ? log.Tail - log.Synced : 0);
        Gauge("respkv_write_log_failed", "1 while writes are refused because they cannot be kept.", () => kept.WriteRefusal == null ? 0 : 1);
        Gauge("respkv_write_log_last_sync_seconds", "Time that the last sync of the write log took.", () => log.LastSyncMs / 1000.0);
        Gauge("respkv_checkpoint_bytes", "Bytes of the last checkpoint.", () => kept.CheckpointBytes);
        Gauge("respkv_checkpoint_in_progress", "1 while a checkpoint is made.", () => kept.IsSaving ? 1 : 0);
        Gauge("respkv_checkpoint_failed", "1 when the last checkpoint could not be made.", () => kept.LastFault == null ? 0 : 1);
        Gauge("respkv_checkpoint_last_timestamp_seconds", "When the last checkpoint was complete, or the server began.", () => kept.LastSaveMs / 1000.0);
        Counter("respkv_checkpoints_total", "Checkpoints that were made.", () => kept.Saves);
        Gauge("respkv_large_value_file_bytes", "Bytes of values that have a file each.", () => store.LargeValues.FileBytes);
        Gauge("respkv_spilled_bytes", "Bytes of records that memory has no room for.", () => store.SpillDevice?.Bytes ?? 0);
        Counter("respkv_cold_reads_total", "Records fetched that were not in memory.", () => server.ColdReads?.Fetched ?? 0);
    }

    private void AddServer()
    {
        metrics.CreateGauge("respkv_info", "What runs; always 1.", "version").WithLabels(ServerIdentity.Version).Set(1);
        Gauge("respkv_uptime_seconds", "Time since the start.", () => Stopwatch.GetElapsedTime(server.Stats.StartedTimestamp).TotalSeconds);
        Counter("respkv_net_input_bytes_total", "Bytes of requests of Redis clients.", () => server.Stats.Sum(c => c.InputBytes));
        Counter("respkv_net_output_bytes_total", "Bytes of replies to Redis clients.", () => server.Stats.Sum(c => c.OutputBytes));
        Counter("respkv_error_replies_total", "Error replies to Redis clients.", () => server.Stats.Sum(c => c.ErrorReplies));
        Gauge("respkv_pubsub_channels", "Channels with a subscriber.", () => server.Gauges.PubSubChannels());
        Gauge("respkv_pubsub_patterns", "Patterns with a subscriber.", () => server.Gauges.PubSubPatterns());
    }

    private void AddClients()
    {
        Gauge("respkv_connected_clients", "Redis clients that are connected.", () => server.Clients.Count);
        Gauge("respkv_max_clients", "Redis clients that may be connected.", () => server.Identity.MaxClients());
        Gauge("respkv_blocked_clients", "Redis clients that wait in a command.", () => server.Stats.BlockedClients + server.Clients.Values.Count(c => c.IsPaused));
        Gauge("respkv_http_connections", "Open connections of the HTTP front.", () => http.Connections);
        Gauge("respkv_http_requests_in_progress", "HTTP requests that are being served.", () => http.InProgress);
        Counter("respkv_connections_received_total", "Connections of Redis clients that were accepted.", () => server.Stats.ConnectionsReceived);
        Counter("respkv_connections_rejected_total", "Connections of Redis clients that were refused.", () => server.Stats.ConnectionsRejected);
    }

    private void AddKeys()
    {
        var hits = metrics.CreateCounter("respkv_keyspace_hits_total", "Keys that were read and were there.", "front");
        var misses = metrics.CreateCounter("respkv_keyspace_misses_total", "Keys that were to be read and were not there.", "front");
        updates.Add(() =>
        {
            follow.To(hits.WithLabels("resp"), server.Stats.Sum(c => c.Hits));
            follow.To(hits.WithLabels("http"), http.Hits);
            follow.To(misses.WithLabels("resp"), server.Stats.Sum(c => c.Misses));
            follow.To(misses.WithLabels("http"), http.Misses);
        });
        Gauge("respkv_keys", "Keys in all namespaces.", () => server.Store.KeyCount);
        Gauge("respkv_expiring_keys", "Keys that have an expiry.", () => server.Store.ExpiringKeyCount);
        Gauge("respkv_namespaces", "Namespaces: the default one, databases with keys, and those that were named.", () => server.Namespaces.All.Count(n => n.Number is null or 0 || n.Keys.Directory.Count > 0));
        Counter("respkv_expired_keys_total", "Keys that went because their time was up.", () => server.ExpiredKeys);
        Counter("respkv_evicted_keys_total", "Keys that went because memory was short.", () => server.Store.Cleaner.EvictedKeys);
        Counter("respkv_writes_total", "Writes to the store.", () => server.Store.Changes);
    }

    private void AddMemory()
    {
        Gauge("respkv_memory_used_bytes", "What the data takes, index and directories included; maxmemory bounds it.", () => server.Sampler.UsedBytes);
        Gauge("respkv_memory_peak_bytes", "The most that the data took.", () => server.Sampler.PeakBytes);
        Gauge("respkv_memory_max_bytes", "maxmemory; 0 for no bound.", () => server.Store.Settings.MaxMemoryBytes);
        Gauge("respkv_log_bytes", "The log in memory, garbage included.", () => server.Store.LogBytes);
        Gauge("respkv_log_live_bytes", "Live records in the log.", () => server.Store.LiveBytes);
        Gauge("respkv_index_bytes", "The hash index.", () => server.Store.IndexBytes);
        Gauge("respkv_directory_bytes", "Directories and ordered indexes.", () => server.Store.Keysets.Sum(k => k.Directory.Bytes + (k.Ordered?.Bytes ?? 0)));
        Gauge("respkv_large_value_bytes", "Values beside the log.", () => server.Store.LargeValues.Bytes);
    }

    private void AddProcess()
    {
        Gauge("process_resident_memory_bytes", "Physical memory that the process has.", () => Environment.WorkingSet);
        Gauge("process_start_time_seconds", "When the process started, Unix time.", () => server.Stats.StartedAt.ToUnixTimeMilliseconds() / 1000.0);
        var cpu = metrics.CreateCounter("process_cpu_seconds_total", "Processor time that the process has used.");
        updates.Add(() =>
        {
            using var process = Process.GetCurrentProcess();
            cpu.IncTo(process.TotalProcessorTime.TotalSeconds);
        });
        var collections = metrics.CreateCounter("dotnet_collection_count_total", "Garbage collections.", "generation");
        updates.Add(() =>
        {
            for (var generation = 0; generation <= GC.MaxGeneration; generation++)
                collections.WithLabels($"{generation}").IncTo(GC.CollectionCount(generation));
        });
        var paused = metrics.CreateCounter("dotnet_gc_pause_seconds_total", "Time that garbage collections held the process up.");
        updates.Add(() => paused.IncTo(GC.GetTotalPauseDuration().TotalSeconds));
    }

    private void Gauge(string name, string help, Func<double> value)
    {
        var gauge = metrics.CreateGauge(name, help);
        updates.Add(() => gauge.Set(value()));
    }

    private void Counter(string name, string help, Func<long> value)
    {
        var counter = metrics.CreateCounter(name, help);
        updates.Add(() => follow.To(counter, value()));
    }
}
