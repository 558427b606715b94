namespace RespKv.Server.Storage.Durability;

/// <summary>How data are kept; those that CONFIG SET can change are read again where they are used.</summary>
internal sealed class PersistenceSettings
{
    /// <summary>Whether writes are logged (<c>appendonly</c>); else checkpoints are all that is kept.</summary>
    public bool LogsWrites { get; set; } = true;

    public SyncPolicy Sync { get; set; } = SyncPolicy.EverySec;

    /// <summary>Pairs of seconds and changes after which a checkpoint is made (<c>save</c>), where writes are not logged.</summary>
    public IReadOnlyList<(long Seconds, long Changes)> SavePoints { get; set; } = [];

    /// <summary>Whether writes are refused while checkpoints fail, where writes are not logged (<c>stop-writes-on-bgsave-error</c>).</summary>
    public bool StopsWritesOnFault { get; set; } = true;

    /// <summary>Bytes of log below which no checkpoint is made because of its size (<c>auto-aof-rewrite-min-size</c>).</summary>
    public long CheckpointLogBytesMin { get; set; } = 64L << 20;

    /// <summary>Log in per cent of the last checkpoint after which a new one is made (<c>auto-aof-rewrite-percentage</c>); 0 for never.</summary>
    public int CheckpointLogPercent { get; set; } = 100;
}
