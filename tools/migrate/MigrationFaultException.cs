namespace RespKv.Migrate;

/// <summary>The work cannot begin, or cannot go on; the message is the one line that says why.</summary>
internal sealed class MigrationFaultException(string message) : Exception(message);
