namespace RespKv.Server.Commands;

/// <summary>What a command is like, in the words of Redis's COMMAND INFO; the last ones are ours.</summary>
[Flags]
internal enum CommandFlags
{
    None = 0,

    /// <summary>May change data.</summary>
    Write = 1 << 0,

    /// <summary>Reads data and changes none.</summary>
    ReadOnly = 1 << 1,

    /// <summary>May need memory; refused when there is none left.</summary>
    DenyOom = 1 << 2,

    /// <summary>For operators.</summary>
    Admin = 1 << 3,

    /// <summary>About messages.</summary>
    PubSub = 1 << 4,

    /// <summary>Not from scripts.</summary>
    NoScript = 1 << 5,

    /// <summary>May make the client wait.</summary>
    Blocking = 1 << 6,

    /// <summary>Runs while data is being loaded.</summary>
    Loading = 1 << 7,

    /// <summary>Runs on a replica with old data.</summary>
    Stale = 1 << 8,

    /// <summary>Not shown by MONITOR.</summary>
    SkipMonitor = 1 << 9,

    /// <summary>Not in the slow log.</summary>
    SkipSlowLog = 1 << 10,

    /// <summary>Takes constant or logarithmic time.</summary>
    Fast = 1 << 11,

    /// <summary>Runs before the client has authenticated.</summary>
    NoAuth = 1 << 12,

    /// <summary>Not inside a transaction.</summary>
    NoMulti = 1 << 13,

    /// <summary>Has keys at places that depend on other arguments.</summary>
    MovableKeys = 1 << 14,

    /// <summary>Runs while a script is taking too long.</summary>
    AllowBusy = 1 << 15,

    /// <summary>Not while an asynchronous load is under way.</summary>
    NoAsyncLoading = 1 << 16,

    /// <summary>May be replicated although it is not a write.</summary>
    MayReplicate = 1 << 17,

    /// <summary>May have no keys although it can have some.</summary>
    NoMandatoryKeys = 1 << 18,

    /// <summary>Ours: spans keys and writes, so no other batch runs beside it (the executor sees to that).</summary>
    Alone = 1 << 24,

    /// <summary>Ours: never queued by MULTI.</summary>
    NeverQueued = 1 << 25,

    /// <summary>Ours: allowed to a RESP2 client that has subscriptions.</summary>
    WhileSubscribed = 1 << 26,
}
