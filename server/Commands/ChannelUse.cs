namespace RespKv.Server.Commands;

/// <summary>Which arguments of a command are channels that its user must be allowed. To end listening nobody needs a permission.</summary>
internal enum ChannelUse
{
    None,

    /// <summary>The first one.</summary>
    First,

    /// <summary>All of them.</summary>
    All,

    /// <summary>All of them, and they are patterns.</summary>
    Patterns,
}
