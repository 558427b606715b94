namespace RespKv.Server.Kv;

/// <summary>What KV.* commands and HTTP accept; the defaults are those of Workers KV. Plain Redis commands have Redis's limits.</summary>
internal sealed class KvLimits
{
    /// <summary>Longest key, in bytes of UTF-8.</summary>
    public int KeyBytesMax { get; set; } = 512;

    /// <summary>Longest value, in bytes.</summary>
    public long ValueBytesMax { get; set; } = 25L * 1024 * 1024;

    /// <summary>Longest metadata, in bytes of serialized JSON.</summary>
    public int MetadataBytesMax { get; set; } = 1024;

    /// <summary>Most keys on one page of a listing, and the default.</summary>
    public int ListMax { get; set; } = 1000;

    /// <summary>Most keys of one bulk read over HTTP.</summary>
    public int BulkKeysMax { get; set; } = 100;

    /// <summary>Most characters of all values of one bulk read over HTTP, in UTF-16 units.</summary>
    public long BulkCharactersMax { get; set; } = 25L * 1024 * 1024;

    /// <summary>Shortest time to live that HTTP accepts, in seconds.</summary>
    public int ExpirationTtlMin { get; set; } = 60;

    /// <summary>Shortest <c>cacheTtl</c> that HTTP accepts, in seconds.</summary>
    public int CacheTtlMin { get; set; } = 30;
}
