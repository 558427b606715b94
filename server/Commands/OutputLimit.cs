namespace RespKv.Server.Commands;

/// <summary>
/// When a client that does not read is closed: at once above <paramref name="HardBytes"/>, and above <paramref name="SoftBytes"/> when that has
/// lasted for <paramref name="SoftSeconds"/>. 0 bytes is no limit.
/// </summary>
internal sealed record OutputLimit(long HardBytes, long SoftBytes, int SoftSeconds);
