using System.Text;
using RespKv.Server.Access;

namespace RespKv.Server.Commands;

/// <summary>ACL LOG.</summary>
internal static class AclLogCommands
{
    private const long CountDefault = 10;

    // ACL LOG [count | RESET]
    public static void Show(CommandContext context)
    {
        var request = context.Request;
        var log = context.Server.Access.Log;
        var count = CountDefault;
        if (request.Length > 3)
        {
            ErrorReplies.SubcommandSyntax(context);
        }
        else if (request.Length == 3 && Ascii.EqualsIgnoreCase(request[2], "RESET"u8))
        {
            log.Clear();
            context.Reply.Ok();
        }
        else if (request.Length == 3 && !request.TryGetInt64(2, out count))
        {
            context.Error(ErrorReplies.NotAnInteger);
        }
        else
        {
            var entries = log.Newest(count);
            context.Reply.Array(entries.Length);
            foreach (var entry in entries)
                Write(context, entry);
        }
    }

    private static void Write(CommandContext context, AclLogEntry entry)
    {
        var reply = context.Reply;
        reply.Map(10);
        reply.BulkString("count"u8);
        reply.Integer(entry.Count);
        reply.BulkString("reason"u8);
        reply.BulkString(NameOf(entry.Reason));
        reply.BulkString("context"u8);
        reply.BulkString(NameOf(entry.Context));
        reply.BulkString("object"u8);
        reply.BulkString(RuleText.BytesOf(entry.What));
        reply.BulkString("username"u8);
        reply.BulkString(RuleText.BytesOf(entry.UserName));
        reply.BulkString("age-seconds"u8);
        reply.Double((context.NowMs - entry.UpdatedAtMs) / 1000.0);
        reply.BulkString("client-info"u8);
        reply.BulkString(entry.Client);
        reply.BulkString("entry-id"u8);
        reply.Integer(entry.Id);
        reply.BulkString("timestamp-created"u8);
        reply.Integer(entry.CreatedAtMs);
        reply.BulkString("timestamp-last-updated"u8);
        reply.Integer(entry.UpdatedAtMs);
    }

    private static ReadOnlySpan<byte> NameOf(DenialReason reason) => reason switch
    {
        DenialReason.Command => "command"u8,
        DenialReason.Namespace => "namespace"u8,
        DenialReason.Key => "key"u8,
        DenialReason.Channel => "channel"u8,
        _ => "auth"u8,
    };

    private static ReadOnlySpan<byte> NameOf(DenialContext context) => context switch
    {
        DenialContext.TopLevel => "toplevel"u8,
        DenialContext.Transaction => "multi"u8,
        DenialContext.Script => "lua"u8,
        _ => "http"u8,
    };
}
