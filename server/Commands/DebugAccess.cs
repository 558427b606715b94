namespace RespKv.Server.Commands;

/// <summary>Who may use DEBUG (<c>enable-debug-command</c>).</summary>
internal enum DebugAccess
{
    No,

    /// <summary>Clients of this machine.</summary>
    Local,

    Yes,
}
