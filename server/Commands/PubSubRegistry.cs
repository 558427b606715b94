using System.Collections.Concurrent;
using RespKv.Server.Kv;

namespace RespKv.Server.Commands;

/// <summary>
/// Who listens to what. Publishing takes no lock: it looks the channel up, reads its listeners' array, and posts one shared message to each.
/// </summary>
internal sealed class PubSubRegistry
{
    private readonly ConcurrentDictionary<byte[], Channel>[] byKind = [New(), New(), New()];
    private readonly Lock listing = new();
    private volatile Channel[]? patterns = [];

    /// <summary>Channels, patterns or shard channels that somebody listens to.</summary>
    public int Count(SubscriptionKind kind) => byKind[(int)kind].Values.Count(IsHeard);

    /// <summary>The names that somebody listens to.</summary>
    public IEnumerable<byte[]> Names(SubscriptionKind kind) => byKind[(int)kind].Values.Where(IsHeard).Select(channel => channel.Name);

    /// <summary>How many listen to a channel, patterns aside.</summary>
    public int Listeners(SubscriptionKind kind, ReadOnlySpan<byte> name) => Find(kind, name)?.Listeners.Count(IsThere) ?? 0;

    /// <summary>All who listen, each with the channel or pattern; some may come or go meanwhile.</summary>
    public IEnumerable<(Client Client, byte[] Name)> Listeners(SubscriptionKind kind) =>
        byKind[(int)kind].Values.SelectMany(channel => channel.Listeners.Select(listener => (listener.Client, channel.Name)));

    /// <summary>Lets a client listen; no more happens when it does already.</summary>
    public void Add(Client client, SubscriptionKind kind, ReadOnlySpan<byte> name)
    {
        var mine = (client.Subscriptions ??= new Subscriptions()).Of(kind);
        if (mine.GetAlternateLookup<ReadOnlySpan<byte>>().ContainsKey(name))
            return;
        var key = name.ToArray();
        Subscription? added;
        do
        {
            var channel = byKind[(int)kind].GetOrAdd(key, static k => new Channel(k));
            added = channel.TryAdd(client);
        }
        while (added == null);
        mine[key] = added;
        if (kind == SubscriptionKind.Pattern)
            ForgetPatterns();
    }

    /// <summary>Ends a client's listening, if it does; called by its own loop, or after that.</summary>
    public void Remove(Client client, SubscriptionKind kind, ReadOnlySpan<byte> name)
    {
        if (client.Subscriptions == null || !client.Subscriptions.Of(kind).GetAlternateLookup<ReadOnlySpan<byte>>().Remove(name, out _, out var subscription))
            return;
        subscription.End();
        if (!subscription.Channel.Remove(subscription))
            return;
        byKind[(int)kind].TryRemove(KeyValuePair.Create(subscription.Channel.Name, subscription.Channel));
        if (kind == SubscriptionKind.Pattern)
            ForgetPatterns();
    }

    /// <summary>Ends all of a client's listening, without a word to it.</summary>
    public void RemoveAll(Client client)
    {
        if (client.Subscriptions is not { } subscriptions)
            return;
        foreach (var kind in Enum.GetValues<SubscriptionKind>())
        {
            foreach (var name in subscriptions.Of(kind).Keys.ToArray())
                Remove(client, kind, name);
        }

        client.Subscriptions = null;
    }

    /// <summary>Posts a message to those that listen to a channel, by name or by pattern; returns how many times it was posted.</summary>
    /// <param name="context">The publisher's, which is told when its own client gets the message; null for who is no client.</param>
    /// <param name="channel">The channel.</param>
    /// <param name="payload">The message.</param>
    public long Publish(CommandContext? context, ReadOnlySpan<byte> channel, ReadOnlySpan<byte> payload)
    {
        var receivers = PublishTo(context, Find(SubscriptionKind.Channel, channel), "message"u8, null, channel, payload);
        foreach (var pattern in Patterns())
        {
            if (IsMatch(pattern.Name, channel))
                receivers += PublishTo(context, pattern, "pmessage"u8, pattern.Name, channel, payload);
        }

        return receivers;
    }

    /// <summary>The same for a shard channel, which knows no patterns.</summary>
    public long PublishToShard(CommandContext context, ReadOnlySpan<byte> channel, ReadOnlySpan<byte> payload) =>
        PublishTo(context, Find(SubscriptionKind.Shard, channel), "smessage"u8, null, channel, payload);

    /// <summary>Whether a channel's name matches a pattern, as PSUBSCRIBE and PUBSUB CHANNELS mean it.</summary>
    public static bool IsMatch(ReadOnlySpan<byte> pattern, ReadOnlySpan<byte> channel) => GlobPattern.IsMatch(pattern, channel);

    private static int PublishTo(CommandContext? context, Channel? target, ReadOnlySpan<byte> kind, byte[]? pattern, ReadOnlySpan<byte> channel, ReadOnlySpan<byte> payload)
    {
        if (target?.Listeners is not { Length: > 0 } listeners)
            return 0;
        var message = Message.Push(kind, pattern, channel, payload);
        var receivers = 0;
        foreach (var listener in listeners)
        {
            // One that was killed may take a moment to leave, and hears nothing more.
            if (listener.Client.Connection.Post(message, listener))
                receivers++;
            if (context != null && listener.Client == context.Client)
                context.HasOwnMail = true;
        }

        return receivers;
    }

    private Channel? Find(SubscriptionKind kind, ReadOnlySpan<byte> name) =>
        byKind[(int)kind].GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(name, out var channel) ? channel : null;

    private Channel[] Patterns()
    {
        if (patterns is { } current)
            return current;
        lock (listing)
            return patterns = [.. byKind[(int)SubscriptionKind.Pattern].Values];
    }

    private void ForgetPatterns()
    {
        lock (listing)
            patterns = null;
    }

    // One that was killed is gone, though its loop may take a moment to end.
    private static bool IsThere(Subscription listener) => !listener.Client.Connection.IsEnding;

    private static bool IsHeard(Channel channel) => channel.Listeners.Any(IsThere);

    private static ConcurrentDictionary<byte[], Channel> New() => new(ByteKeys.Comparer);
}
