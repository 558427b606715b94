namespace RespKv.Server.Access;

/// <summary>All that is said of a user, as of one moment. Immutable; any thread may ask it.</summary>
internal sealed class UserRules(UserDraft draft)
{
    private readonly Selector[] selectors = [.. draft.Selectors.Select(selector => new Selector(selector))];
    private string? text;

    /// <summary>Whether one can log in as this user.</summary>
    public bool IsOn { get; } = draft.IsOn;

    /// <summary>Whether any password will do.</summary>
    public bool NeedsNoPassword { get; } = draft.NeedsNoPassword;

    /// <summary>Kept and shown for Redis's sake: what RESTORE takes is always checked.</summary>
    public bool SkipsSanitizing { get; } = draft.SkipsSanitizing;

    /// <summary>SHA-256 of the passwords, in lower-case hexadecimal digits.</summary>
    public IReadOnlyList<string> Passwords { get; } = [.. draft.Passwords];

    /// <summary>What is said of the user itself, and then what is said in parentheses.</summary>
    public ReadOnlySpan<Selector> Selectors => selectors;

    /// <summary>Whether there is nothing that the user may not do.</summary>
    public bool IsUnrestricted { get; } = draft.Selectors.Exists(selector => selector is { AllCommands: true, AllKeys: true, AllChannels: true, AllNamespaces: true });

    /// <summary>Whether one is this user without logging in, if it is the default user.</summary>
    public bool AdmitsAll => IsOn && NeedsNoPassword;

    /// <summary>The names of what is on, as ACL GETUSER lists them.</summary>
    public IEnumerable<string> Flags
    {
        get
        {
            yield return IsOn ? "on" : "off";
            if (NeedsNoPassword)
                yield return "nopass";
            yield return SkipsSanitizing ? "skip-sanitize-payload" : "sanitize-payload";
        }
    }

    /// <summary>Whether any selector allows a channel.</summary>
    public bool AllowsChannel(ReadOnlySpan<byte> channel, bool isPattern)
    {
        foreach (var selector in selectors)
        {
            if (selector.AllowsChannel(channel, isPattern))
                return true;
        }

        return false;
    }

    /// <summary>Whether any selector allows a namespace.</summary>
    public bool AllowsNamespace(ReadOnlySpan<byte> name)
    {
        foreach (var selector in selectors)
        {
            if (selector.AllowsNamespace(name))
                return true;
        }

        return false;
    }

    /// <summary>Whether channels that <paramref name="before"/> allowed may be allowed no more.</summary>
    public bool TakesChannelsFrom(UserRules before)
    {
        if (selectors.Any(selector => selector.AllChannels))
            return false;
        var kept = selectors.SelectMany(selector => selector.Channels).ToHashSet(StringComparer.Ordinal);
        return before.selectors.Any(selector => selector.AllChannels || !selector.Channels.All(kept.Contains));
    }

    /// <summary>The rules that make a new user what this one is.</summary>
    public override string ToString() => text ??= string.Join(' ', [
        .. Flags, .. Passwords.Select(hash => "#" + hash), SelectorText.Of(selectors[0]), .. selectors.Skip(1).Select(selector => $"({SelectorText.Of(selector)})"),
    ]);
}
