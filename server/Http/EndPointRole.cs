namespace RespKv.Server.Http;

/// <summary>What the end point is for that a connection came to.</summary>
/// <param name="Namespace">The one namespace that it serves; null when requests name theirs.</param>
internal sealed record EndPointRole(string? Namespace);
