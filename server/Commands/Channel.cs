namespace RespKv.Server.Commands;

/// <summary>
/// A channel or a pattern, and who listens. Publishing reads an array that never changes; it is made anew at the first publish after a change, so
/// that many subscriptions in a row cost no copy each.
/// </summary>
internal sealed class Channel(byte[] name)
{
    private readonly Lock changing = new();
    private readonly List<Subscription> listeners = [];
    private volatile Subscription[]? snapshot;
    private bool isGone;

    public byte[] Name { get; } = name;

    /// <summary>Those that listen now.</summary>
    public Subscription[] Listeners
    {
        get
        {
            if (snapshot is { } current)
                return current;
            lock (changing)
                return snapshot = [.. listeners];
        }
    }

    /// <summary>Adds a listener; null when the channel has been given up, and another is to be taken.</summary>
    public Subscription? TryAdd(Client client)
    {
        lock (changing)
        {
            if (isGone)
                return null;
            var subscription = new Subscription(client, this) { Place = listeners.Count };
            listeners.Add(subscription);
            snapshot = null;
            return subscription;
        }
    }

    /// <summary>Takes a listener off; true when it was the last one, and then the channel is to be forgotten.</summary>
    public bool Remove(Subscription subscription)
    {
        lock (changing)
        {
            var last = listeners[^1];
            listeners[subscription.Place] = last;
            last.Place = subscription.Place;
            listeners.RemoveAt(listeners.Count - 1);
            snapshot = null;
            isGone = listeners.Count == 0;
            return isGone;
        }
    }
}
