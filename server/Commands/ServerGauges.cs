namespace RespKv.Server.Commands;

/// <summary>Counts that other families of commands keep; each sets those that it knows, and INFO asks when it is asked.</summary>
internal sealed class ServerGauges
{
    private static readonly Func<long> Nothing = () => 0;

    /// <summary>Channels with a subscriber.</summary>
    public Func<long> PubSubChannels { get; set; } = Nothing;

    /// <summary>Patterns with a subscriber.</summary>
    public Func<long> PubSubPatterns { get; set; } = Nothing;

    /// <summary>Shard channels with a subscriber.</summary>
    public Func<long> PubSubShardChannels { get; set; } = Nothing;

    /// <summary>Clients that are subscribed to anything.</summary>
    public Func<long> PubSubClients { get; set; } = Nothing;

    /// <summary>Clients that watch keys.</summary>
    public Func<long> WatchingClients { get; set; } = Nothing;

    /// <summary>Keys that are watched.</summary>
    public Func<long> WatchedKeys { get; set; } = Nothing;

    /// <summary>Clients with CLIENT TRACKING.</summary>
    public Func<long> TrackingClients { get; set; } = Nothing;
}
