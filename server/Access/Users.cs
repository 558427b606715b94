using System.Collections.Concurrent;

namespace RespKv.Server.Access;

/// <summary>
/// All users by name. Any thread may look; whoever changes something keeps others from doing so meanwhile, and tells the connections (which this folder knows nothing of).
/// </summary>
internal sealed class Users
{
    /// <summary>The user that connections begin as; it is always there.</summary>
    public const string DefaultName = "default";

    // Checked for a name that nobody has, so that the answer takes as long.
    private static readonly string[] Nobody = [new('0', 64)];

    private readonly ConcurrentDictionary<string, User> byName = new(StringComparer.Ordinal);

    public Users(RuleSettings settings)
    {
        Settings = settings;
        Default = byName[DefaultName] = new User(DefaultName, NewDefault());
    }

    public RuleSettings Settings { get; }

    public User Default { get; }

    /// <summary>All users, in the order of their names' bytes.</summary>
    public IEnumerable<User> All => byName.Values.OrderBy(user => user.Name, StringComparer.Ordinal);

    public User? Find(string name) => byName.GetValueOrDefault(name);

    /// <summary>The default user as it is when nothing was said of it.</summary>
    public UserRules NewDefault() => new(new UserDraft(Settings).With("+@all", "~*", "&*", "on", "nopass"));

    /// <summary>A draft of a user as it is now, or of a new one.</summary>
    public UserDraft Draft(string name) => Find(name) is { } user ? new UserDraft(Settings, user.Rules) : new UserDraft(Settings);

    /// <summary>Gives a user its rules; it is made if need be.</summary>
    public User Put(string name, UserRules rules)
    {
        if (Find(name) is { } user)
            user.Rules = rules;
        else
            byName[name] = user = new User(name, rules);
        return user;
    }

    /// <summary>Takes a user out; null when there is none. Who still holds it may do nothing any more.</summary>
    public User? Remove(string name)
    {
        if (!byName.TryRemove(name, out var user))
            return null;
        user.Rules = new UserRules(new UserDraft(Settings).With("resetchannels"));
        return user;
    }

    /// <summary>The user whom name and password belong to; null when there is none, or it is off.</summary>
    public User? Authenticate(string name, ReadOnlySpan<byte> password)
    {
        var user = Find(name);
        var rules = user?.Rules;
        var isRight = PasswordHash.IsAmong(rules?.Passwords ?? Nobody, PasswordHash.Of(password)) || rules is { NeedsNoPassword: true };
        return rules is { IsOn: true } && isRight ? user : null;
    }
}
