using System.Text;

namespace RespKv.Server.Commands;

/// <summary>DEBUG PROTOCOL: a value of each type of RESP, the same ones as Redis gives.</summary>
internal static class DebugProtocol
{
    // DEBUG PROTOCOL type
    public static void Run(CommandContext context)
    {
        var reply = context.Reply;
        switch (Encoding.Latin1.GetString(context.Request[2]).ToLowerInvariant())
        {
            case "string":
                reply.BulkString("Hello World"u8);
                break;
            case "integer":
                reply.Integer(12345);
                break;
            case "double":
                reply.Double(3.141);
                break;
            case "bignum":
                reply.BigNumber("1234567999999999999999999999999999999");
                break;
            case "null":
                reply.Null();
                break;
            case "array":
                reply.Array(3);
                WriteThree(context);
                break;
            case "set":
                reply.Set(3);
                WriteThree(context);
                break;
            case "map":
                WriteMap(context);
                break;
            case "attrib":
                WriteAttribute(context);
                break;
            case "push":
                WritePush(context);
                break;
            case "verbatim":
                reply.Verbatim("txt"u8, "This is a verbatim\nstring"u8);
                break;
            case "true":
                reply.Boolean(true);
                break;
            case "false":
                reply.Boolean(false);
                break;
            default:
                context.Error("ERR Wrong protocol type name. Please use one of the following: string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false");
                break;
        }
    }

    private static void WriteThree(CommandContext context)
    {
        for (var i = 0; i < 3; i++)
            context.Reply.Integer(i);
    }

    private static void WriteMap(CommandContext context)
    {
        context.Reply.Map(3);
        for (var i = 0; i < 3; i++)
        {
            context.Reply.Integer(i);
            context.Reply.Boolean(i == 1);
        }
    }

    // An attribute comes before a reply and is none itself.
    private static void WriteAttribute(CommandContext context)
    {
        if (context.Reply.IsResp3)
            context.Reply.Raw("|1\r\n$14\r\nkey-popularity\r\n*2\r\n$7\r\nkey:123\r\n:90\r\n"u8);
        context.Reply.BulkString("Some real reply following the attribute"u8);
    }

    private static void WritePush(CommandContext context)
    {
        if (!context.Reply.IsResp3)
        {
            context.Error("ERR RESP2 is not supported by this command");
            return;
        }

        context.Reply.BulkString("Some real reply following the push reply"u8);
        context.Reply.Push(2);
        context.Reply.BulkString("server-cpu-usage"u8);
        context.Reply.Integer(42);
    }
}
