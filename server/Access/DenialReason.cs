namespace RespKv.Server.Access;

/// <summary>Why somebody is not allowed something; where selectors differ, the greatest is told.</summary>
internal enum DenialReason
{
    None,
    Command,

    /// <summary>Ours: the namespace that it is about.</summary>
    Namespace,
    Key,
    Channel,

    /// <summary>User and password do not belong together.</summary>
    Authentication,
}

/// <summary>Where somebody was not allowed something.</summary>
internal enum DenialContext
{
    TopLevel,
    Transaction,
    Script,

    /// <summary>Ours: a request over HTTP.</summary>
    Http,
}
