namespace RespKv.Server.Commands;

/// <summary>Commands about the connection.</summary>
internal static class ConnectionCommands
{
    public static readonly Command[] All =
    [
        new("ping", -1, CommandFlags.Fast, KeySpec.None, Ping)
        {
            Since = "1.0.0", Group = "connection", Complexity = "O(1)", Summary = "Tells that the server is there.", Syntax = "[message]",
        },
    ];

    // PING [message]
    private static void Ping(CommandContext context)
    {
        if (context.Request.Length > 2)
            context.Error(ErrorReplies.WrongArity("ping"));
        else if (context.Request.Length == 2)
            context.Reply.BulkString(context.Request[1]);
        else
            context.Reply.SimpleString("PONG"u8);
    }
}
