using System.Text;

namespace RespKv.Server.Commands;

/// <summary>The subcommands of CLIENT about keys that clients keep in a cache of their own.</summary>
internal static class TrackingCommands
{
    private const CommandFlags Usual = CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale;

    public static readonly Command[] Subcommands =
    [
        new("caching", 3, Usual, KeySpec.None, Caching)
        {
            Since = "6.0.0", Group = "connection", Complexity = "O(1)", Summary = "Says whether what the next command reads is tracked.", Syntax = "<YES | NO>",
        },
        new("getredir", 2, Usual, KeySpec.None, c => c.Reply.Integer(Redirection(c.Client)))
        {
            Since = "6.0.0", Group = "connection", Complexity = "O(1)", Summary = "Tells which client gets this one's tracking messages: 0 for this one, -1 without tracking.",
        },
        new("tracking", -3, Usual, KeySpec.None, Track)
        {
            Since = "6.0.0", Group = "connection", Complexity = "O(1), some options more.", Summary = "Says whether the client is told of changes to keys that it has read.",
            Syntax = "<ON | OFF> [REDIRECT client-id] [PREFIX prefix [PREFIX prefix ...]] [BCAST] [OPTIN] [OPTOUT] [NOLOOP]",
        },
        new("trackinginfo", 2, Usual, KeySpec.None, Info)
        {
            Since = "6.2.0", Group = "connection", Complexity = "O(1)", Summary = "Tells how the client tracks keys.",
        },
    ];

    /// <summary>The client that gets the messages, as CLIENT LIST shows it.</summary>
    public static long Redirection(Client client) => client.Tracking?.RedirectId ?? -1;

    // CLIENT TRACKING <ON | OFF> [REDIRECT client-id] [PREFIX prefix ...] [BCAST] [OPTIN] [OPTOUT] [NOLOOP]
    private static void Track(CommandContext context)
    {
        if (!TryReadOptions(context, out var options))
            return;
        if (Ascii.EqualsIgnoreCase(context.Request[2], "OFF"u8))
        {
            context.Server.Tracking.Set(context.Client, null);
        }
        else if (!Ascii.EqualsIgnoreCase(context.Request[2], "ON"u8))
        {
            context.Error(ErrorReplies.Syntax);
            return;
        }
        else if (Fault(context.Client.Tracking, options) is { } fault)
        {
            context.Error(fault);
            return;
        }
        else
        {
            context.Server.Tracking.Set(context.Client, Begin(context.Client.Tracking, options));
        }

        context.Reply.Ok();
    }

    private static bool TryReadOptions(CommandContext context, out Options options)
    {
        options = new Options();
        var request = context.Request;
        for (var i = 3; i < request.Length; i++)
        {
            var word = request[i];
            var hasMore = i + 1 < request.Length;
            if (hasMore && Ascii.EqualsIgnoreCase(word, "REDIRECT"u8))
            {
                if (!TryReadRedirection(context, ++i, options))
                    return false;
            }
            else if (hasMore && Ascii.EqualsIgnoreCase(word, "PREFIX"u8))
            {
                options.Prefixes.Add(request[++i].ToArray());
            }
            else if (Ascii.EqualsIgnoreCase(word, "BCAST"u8))
            {
                options.IsBroadcast = true;
            }
            else if (Ascii.EqualsIgnoreCase(word, "OPTIN"u8))
            {
                options.IsOptIn = true;
            }
            else if (Ascii.EqualsIgnoreCase(word, "OPTOUT"u8))
            {
                options.IsOptOut = true;
            }
            else if (Ascii.EqualsIgnoreCase(word, "NOLOOP"u8))
            {
                options.IsNoLoop = true;
            }
            else
            {
                context.Error(ErrorReplies.Syntax);
                return false;
            }
        }

        return true;
    }

    private static bool TryReadRedirection(CommandContext context, int index, Options options)
    {
        if (options.RedirectId != 0)
            context.Error("ERR A client can only redirect to a single other client");
        else if (!context.Request.TryGetInt64(index, out var id))
            context.Error(ErrorReplies.NotAnInteger);
        else if (!context.Server.Clients.ContainsKey(id))
            context.Error("ERR The client ID you want redirect to does not exist");
        else
            options.RedirectId = id;
        return options.RedirectId != 0;
    }

    /// <summary>Why the options do not go together, or not with the tracking that there is; null when they do.</summary>
    private static string? Fault(ClientTracking? current, Options options)
    {
        if (!options.IsBroadcast && options.Prefixes.Count > 0)
            return "ERR PREFIX option requires BCAST mode to be enabled";
        if (current != null && current.IsBroadcast != options.IsBroadcast)
            return "ERR You can't switch BCAST mode on/off before disabling tracking for this client, and then re-enabling it with a different mode.";
        if (options.IsBroadcast && (options.IsOptIn || options.IsOptOut))
            return "ERR OPTIN and OPTOUT are not compatible with BCAST";
        if (options.IsOptIn && options.IsOptOut)
            return "ERR You can't specify both OPTIN mode and OPTOUT mode";
        if ((options.IsOptIn && current is { IsOptOut: true }) || (options.IsOptOut && current is { IsOptIn: true }))
            return "ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and then re-enabling it with a different mode.";
        return Overlap(current?.Prefixes ?? [], options.Prefixes);
    }

    private static string? Overlap(IReadOnlyList<byte[]> present, List<byte[]> added)
    {
        for (var i = 0; i < added.Count; i++)
        {
            if (present.FirstOrDefault(p => Overlaps(p, added[i])) is { } existing)
                return $"ERR Prefix '{Text(added[i])}' overlaps with an existing prefix '{Text(existing)}'. Prefixes for a single client must not overlap.";
            if (added.Skip(i + 1).FirstOrDefault(p => Overlaps(p, added[i])) is { } other)
                return $"ERR Prefix '{Text(added[i])}' overlaps with another provided prefix '{Text(other)}'. Prefixes for a single client must not overlap.";
        }

        return null;
    }

    private static bool Overlaps(byte[] a, byte[] b) => a.AsSpan().StartsWith(b) || b.AsSpan().StartsWith(a);

    private static string Text(byte[] prefix) => Encoding.Latin1.GetString(prefix);

    // Prefixes add to those that the client has; everything else is as it is given now.
    private static ClientTracking Begin(ClientTracking? current, Options options)
    {
        var prefixes = (current?.Prefixes ?? []).Concat(options.Prefixes).ToList();
        if (options.IsBroadcast && options.Prefixes.Count == 0)
            prefixes.Add([]);
        prefixes.Sort((a, b) => a.AsSpan().SequenceCompareTo(b));
        return new ClientTracking
        {
            IsBroadcast = options.IsBroadcast,
            IsOptIn = options.IsOptIn,
            IsOptOut = options.IsOptOut,
            IsNoLoop = options.IsNoLoop,
            RedirectId = options.RedirectId,
            Prefixes = [.. prefixes.Distinct(ByteKeys.Comparer)],
        };
    }

    // CLIENT CACHING <YES | NO>
    private static void Caching(CommandContext context)
    {
        var isYes = Ascii.EqualsIgnoreCase(context.Request[2], "YES"u8);
        if (context.Client.Tracking is not { } tracking)
        {
            context.Error("ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled");
        }
        else if (!isYes && !Ascii.EqualsIgnoreCase(context.Request[2], "NO"u8))
        {
            context.Error(ErrorReplies.Syntax);
        }
        else if (isYes && !tracking.IsOptIn)
        {
            context.Error("ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.");
        }
        else if (!isYes && !tracking.IsOptOut)
        {
            context.Error("ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.");
        }
        else
        {
            tracking.IsCachingGiven = true;
            context.Reply.Ok();
        }
    }

    // CLIENT TRACKINGINFO
    private static void Info(CommandContext context)
    {
        var reply = context.Reply;
        var flags = Flags(context.Client.Tracking).ToList();
        reply.Map(3);
        reply.BulkString("flags"u8);
        reply.Set(flags.Count);
        foreach (var flag in flags)
            reply.BulkString(flag);
        reply.BulkString("redirect"u8);
        reply.Integer(Redirection(context.Client));
        reply.BulkString("prefixes"u8);
        var prefixes = context.Client.Tracking?.Prefixes ?? [];
        reply.Array(prefixes.Count);
        foreach (var prefix in prefixes)
            reply.BulkString(prefix);
    }

    private static IEnumerable<string> Flags(ClientTracking? tracking)
    {
        yield return tracking == null ? "off" : "on";
        if (tracking == null)
            yield break;
        if (tracking.IsBroadcast)
            yield return "bcast";
        if (tracking.IsOptIn)
            yield return "optin";
        if (tracking.IsOptIn && tracking.IsCachingGiven)
            yield return "caching-yes";
        if (tracking.IsOptOut)
            yield return "optout";
        if (tracking.IsOptOut && tracking.IsCachingGiven)
            yield return "caching-no";
        if (tracking.IsNoLoop)
            yield return "noloop";
        if (tracking.IsRedirectionBroken)
            yield return "broken_redirect";
    }

    private sealed class Options
    {
        public long RedirectId { get; set; }

        public List<byte[]> Prefixes { get; } = [];

        public bool IsBroadcast { get; set; }

        public bool IsOptIn { get; set; }

        public bool IsOptOut { get; set; }

        public bool IsNoLoop { get; set; }
    }
}
