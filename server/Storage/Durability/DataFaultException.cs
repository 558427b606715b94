namespace RespKv.Server.Storage.Durability;

/// <summary>The data folder cannot be used, or what is in it cannot be relied on; the message is one line that names the file and, where there is one, the offset.</summary>
internal sealed class DataFaultException(string message) : Exception(message);
