namespace RespKv.Server.Storage.Durability;

/// <summary>What a frame says; see <c>docs/storage-format.md</c>.</summary>
internal enum FrameKind : byte
{
    None = 0,
    Put = 1,
    Delete = 2,
    Namespace = 3,
    Begin = 4,
    Commit = 5,
    Synced = 6,
    Filler = 7,
    End = 8,
    Change = 9,
    Library = 10,
}
