using Microsoft.Extensions.Logging;

namespace RespKv.Server.Telemetry;

/// <summary>Every event that the server logs. None is per request.</summary>
internal static partial class Log
{
    [LoggerMessage(Message = "{Text}")]
    public static partial void Persistence(ILogger logger, LogLevel level, string text);

    [LoggerMessage(1, LogLevel.Information, "Ready to accept connections on {EndPoint}")]
    public static partial void Ready(ILogger logger, string endPoint);

    [LoggerMessage(2, LogLevel.Information, "RespKv {Version} starting, pid {ProcessId}, maxmemory {MaxMemory} bytes, policy {Policy}")]
    public static partial void Starting(ILogger logger, string version, int processId, long maxMemory, string policy);

    [LoggerMessage(3, LogLevel.Information, "Stopping: no new connections, answering what was received")]
    public static partial void Stopping(ILogger logger);

    [LoggerMessage(4, LogLevel.Information, "Stopped")]
    public static partial void Stopped(ILogger logger);

    [LoggerMessage(5, LogLevel.Warning, "Accepting a connection failed ({Reason}); trying again in {DelayMs} ms")]
    public static partial void AcceptFailed(ILogger logger, string reason, int delayMs);

    [LoggerMessage(6, LogLevel.Error, "Connection {ClientId} ended by a fault of ours")]
    public static partial void ConnectionFault(ILogger logger, Exception fault, long clientId);

    [LoggerMessage(7, LogLevel.Warning, "Closing client {ClientId}, which has {Bytes} bytes of replies unread and takes none, while all clients together have too many")]
    public static partial void ClientNotReading(ILogger logger, long clientId, long bytes);

    [LoggerMessage(8, LogLevel.Error, "Maintenance of the store failed; it goes on")]
    public static partial void MaintenanceFault(ILogger logger, Exception fault);

    [LoggerMessage(9, LogLevel.Warning, "{Warning}")]
    public static partial void StartWarning(ILogger logger, string warning);

    [LoggerMessage(10, LogLevel.Warning, "Possible SECURITY ATTACK detected. It looks like somebody is sending POST or Host: commands to RespKv, perhaps from a web page. Connection {ClientId} closed")]
    public static partial void CrossProtocol(ILogger logger, long clientId);

    [LoggerMessage(20, LogLevel.Warning, "Closing client {ClientId}, whose transaction holds {Bytes} bytes of queued commands")]
    public static partial void TransactionTooLarge(ILogger logger, long clientId, long bytes);

    [LoggerMessage(21, LogLevel.Warning, "Closing client {ClientId}, which has {Bytes} bytes of messages and replies unread, more than client-output-buffer-limit")]
    public static partial void OutputOverLimit(ILogger logger, long clientId, long bytes);

    [LoggerMessage(22, LogLevel.Warning, "DEBUG LOG: {Message}")]
    public static partial void Debug(ILogger logger, string message);

    [LoggerMessage(23, LogLevel.Warning, "These parameters have no effect in RespKv: {Names}")]
    public static partial void WithoutEffect(ILogger logger, string names);

    [LoggerMessage(26, LogLevel.Warning, "These directives are not known and have no effect: {Directives}")]
    public static partial void UnknownDirectives(ILogger logger, string directives);

    [LoggerMessage(24, LogLevel.Warning, "Listening anew failed: {Reason}")]
    public static partial void ListeningFailed(ILogger logger, string reason);

    [LoggerMessage(25, LogLevel.Warning, "Closing client {ClientId}, whose incomplete request holds {Bytes} bytes")]
    public static partial void RequestTooLarge(ILogger logger, long clientId, long bytes);

    [LoggerMessage(26, LogLevel.Error, "Taking in a connection failed by a fault of ours")]
    public static partial void AcceptFault(ILogger logger, Exception fault);

    [LoggerMessage(71, LogLevel.Error, "A thread that serves sockets failed; it goes on")]
    public static partial void SocketThreadFault(ILogger logger, Exception fault);

    [LoggerMessage(27, LogLevel.Error, "Looking after the connections failed; it goes on")]
    public static partial void KeeperFault(ILogger logger, Exception fault);

    [LoggerMessage(29, LogLevel.Error, "Closing client {ClientId}, since a value that it was being sent cannot be read: {Reason}")]
    public static partial void ValueUnreadable(ILogger logger, long clientId, string reason);

    [LoggerMessage(30, LogLevel.Warning, "Error accepting a client connection: {Reason} (addr={Address} laddr={LocalAddress})")]
    public static partial void HandshakeFailed(ILogger logger, string reason, string address, string localAddress);

    [LoggerMessage(31, LogLevel.Warning, "Setting up TLS failed: {Reason}")]
    public static partial void TlsFailed(ILogger logger, string reason);

    [LoggerMessage(28, LogLevel.Information, "Accepting connections again")]
    public static partial void AcceptRecovered(ILogger logger);

    [LoggerMessage(60, LogLevel.Warning, "A script is slow: {Name} has been running for {ElapsedMs} ms. SCRIPT KILL or FUNCTION KILL ends it if it has written nothing")]
    public static partial void SlowScript(ILogger logger, string name, long elapsedMs);

    /// <summary>What a script logs: 0 for debugging, 1 in detail, 2 as a notice, 3 as a warning.</summary>
    public static void Script(ILogger logger, int level, string text)
    {
        switch (level)
        {
            case 0:
                ScriptDebug(logger, text);
                break;
            case 1:
                ScriptVerbose(logger, text);
                break;
            case 2:
                ScriptNotice(logger, text);
                break;
            default:
                ScriptWarning(logger, text);
                break;
        }
    }

    [LoggerMessage(61, LogLevel.Trace, "{Text}")]
    private static partial void ScriptDebug(ILogger logger, string text);

    [LoggerMessage(62, LogLevel.Debug, "{Text}")]
    private static partial void ScriptVerbose(ILogger logger, string text);

    [LoggerMessage(63, LogLevel.Information, "{Text}")]
    private static partial void ScriptNotice(ILogger logger, string text);

    [LoggerMessage(64, LogLevel.Warning, "{Text}")]
    private static partial void ScriptWarning(ILogger logger, string text);

    [LoggerMessage(40, LogLevel.Error, "A {Method} over HTTP failed by a fault of ours")]
    public static partial void HttpFault(ILogger logger, Exception fault, string method);

    [LoggerMessage(41, LogLevel.Information, "Serving HTTP on {EndPoint}")]
    public static partial void HttpReady(ILogger logger, string endPoint);

    [LoggerMessage(70, LogLevel.Warning, "The file of users could not be written: {Fault}")]
    public static partial void AclFileNotWritten(ILogger logger, string fault);
}
