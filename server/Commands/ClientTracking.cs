namespace RespKv.Server.Commands;

/// <summary>What CLIENT TRACKING has been told for one client. Made by its own commands; others read.</summary>
internal sealed class ClientTracking
{
    private volatile bool isRedirectionBroken;

    /// <summary>Whether the client hears of all keys with its prefixes, whatever it has read.</summary>
    public bool IsBroadcast { get; init; }

    /// <summary>Whether only what is read behind CLIENT CACHING YES counts.</summary>
    public bool IsOptIn { get; init; }

    /// <summary>Whether what is read behind CLIENT CACHING NO does not count.</summary>
    public bool IsOptOut { get; init; }

    /// <summary>Whether the client does not hear of what it changed itself.</summary>
    public bool IsNoLoop { get; init; }

    /// <summary>The client that gets the messages in this one's place; 0 for none.</summary>
    public long RedirectId { get; init; }

    /// <summary>In order; one that is empty stands for all keys.</summary>
    public IReadOnlyList<byte[]> Prefixes { get; init; } = [];

    /// <summary>Whether CLIENT CACHING has been given for the next command.</summary>
    public bool IsCachingGiven { get; set; }

    /// <summary>Whether the client that was to get the messages has gone.</summary>
    public bool IsRedirectionBroken
    {
        get => isRedirectionBroken;
        set => isRedirectionBroken = value;
    }

    /// <summary>Whether keys that are read now are to be remembered.</summary>
    public bool RemembersReads => !IsBroadcast && !(IsOptIn && !IsCachingGiven) && !(IsOptOut && IsCachingGiven);
}
