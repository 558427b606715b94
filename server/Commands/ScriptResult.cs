namespace RespKv.Server.Commands;

/// <summary>The reply of a script that went on on another thread, for its client to take.</summary>
/// <param name="Reply">The whole reply.</param>
/// <param name="StartTimestamp">When the script began.</param>
/// <param name="HasFailed">Whether the reply is an error.</param>
internal sealed record ScriptResult(byte[] Reply, long StartTimestamp, bool HasFailed);
