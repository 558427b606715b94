namespace RespKv.Server.Net;

/// <summary>TLS cannot be had with the parameters that it is given; the message is the one line that says which, and why.</summary>
internal sealed class TlsFaultException(string parameter, string reason) : Exception($"{parameter}: {reason}");
