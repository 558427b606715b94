namespace RespKv.Server.Access;

/// <summary>A user. It is the same one from its making to its deletion, whatever becomes of its rules.</summary>
/// <param name="name">Its name, a character for each byte.</param>
/// <param name="rules">What is said of it.</param>
internal sealed class User(string name, UserRules rules)
{
    private volatile UserRules rules = rules;

    public string Name { get; } = name;

    /// <summary>What is said of it now; whoever needs two answers that go together keeps this.</summary>
    public UserRules Rules
    {
        get => rules;
        set => rules = value;
    }

    /// <summary>The user as a line of a file.</summary>
    public override string ToString() => $"user {Name} {Rules}";
}
