namespace RespKv.Server.Commands;

/// <summary>Messages: subscribing, publishing, and what PUBSUB tells. Shard channels are channels of their own here, on the one server there is.</summary>
internal static class PubSubCommands
{
    private const CommandFlags Usual = CommandFlags.PubSub | CommandFlags.Loading | CommandFlags.Stale;
    private const CommandFlags Subscribing = Usual | CommandFlags.NoScript | CommandFlags.WhileSubscribed;
    private const CommandFlags Publishing = Usual | CommandFlags.Fast | CommandFlags.MayReplicate;
    private const string Channels = "O(N), N being the number of channels.";

    public static readonly Command[] All =
    [
        new("psubscribe", -2, Subscribing, KeySpec.None, c => Subscribe(c, SubscriptionKind.Pattern, "psubscribe"u8))
        {
            Since = "2.0.0", Channels = ChannelUse.Patterns, Group = "pubsub", Complexity = "O(N), N being the number of patterns.", Summary = "Listens to all channels whose names match.", Syntax = "pattern [pattern ...]",
        },
        new("publish", 3, Publishing, KeySpec.None, Publish)
        {
            Since = "2.0.0", Channels = ChannelUse.First, Group = "pubsub", Complexity = "O(N+M), N being the listeners of the channel and M all patterns.", Summary = "Sends a message to those that listen to a channel; tells how many.", Syntax = "channel message",
        },
        new("pubsub", -2, CommandFlags.None, KeySpec.None, null)
        {
            Since = "2.8.0", Group = "pubsub", Complexity = "That of the subcommand.", Summary = "Tells who listens to what.", Subcommands =
            [
                new("channels", -2, Usual, KeySpec.None, c => ListNames(c, SubscriptionKind.Channel))
                {
                    Since = "2.8.0", Group = "pubsub", Complexity = "O(N), N being the number of channels with listeners.", Summary = "Lists the channels that somebody listens to.", Syntax = "[pattern]",
                },
                new("help", 2, CommandFlags.Loading | CommandFlags.Stale, KeySpec.None, Help)
                {
                    Since = "6.2.0", Group = "pubsub", Complexity = "O(1)", Summary = "Lists the subcommands.",
                },
                new("numpat", 2, Usual, KeySpec.None, CountPatterns)
                {
                    Since = "2.8.0", Group = "pubsub", Complexity = "O(1)", Summary = "Tells how many different patterns are listened to.",
                },
                new("numsub", -2, Usual, KeySpec.None, c => CountListeners(c, SubscriptionKind.Channel))
                {
                    Since = "2.8.0", Group = "pubsub", Complexity = Channels, Summary = "Tells how many listen to each channel, patterns aside.", Syntax = "[channel [channel ...]]",
                },
                new("shardchannels", -2, Usual, KeySpec.None, c => ListNames(c, SubscriptionKind.Shard))
                {
                    Since = "7.0.0", Group = "pubsub", Complexity = "O(N), N being the number of shard channels with listeners.", Summary = "Lists the shard channels that somebody listens to.", Syntax = "[pattern]",
                },
                new("shardnumsub", -2, Usual, KeySpec.None, c => CountListeners(c, SubscriptionKind.Shard))
                {
                    Since = "7.0.0", Group = "pubsub", Complexity = Channels, Summary = "Tells how many listen to each shard channel.", Syntax = "[shardchannel [shardchannel ...]]",
                },
            ],
        },
        new("punsubscribe", -1, Subscribing, KeySpec.None, c => Unsubscribe(c, SubscriptionKind.Pattern, "punsubscribe"u8))
        {
            Since = "2.0.0", Group = "pubsub", Complexity = "O(N), N being the number of patterns.", Summary = "Ends listening by patterns, by all of them if none is named.", Syntax = "[pattern [pattern ...]]",
        },
        new("spublish", 3, Publishing, KeySpec.One(KeyUse.NotKey), PublishToShard)
        {
            Since = "7.0.0", Channels = ChannelUse.First, Group = "pubsub", Complexity = "O(N), N being the listeners of the channel.", Summary = "Sends a message to those that listen to a shard channel; tells how many.", Syntax = "shardchannel message",
        },
        new("ssubscribe", -2, Subscribing, KeySpec.All(KeyUse.NotKey), c => Subscribe(c, SubscriptionKind.Shard, "ssubscribe"u8))
        {
            Since = "7.0.0", Channels = ChannelUse.All, Group = "pubsub", Complexity = Channels, Summary = "Listens to shard channels.", Syntax = "shardchannel [shardchannel ...]",
        },
        new("subscribe", -2, Subscribing, KeySpec.None, c => Subscribe(c, SubscriptionKind.Channel, "subscribe"u8))
        {
            Since = "2.0.0", Channels = ChannelUse.All, Group = "pubsub", Complexity = Channels, Summary = "Listens to channels.", Syntax = "channel [channel ...]",
        },
        new("sunsubscribe", -1, Subscribing, KeySpec.All(KeyUse.NotKey), c => Unsubscribe(c, SubscriptionKind.Shard, "sunsubscribe"u8))
        {
            Since = "7.0.0", Group = "pubsub", Complexity = Channels, Summary = "Ends listening to shard channels, to all of them if none is named.", Syntax = "[shardchannel [shardchannel ...]]",
        },
        new("unsubscribe", -1, Subscribing, KeySpec.None, c => Unsubscribe(c, SubscriptionKind.Channel, "unsubscribe"u8))
        {
            Since = "2.0.0", Group = "pubsub", Complexity = Channels, Summary = "Ends listening to channels, to all of them if none is named.", Syntax = "[channel [channel ...]]",
        },
    ];

    // SUBSCRIBE channel [channel ...], and the same for patterns and shard channels
    private static void Subscribe(CommandContext context, SubscriptionKind kind, ReadOnlySpan<byte> word)
    {
        for (var i = 1; i < context.Request.Length; i++)
        {
            context.Server.PubSub.Add(context.Client, kind, context.Request[i]);
            // The permission may have gone between the look at it and this, where those that listen were gone through.
            if (!context.Client.IsTrusted)
                context.Server.Access.CloseUnlessAllowed(context.Client, kind, context.Request[i]);
            Confirm(context, kind, word, context.Request[i], isNamed: true);
        }
    }

    // UNSUBSCRIBE [channel [channel ...]], and the same for patterns and shard channels
    private static void Unsubscribe(CommandContext context, SubscriptionKind kind, ReadOnlySpan<byte> word)
    {
        // Messages that are here came before the end; what comes after it is dropped.
        if (!context.IsInExec)
            context.Client.Connection.TakeMail();
        if (context.Request.Length == 1)
        {
            UnsubscribeAll(context, kind, word);
            return;
        }

        for (var i = 1; i < context.Request.Length; i++)
        {
            context.Server.PubSub.Remove(context.Client, kind, context.Request[i]);
            Confirm(context, kind, word, context.Request[i], isNamed: true);
        }
    }

    private static void UnsubscribeAll(CommandContext context, SubscriptionKind kind, ReadOnlySpan<byte> word)
    {
        byte[][] names = context.Client.Subscriptions is { } subscriptions ? [.. subscriptions.Of(kind).Keys] : [];
        foreach (var name in names)
        {
            context.Server.PubSub.Remove(context.Client, kind, name);
            Confirm(context, kind, word, name, isNamed: true);
        }

        if (names.Length == 0)
            Confirm(context, kind, word, [], isNamed: false);
    }

    // A confirmation is a push, which CLIENT REPLY does not silence.
    private static void Confirm(CommandContext context, SubscriptionKind kind, ReadOnlySpan<byte> word, ReadOnlySpan<byte> name, bool isNamed)
    {
        var reply = context.Output;
        reply.Push(3);
        reply.BulkString(word);
        if (isNamed)
            reply.BulkString(name);
        else
            reply.Null();
        reply.Integer(context.Client.Subscriptions?.Confirmed(kind) ?? 0);
    }

    // PUBLISH channel message
    private static void Publish(CommandContext context) =>
        context.Reply.Integer(context.Server.PubSub.Publish(context, context.Request[1], context.Request[2]));

    // SPUBLISH shardchannel message
    private static void PublishToShard(CommandContext context) =>
        context.Reply.Integer(context.Server.PubSub.PublishToShard(context, context.Request[1], context.Request[2]));

    // PUBSUB CHANNELS [pattern] and PUBSUB SHARDCHANNELS [pattern]
    private static void ListNames(CommandContext context, SubscriptionKind kind)
    {
        var request = context.Request;
        if (request.Length > 3)
        {
            ErrorReplies.SubcommandSyntax(context);
            return;
        }

        var names = context.Server.PubSub.Names(kind).ToList();
        if (request.Length == 3)
            names.RemoveAll(name => !PubSubRegistry.IsMatch(request[2], name));
        context.Reply.Array(names.Count);
        foreach (var name in names)
            context.Reply.BulkString(name);
    }

    // PUBSUB NUMSUB [channel [channel ...]] and PUBSUB SHARDNUMSUB [shardchannel [shardchannel ...]]
    private static void CountListeners(CommandContext context, SubscriptionKind kind)
    {
        var request = context.Request;
        context.Reply.Array((request.Length - 2) * 2L);
        for (var i = 2; i < request.Length; i++)
        {
            context.Reply.BulkString(request[i]);
            context.Reply.Integer(context.Server.PubSub.Listeners(kind, request[i]));
        }
    }

    // PUBSUB NUMPAT
    private static void CountPatterns(CommandContext context) => context.Reply.Integer(context.Server.PubSub.Count(SubscriptionKind.Pattern));

    // PUBSUB HELP
    private static void Help(CommandContext context) => HelpReply.Write(context, "PUBSUB",
    [
        "CHANNELS [<pattern>]",
        "    Channels that somebody listens to, all or those that match.",
        "NUMPAT",
        "    How many different patterns are listened to.",
        "NUMSUB [<channel> ...]",
        "    How many listen to each channel, patterns aside.",
        "SHARDCHANNELS [<pattern>]",
        "    Shard channels that somebody listens to, all or those that match.",
        "SHARDNUMSUB [<shardchannel> ...]",
        "    How many listen to each shard channel.",
    ]);
}
