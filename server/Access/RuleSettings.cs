namespace RespKv.Server.Access;

/// <summary>What rules are read by.</summary>
/// <param name="commands">The commands that there are.</param>
internal sealed class RuleSettings(ICommandCatalog commands)
{
    private volatile bool startsWithAllChannels;

    public ICommandCatalog Commands { get; } = commands;

    /// <summary>Whether a new user may use all channels (<c>acl-pubsub-default</c>).</summary>
    public bool StartsWithAllChannels
    {
        get => startsWithAllChannels;
        set => startsWithAllChannels = value;
    }
}
