namespace RespKv.Server.Configuration;

/// <summary>
/// Parameters of Redis that have no meaning here, or none yet. They are remembered, since tools and frameworks read and set them; giving one at the start is named in a
/// warning, and the documentation lists them.
/// </summary>
internal static class RememberedParameters
{
    private static readonly ParameterKind Flag = new FlagKind();
    private static readonly ParameterKind Natural = new IntegerKind(0, long.MaxValue);
    private static readonly ParameterKind Natural32 = new IntegerKind(0, int.MaxValue);
    private static readonly ParameterKind Port = new IntegerKind(0, 65535);
    private static readonly ParameterKind Bytes = new BytesKind(0, long.MaxValue);
    private static readonly ParameterKind Text = new TextKind();
    private static readonly ParameterKind Words = new WordsKind();

    public static readonly IReadOnlyList<Parameter> All =
    [
        new("active-defrag-cycle-max", new IntegerKind(1, 99), "25"),
        new("active-defrag-cycle-min", new IntegerKind(1, 99), "1"),
        new("active-defrag-ignore-bytes", new BytesKind(1, long.MaxValue), "104857600"),
        new("active-defrag-max-scan-fields", new IntegerKind(1, long.MaxValue), "1000"),
        new("active-defrag-threshold-lower", new IntegerKind(0, 1000), "10"),
        new("active-defrag-threshold-upper", new IntegerKind(0, 1000), "100"),
        new("active-expire-effort", new IntegerKind(1, 10), "1"),
        new("activedefrag", Flag, "no"),
        new("activerehashing", Flag, "yes"),
        new("always-show-logo", Flag, "no") { IsImmutable = true },
        new("aof-disable-auto-gc", Flag, "no") { IsHidden = true },
        new("aof-load-truncated", Flag, "yes"),
        new("aof-rewrite-incremental-fsync", Flag, "yes"),
        new("aof-timestamp-enabled", Flag, "no"),
        new("aof-use-rdb-preamble", Flag, "yes"),
        new("aof-rewrite-cpulist", Text, "") { Alias = "aof_rewrite_cpulist", IsImmutable = true },
        new("appenddirname", Text, "appendonlydir") { IsImmutable = true },
        new("appendfilename", Text, "appendonly.aof") { IsImmutable = true },
        new("bgsave-cpulist", Text, "") { Alias = "bgsave_cpulist", IsImmutable = true },
        new("bind-source-addr", Words, ""),
        new("bio-cpulist", Text, "") { Alias = "bio_cpulist", IsImmutable = true },
        new("cluster-allow-pubsubshard-when-down", Flag, "yes"),
        new("cluster-allow-reads-when-down", Flag, "no"),
        new("cluster-allow-replica-migration", Flag, "yes"),
        new("cluster-announce-bus-port", Port, "0"),
        new("cluster-announce-hostname", Text, ""),
        new("cluster-announce-human-nodename", Text, ""),
        new("cluster-announce-ip", Text, ""),
        new("cluster-announce-port", Port, "0"),
        new("cluster-announce-tls-port", Port, "0"),
        new("cluster-config-file", Text, "nodes.conf") { IsImmutable = true },
        new("cluster-enabled", Flag, "no") { IsImmutable = true },
        new("cluster-link-sendbuf-limit", Bytes, "0"),
        new("cluster-migration-barrier", Natural32, "1"),
        new("cluster-node-timeout", Natural, "15000"),
        new("cluster-ping-interval", Natural32, "0") { IsHidden = true },
        new("cluster-port", Port, "0") { IsImmutable = true },
        new("cluster-preferred-endpoint-type", new ChoiceKind("ip", "hostname", "unknown-endpoint"), "ip"),
        new("cluster-replica-no-failover", Flag, "no") { Alias = "cluster-slave-no-failover" },
        new("cluster-replica-validity-factor", Natural32, "10") { Alias = "cluster-slave-validity-factor" },
        new("cluster-require-full-coverage", Flag, "yes"),
        new("crash-log-enabled", Flag, "yes"),
        new("crash-memcheck-enabled", Flag, "yes"),
        new("daemonize", Flag, "no") { IsImmutable = true },
        new("dbfilename", Text, "dump.rdb") { IsProtected = true },
        new("disable-thp", Flag, "yes") { IsImmutable = true },
        new("dynamic-hz", Flag, "yes"),
        new("enable-module-command", new ChoiceKind("no", "yes", "local"), "no") { IsImmutable = true },
        new("enable-protected-configs", new ChoiceKind("no", "yes", "local"), "no") { IsImmutable = true },
        new("hide-user-data-from-log", Flag, "no"),
        new("hll-sparse-max-bytes", Bytes, "3000"),
        new("hz", new IntegerKind(0, int.MaxValue), "10"),
        new("ignore-warnings", Words, ""),
        new("io-threads", new IntegerKind(1, 128), "1") { IsImmutable = true },
        new("io-threads-do-reads", Flag, "no") { IsImmutable = true },
        new("jemalloc-bg-thread", Flag, "yes"),
        new("key-load-delay", new IntegerKind(int.MinValue, int.MaxValue), "0") { IsHidden = true },
        new("lazyfree-lazy-eviction", Flag, "no"),
        new("lazyfree-lazy-expire", Flag, "no"),
        new("lazyfree-lazy-server-del", Flag, "no"),
        new("lazyfree-lazy-user-del", Flag, "no"),
        new("lazyfree-lazy-user-flush", Flag, "no"),
        new("list-compress-depth", Natural32, "0"),
        new("list-max-listpack-size", new IntegerKind(int.MinValue, int.MaxValue), "-2") { Alias = "list-max-ziplist-size" },
        new("loading-process-events-interval-bytes", new BytesKind(1024, int.MaxValue), "2097152") { IsHidden = true },
        new("locale-collate", Text, ""),
        new("logfile", Text, "") { IsImmutable = true },
        new("masterauth", Text, ""),
        new("masteruser", Text, ""),
        new("max-new-connections-per-cycle", new IntegerKind(1, 1000), "10"),
        new("max-new-tls-connections-per-cycle", new IntegerKind(1, 1000), "1"),
        new("maxmemory-clients", new BytesOrPercentKind(), "0"),
        new("maxmemory-eviction-tenacity", new IntegerKind(0, 100), "10"),
        new("maxmemory-samples", new IntegerKind(1, 64), "5"),
        new("min-replicas-max-lag", Natural32, "10") { Alias = "min-slaves-max-lag" },
        new("min-replicas-to-write", Natural32, "0") { Alias = "min-slaves-to-write" },
        new("no-appendfsync-on-rewrite", Flag, "no"),
        new("oom-score-adj", new ChoiceKind("no", "yes", "relative", "absolute"), "no"),
        new("oom-score-adj-values", new WordsKind(ScoresFault), "0 200 800"),
        new("pidfile", Text, "") { IsImmutable = true },
        new("proc-title-template", Text, "{title} {listen-addr} {server-mode}"),
        new("propagation-error-behavior", new ChoiceKind("ignore", "panic", "panic-on-replicas"), "ignore"),
        new("rdb-del-sync-files", Flag, "no"),
        new("rdb-key-save-delay", new IntegerKind(int.MinValue, int.MaxValue), "0") { IsHidden = true },
        new("rdb-save-incremental-fsync", Flag, "yes"),
        new("rdbchecksum", Flag, "yes") { IsImmutable = true },
        new("repl-backlog-size", new BytesKind(1, long.MaxValue), "1048576"),
        new("repl-backlog-ttl", Natural, "3600"),
        new("repl-disable-tcp-nodelay", Flag, "no"),
        new("repl-diskless-load", new ChoiceKind("disabled", "on-empty-db", "swapdb"), "disabled"),
        new("repl-diskless-sync", Flag, "yes"),
        new("repl-diskless-sync-delay", Natural32, "5"),
        new("repl-diskless-sync-max-replicas", Natural32, "0"),
        new("repl-ping-replica-period", new IntegerKind(1, int.MaxValue), "10") { Alias = "repl-ping-slave-period" },
        new("repl-timeout", new IntegerKind(1, int.MaxValue), "60"),
        new("replica-announce-ip", Text, "") { Alias = "slave-announce-ip" },
        new("replica-announce-port", Port, "0") { Alias = "slave-announce-port" },
        new("replica-announced", Flag, "yes"),
        new("replica-ignore-disk-write-errors", Flag, "no"),
        new("replica-ignore-maxmemory", Flag, "yes") { Alias = "slave-ignore-maxmemory" },
        new("replica-lazy-flush", Flag, "no") { Alias = "slave-lazy-flush" },
        new("replica-priority", Natural32, "100") { Alias = "slave-priority" },
        new("replica-read-only", Flag, "yes") { Alias = "slave-read-only" },
        new("replica-serve-stale-data", Flag, "yes") { Alias = "slave-serve-stale-data" },
        new("replicaof", Words, "") { Alias = "slaveof", IsImmutable = true },
        new("sanitize-dump-payload", new ChoiceKind("no", "yes", "clients"), "no"),
        new("server-cpulist", Text, "") { Alias = "server_cpulist", IsImmutable = true },
        new("set-max-intset-entries", Natural, "512"),
        new("set-max-listpack-entries", Natural, "128"),
        new("set-max-listpack-value", Natural, "64"),
        new("set-proc-title", Flag, "yes") { IsImmutable = true },
        new("shutdown-on-sigint", new WordsKind(ShutdownFault), "default"),
        new("shutdown-on-sigterm", new WordsKind(ShutdownFault), "default"),
        new("shutdown-timeout", Natural32, "10"),
        new("socket-mark-id", new IntegerKind(0, uint.MaxValue), "0") { IsImmutable = true },
        new("stream-node-max-bytes", Bytes, "4096"),
        new("stream-node-max-entries", Natural, "100"),
        new("supervised", new ChoiceKind("upstart", "systemd", "auto", "no"), "no") { IsImmutable = true },
        new("syslog-enabled", Flag, "no") { IsImmutable = true },
        new("syslog-facility", new ChoiceKind("user", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"), "local0") { IsImmutable = true },
        new("syslog-ident", Text, "redis") { IsImmutable = true },
        new("tls-client-cert-file", Text, ""),
        new("tls-client-key-file", Text, ""),
        new("tls-client-key-file-pass", Text, ""),
        new("tls-cluster", Flag, "no"),
        new("tls-replication", Flag, "no"),
        new("use-exit-on-panic", Flag, "no") { IsHidden = true },
        new("watchdog-period", new IntegerKind(0, int.MaxValue), "0") { IsHidden = true },
        new("zset-max-listpack-entries", Natural, "128") { Alias = "zset-max-ziplist-entries" },
        new("zset-max-listpack-value", Bytes, "64") { Alias = "zset-max-ziplist-value" },
    ];

    /// <summary>Directives of Redis's configuration file that are no parameters, and that are not supported.</summary>
    public static readonly IReadOnlyList<string> Directives = ["loadmodule", "sentinel"];

    private static string? ScoresFault(string[] words) =>
        words.Length != 3 ? "wrong number of arguments"
        : words.All(w => int.TryParse(w, out var score) && score is >= -2000 and <= 2000) ? null
        : "Invalid oom-score-adj-values, elements must be between -2000 and 2000.";

    private static string? ShutdownFault(string[] words) =>
        words.Length > 0 && words.All(w => w is "default" or "save" or "nosave" or "now" or "force")
            ? null
            : "argument(s) must be one of the following: default, save, nosave, now, force";
}
