using System.Text;
using RespKv.Protocol;

namespace RespKv.Tests.Model;

/// <summary>Replies as one text each, so that the model's and the server's can be compared: bytes are shown as Latin-1.</summary>
internal static class ModelReplies
{
    public const string Ok = "+OK";
    public const string Null = "null";
    public const string NotAnInteger = "-ERR value is not an integer or out of range";
    public const string Syntax = "-ERR syntax error";

    public static string Integer(long value) => ":" + value;

    public static string Flag(bool value) => value ? ":1" : ":0";

    public static string Bulk(string? value) => value == null ? Null : "$" + value;

    public static string Array(IEnumerable<string> items) => "[" + string.Join(", ", items) + "]";

    public static string Show(RespReply reply) => reply.Kind switch
    {
        RespReplyKind.Null => Null,
        RespReplyKind.SimpleString => "+" + Text(reply),
        RespReplyKind.Error => "-" + Text(reply),
        RespReplyKind.Integer => ":" + Text(reply),
        RespReplyKind.Array => Array(reply.Items.Select(Show)),
        _ => "$" + Text(reply),
    };

    public static string Text(RespReply reply) => Encoding.Latin1.GetString(reply.Bytes.Span);
}
