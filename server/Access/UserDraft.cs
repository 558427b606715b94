namespace RespKv.Server.Access;

/// <summary>A user that rules are being applied to: the user changes once all of them have been. Not thread-safe.</summary>
internal sealed class UserDraft
{
    private readonly RuleSettings settings;

    /// <summary>A new user: off, without a password, without a permission.</summary>
    public UserDraft(RuleSettings settings)
    {
        this.settings = settings;
        Selectors.Add(new SelectorDraft(settings));
    }

    /// <summary>A user to go on from.</summary>
    public UserDraft(RuleSettings settings, UserRules rules)
    {
        this.settings = settings;
        (IsOn, NeedsNoPassword, SkipsSanitizing) = (rules.IsOn, rules.NeedsNoPassword, rules.SkipsSanitizing);
        Passwords.AddRange(rules.Passwords);
        foreach (var selector in rules.Selectors)
            Selectors.Add(new SelectorDraft(settings, selector));
    }

    public bool IsOn { get; private set; }

    public bool NeedsNoPassword { get; private set; }

    public bool SkipsSanitizing { get; private set; }

    public List<string> Passwords { get; } = [];

    /// <summary>The first one is that of the user itself.</summary>
    public List<SelectorDraft> Selectors { get; } = [];

    /// <summary>Applies rules that are known to be right.</summary>
    public UserDraft With(params ReadOnlySpan<string> rules)
    {
        foreach (var rule in rules)
            Apply(rule);
        return this;
    }

    /// <summary>Applies one rule; what is refused has changed nothing.</summary>
    public RuleFault Apply(string rule)
    {
        switch (rule)
        {
            case "":
                return RuleFault.None;
            case ['>' or '#', ..]:
                return AddPassword(rule);
            case ['<' or '!', ..]:
                return RemovePassword(rule);
            case ['(', .., ')']:
                return AddSelector(rule);
        }

        var end = rule.IndexOf('\0', StringComparison.Ordinal);
        return RuleText.Lower(end < 0 ? rule : rule[..end]) switch
        {
            "on" => Set(() => IsOn = true),
            "off" => Set(() => IsOn = false),
            "skip-sanitize-payload" => Set(() => SkipsSanitizing = true),
            "sanitize-payload" => Set(() => SkipsSanitizing = false),
            "nopass" => Set(() => SetPassword(isNeeded: false)),
            "resetpass" => Set(() => SetPassword(isNeeded: true)),
            "clearselectors" => Set(() => Selectors.RemoveRange(1, Selectors.Count - 1)),
            "reset" => Set(Reset),
            _ => Selectors[0].Apply(rule),
        };
    }

    private static RuleFault Set(Action change)
    {
        change();
        return RuleFault.None;
    }

    private void SetPassword(bool isNeeded)
    {
        NeedsNoPassword = !isNeeded;
        Passwords.Clear();
    }

    private void Reset()
    {
        (IsOn, SkipsSanitizing) = (false, false);
        SetPassword(isNeeded: true);
        Selectors.Clear();
        Selectors.Add(new SelectorDraft(settings));
    }

    private RuleFault AddPassword(string rule)
    {
        if (HashOf(rule, '>') is not { } hash)
            return RuleFault.InvalidHash;
        if (!Passwords.Contains(hash))
            Passwords.Add(hash);
        NeedsNoPassword = false;
        return RuleFault.None;
    }

    private RuleFault RemovePassword(string rule)
    {
        if (HashOf(rule, '<') is not { } hash)
            return RuleFault.InvalidHash;
        return Passwords.Remove(hash) ? RuleFault.None : RuleFault.NoSuchPassword;
    }

    private static string? HashOf(string rule, char ofPassword)
    {
        if (rule[0] == ofPassword)
            return PasswordHash.Of(RuleText.BytesOf(rule[1..]));
        return PasswordHash.IsHash(rule[1..]) ? rule[1..] : null;
    }

    private RuleFault AddSelector(string rule)
    {
        var selector = new SelectorDraft(settings);
        foreach (var part in RuleText.SplitSelector(rule))
        {
            if (selector.Apply(part) is var fault and not RuleFault.None)
                return fault;
        }

        Selectors.Add(selector);
        return RuleFault.None;
    }
}
