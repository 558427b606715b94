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

    /// <summary>EXEC is refused for a reason of its own.</summary>
    public static string ExecAbortFor(string error) =>
        "EXECABORT Transaction discarded because of: " + (error.StartsWith("ERR ", StringComparison.Ordinal) ? error[4..] : error);

    public const string LogFailed = "MISCONF Errors writing to the AOF file: ";
    public const string Protocol = "ERR Protocol error: ";
    public const string MaxClients = "ERR max number of clients reached";

    /// <summary>All that Redis advises holds here as well.</summary>
    public const string ProtectedMode = "DENIED Redis is running in protected mode because protected mode is enabled and no password is set for the default user. "
        + "In this mode connections are only accepted from the loopback interface. If you want to connect from external computers to Redis you may adopt one of the following solutions: "
        + "1) Just disable protected mode sending the command 'CONFIG SET protected-mode no' from the loopback interface by connecting to Redis from the same host the server is "
        + "running, however MAKE SURE Redis is not publicly accessible from internet if you do so. Use CONFIG REWRITE to make this change permanent. "
        + "2) Alternatively you can just disable the protected mode by editing the Redis configuration file, and setting the protected mode option to 'no', and then restarting the server. "
        + "3) If you started the server manually just for testing, restart it with the '--protected-mode no' option. "
        + "4) Set up an authentication password for the default user. "
        + "NOTE: You only need to do one of the above things in order for the server to start accepting connections from the outside.";

    public const string InvalidCursor = "ERR invalid cursor";
    public const string SameObject = "ERR source and destination objects are the same";
    public const string TimeoutNegative = "ERR timeout is negative";
    public const string TimeoutNotInteger = "ERR timeout is not an integer or out of range";

    public const string NoScript = "NOSCRIPT No matching script. Please use EVAL.";
    public const string BusyEval = "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.";
    public const string BusyFunction = "BUSY Redis is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE.";

    /// <summary>What clients get while a script takes too long.</summary>
    public static string Busy(Scripts scripts) => scripts.Running is { IsFunction: true } ? BusyFunction : BusyEval;

    public static string WhileSubscribed(string fullName) =>
        $"ERR Can't execute '{fullName}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context";

    /// <summary>Options that a subcommand does not have; its name is repeated as it was typed.</summary>
    public static void SubcommandSyntax(CommandContext context) => context.Error(
        $"ERR unknown subcommand or wrong number of arguments for '{RequestEcho.Of(context.Request[1])}'. Try {(context.Command.Container ?? context.Command).Name.ToUpperInvariant()} HELP.");

    public static string WrongArity(string fullName) => $"ERR wrong number of arguments for '{fullName}' command";

    public static string InvalidExpire(string fullName) => $"ERR invalid expire time in '{fullName}' command";
}
