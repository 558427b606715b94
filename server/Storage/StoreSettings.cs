namespace RespKv.Server.Storage;

/// <summary>How to choose what goes when memory is short; the names are those of <c>maxmemory-policy</c>.</summary>
internal enum EvictionPolicy
{
    NoEviction,
    AllKeysLru,
    AllKeysLfu,
    AllKeysRandom,
    VolatileLru,
    VolatileLfu,
    VolatileRandom,
    VolatileTtl,
}

/// <summary>What the store can be told while it runs.</summary>
internal sealed class StoreSettings
{
    /// <summary>Whether keys can be listed (<c>key-index</c>); set before the store is made.</summary>
    public bool ListsKeys { get; set; } = true;

    /// <summary>Bytes that the data may take, directory and index included; 0 for no limit.</summary>
    public long MaxMemoryBytes { get; set; }

    public EvictionPolicy Policy { get; set; } = EvictionPolicy.AllKeysLru;

    /// <summary>Whether keys without an expiry stay whatever happens (a <c>volatile-*</c> policy).</summary>
    public bool EvictsExpiringOnly => Policy is EvictionPolicy.VolatileLru or EvictionPolicy.VolatileLfu or EvictionPolicy.VolatileRandom or EvictionPolicy.VolatileTtl;

    /// <summary>How much harder the use counter grows the higher it is (<c>lfu-log-factor</c>).</summary>
    public int LfuLogFactor { get; set; } = 10;

    /// <summary>Minutes without use that take one off the use counter (<c>lfu-decay-time</c>).</summary>
    public int LfuDecayMinutes { get; set; } = 1;

    /// <summary>Whether what is done from time to time rests; in tests only (DEBUG PAUSE-CRON).</summary>
    public bool IsAtRest { get; set; }

    /// <summary>Whether keys whose time is up are looked for; off only in tests of lazy expiry (DEBUG SET-ACTIVE-EXPIRE).</summary>
    public bool ExpiresActively { get; set; } = true;
}
