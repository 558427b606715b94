namespace RespKv.Server.Storage.Durability;

/// <summary>When the log is synced to the disk; the names are those of <c>appendfsync</c>.</summary>
internal enum SyncPolicy
{
    /// <summary>About once a second.</summary>
    EverySec,

    /// <summary>Before every reply that depends on it.</summary>
    Always,

    /// <summary>When a checkpoint or an orderly end needs it; else when the system likes.</summary>
    No,
}
