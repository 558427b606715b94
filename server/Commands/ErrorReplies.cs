namespace RespKv.Server.Commands;

/// <summary>Every error text that is used in more than one place, word for word as Redis has it.</summary>
internal static class ErrorReplies
{
    public const string Loading = "LOADING Redis is loading the dataset in memory";

    public const string Syntax = "ERR syntax error";
    public const string NotAnInteger = "ERR value is not an integer or out of range";
    public const string NotAFloat = "ERR value is not a valid float";
    public const string NotPositive = "ERR value is out of range, must be positive";
    public const string NotAnInt32 = "ERR value is out of range, value must between -2147483648 and 2147483647";
    public const string OutOfRange = "ERR value is out of range";
    public const string OffsetOutOfRange = "ERR offset is out of range";
    public const string Overflow = "ERR increment or decrement would overflow";
    public const string WrongType = "WRONGTYPE Operation against a key holding the wrong kind of value";
    public const string NoSuchKey = "ERR no such key";
    public const string StringTooLong = "ERR string exceeds maximum allowed size (proto-max-bulk-len)";
    public const string NoAuth = "NOAUTH Authentication required.";
    public const string Oom = "OOM command not allowed when used memory > 'maxmemory'.";
    public const string InvalidDb = "ERR DB index is out of range";
    public const string HelloNoAuth = "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time";
    public const string ClientName = "ERR Client names cannot contain spaces, newlines or special characters.";
    public const string WrongPass = "WRONGPASS invalid username-password pair or user is disabled.";
    public const string NotInMulti = "ERR Command not allowed inside a transaction";
    public const string ExecAbort = "EXECABORT Transaction discarded because of previous errors.";
    public const string LogFailed = "MISCONF Errors writing to the AOF file: ";
    public const string Protocol = "ERR Protocol error: ";
    public const string MaxClients = "ERR max number of clients reached";
    /// <summary>Begins with the word that Redis has; the advice is ours.</summary>
    public const string ProtectedMode = "DENIED RespKv is running in protected mode because protected mode is enabled and no password is set. "
        + "In this mode connections are only accepted from the loopback interface. To connect from other hosts: set a password (--requirepass, or CONFIG SET requirepass "
        + "from this host), or turn protected mode off (--protected-mode no, or CONFIG SET protected-mode no) where only trusted hosts can reach the port.";

    public const string InvalidCursor = "ERR invalid cursor";
    public const string SameObject = "ERR source and destination objects are the same";
    public const string TimeoutNegative = "ERR timeout is negative";
    public const string TimeoutNotInteger = "ERR timeout is not an integer or out of range";

    public static string WhileSubscribed(string fullName) =>
        $"ERR Can't execute '{fullName}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context";

    /// <summary>Options that a subcommand does not have; its name is repeated as it was typed.</summary>
    public static void SubcommandSyntax(CommandContext context) => context.Error(
        $"ERR unknown subcommand or wrong number of arguments for '{RequestEcho.Of(context.Request[1])}'. Try {(context.Command.Container ?? context.Command).Name.ToUpperInvariant()} HELP.");

    public static string WrongArity(string fullName) => $"ERR wrong number of arguments for '{fullName}' command";

    public static string InvalidExpire(string fullName) => $"ERR invalid expire time in '{fullName}' command";
}
