namespace RespKv.Protocol;

/// <summary>The limits of the protocol, as Redis sets them. A request past one of them ends its connection.</summary>
public static class RespLimits
{
    /// <summary>Most arguments in one request.</summary>
    public const int ArgumentsMax = 1024 * 1024;

    /// <summary>Most arguments in one request before the client has authenticated.</summary>
    public const int UnauthenticatedArgumentsMax = 10;

    /// <summary>Longest bulk string before the client has authenticated, in bytes.</summary>
    public const int UnauthenticatedBulkBytesMax = 16 * 1024;

    /// <summary>Longest inline request, and longest count line, without its line end, in bytes.</summary>
    public const int InlineBytesMax = 64 * 1024;

    /// <summary>Default of <c>proto-max-bulk-len</c>, the longest bulk string, in bytes.</summary>
    public const long BulkBytesMaxDefault = 512L * 1024 * 1024;
}
