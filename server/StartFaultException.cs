namespace RespKv.Server;

/// <summary>The server cannot start; the message is the one line that says why.</summary>
internal sealed class StartFaultException(string message) : Exception(message);
