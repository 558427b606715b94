namespace RespKv.Server.Commands;

/// <summary>What can be listened to.</summary>
internal enum SubscriptionKind
{
    Channel,
    Pattern,
    Shard,
}

/// <summary>One client listening to one channel or pattern.</summary>
internal sealed class Subscription(Client client, Channel channel)
{
    private volatile bool isEnded;

    public Client Client { get; } = client;

    public Channel Channel { get; } = channel;

    /// <summary>Whether the client has been told that it is over; what arrives later is dropped. Set by the client's own loop.</summary>
    public bool IsEnded => isEnded;

    /// <summary>Place among the channel's listeners; the channel's own.</summary>
    public int Place { get; set; }

    public void End() => isEnded = true;
}

/// <summary>What a client listens to. Changed by its own commands only; others may read the counts.</summary>
internal sealed class Subscriptions
{
    private readonly Dictionary<byte[], Subscription>[] byKind = [New(), New(), New()];

    /// <summary>All of every kind.</summary>
    public int Total => Count(SubscriptionKind.Channel) + Count(SubscriptionKind.Pattern) + Count(SubscriptionKind.Shard);

    public int Count(SubscriptionKind kind) => byKind[(int)kind].Count;

    /// <summary>The number in a confirmation: channels and patterns together, shard channels apart.</summary>
    public int Confirmed(SubscriptionKind kind) => kind == SubscriptionKind.Shard
        ? Count(SubscriptionKind.Shard)
        : Count(SubscriptionKind.Channel) + Count(SubscriptionKind.Pattern);

    public Dictionary<byte[], Subscription> Of(SubscriptionKind kind) => byKind[(int)kind];

    private static Dictionary<byte[], Subscription> New() => new(ByteKeys.Comparer);
}
