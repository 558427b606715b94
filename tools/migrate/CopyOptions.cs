namespace RespKv.Migrate;

/// <summary>What happens to a key that the target has already.</summary>
internal enum ExistingKeys
{
    /// <summary>There must be none when the copy begins.</summary>
    Refuse,
    Replace,
    Keep,
}

/// <summary>How is copied and compared.</summary>
internal sealed record CopyOptions
{
    /// <summary>Which keys, as SCAN takes it.</summary>
    public string Match { get; init; } = "*";

    /// <summary>Which databases and namespaces; all when empty.</summary>
    public IReadOnlyList<Space> Spaces { get; init; } = [];

    public ExistingKeys Existing { get; init; }

    public bool IsDryRun { get; init; }

    /// <summary>Bytes of values on the way at a time.</summary>
    public long InFlightBytes { get; init; } = 16 << 20;

    /// <summary>The file that tells how far it has come.</summary>
    public string StateFile { get; init; } = "respkv-migrate.json";

    /// <summary>Milliseconds by which times to live may differ.</summary>
    public long ToleranceMs { get; init; } = 1000;

    /// <summary>Differences that are shown.</summary>
    public int Shown { get; init; } = 20;

    /// <summary>Whether what differs is made as it is in the source.</summary>
    public bool Repairs { get; init; }

    /// <summary>Keys that a step of SCAN asks for.</summary>
    public int ScanCount { get; init; } = 1000;

    /// <summary>Bytes from which on a value is moved, and compared, in pieces, and of such a piece.</summary>
    public int PieceBytes => (int)Math.Clamp(InFlightBytes / 4, 64 << 10, 4 << 20);
}
