using RespKv.Server.Kv;

namespace RespKv.Server.Commands;

/// <summary>Commands on whole string values.</summary>
internal static class StringCommands
{
    public static readonly Command[] All =
    [
        new("get", 2, CommandFlags.ReadOnly | CommandFlags.Fast, KeySpec.One(KeyUse.ReadOnly | KeyUse.Access), Get)
        {
            Since = "1.0.0", Group = "string", Complexity = "O(1)", Summary = "Returns the value of a key.", Syntax = "key",
        },
        new("set", -3, CommandFlags.Write | CommandFlags.DenyOom, KeySpec.One(KeyUse.ReadWrite | KeyUse.Access | KeyUse.Update | KeyUse.VariableFlags), Set)
        {
            Since = "1.0.0", Group = "string", Complexity = "O(1)", Summary = "Sets the value of a key, whatever it held before.",
            Syntax = "key value [NX | XX] [GET] [EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | KEEPTTL]",
        },
    ];

    // GET key
    private static void Get(CommandContext context)
    {
        var reader = context.BulkString.For(context.Reply);
        if (!context.Keyspace.Read(context.Request[1], reader))
        {
            context.Counters.Misses++;
            context.Reply.Null();
            return;
        }

        context.Counters.Hits++;
        if (reader.IsWrongType)
            context.Error(ErrorReplies.WrongType);
    }

    private static void Set(CommandContext context)
    {
        var request = context.Request;
        context.Keyspace.Overwrite(request[1], context.Reusable<SetUpdate>().For(request.Memory(2)));
        context.Reply.Ok();
    }
}
