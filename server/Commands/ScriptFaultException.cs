namespace RespKv.Server.Commands;

/// <summary>A script or library that cannot be taken in; the message is the error's text, without a code.</summary>
internal sealed class ScriptFaultException(string message) : Exception(message);
