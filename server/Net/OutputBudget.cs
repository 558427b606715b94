namespace RespKv.Server.Net;

/// <summary>Bytes of replies and messages that clients have not taken, over all clients, and how many there may be.</summary>
internal sealed class OutputBudget
{
    /// <summary>Most bytes of unread replies of one client; it is not served further until it has read some.</summary>
    public const long ClientBytesMax = 64L * 1024 * 1024;

    /// <summary>Most bytes over all clients; above it the largest one that makes no progress is closed.</summary>
    public const long AllBytesMax = 512L * 1024 * 1024;

    /// <summary>What a client may have unread even while all together have too much.</summary>
    public const long ClientBytesAlways = 256 * 1024;

    // Kept for clients that have little unread.
    private const long ReserveBytes = AllBytesMax / 8;

    private long bytes;

    public long Bytes => Interlocked.Read(ref bytes);

    /// <summary>Whether clients with much unread have to wait, or to go.</summary>
    public bool IsSpent => Bytes > AllBytesMax - ReserveBytes;

    /// <summary>Whether nobody may have more; a reply that makes it so is cut off.</summary>
    public bool IsExceeded => Bytes > AllBytesMax;

    public void Add(long change) => Interlocked.Add(ref bytes, change);

    /// <summary>Whether a client with that much unread is to be served further.</summary>
    public bool Allows(long clientBytes) => Bytes switch
    {
        > AllBytesMax => false,
        > AllBytesMax - ReserveBytes => clientBytes <= ClientBytesAlways,
        _ => clientBytes <= ClientBytesMax,
    };
}
