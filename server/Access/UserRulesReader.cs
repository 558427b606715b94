namespace RespKv.Server.Access;

/// <summary>Applies all rules of a user, or none.</summary>
internal static class UserRulesReader
{
    /// <summary>Applies the words of a user's rules to a draft; the text says what is wrong, in Redis's words, or is null.</summary>
    public static string? Apply(UserDraft draft, IEnumerable<string> words)
    {
        var rules = RuleText.Merge(words, out var open);
        if (open != null)
            return $"Unmatched parenthesis in acl selector starting at '{open}'.";
        foreach (var rule in rules)
        {
            if (draft.Apply(rule) is var fault and not RuleFault.None)
                return $"Error in ACL SETUSER modifier '{UpToNul(rule)}': {RuleFaults.TextOf(fault)}";
        }

        return null;
    }

    private static string UpToNul(string text) => text.IndexOf('\0', StringComparison.Ordinal) is >= 0 and var end ? text[..end] : text;
}
