using System.Text;

namespace RespKv.Load;

/// <summary>
/// What the reply to one request must look like, as the bytes of its first line where these are known. Comparing with them
/// is both the check and the parse.
/// </summary>
/// <param name="Line">The whole line with CRLF, or only its type byte when any number may follow.</param>
/// <param name="MissLine">The line that says "no such key", where the reply can say so.</param>
/// <param name="BodyBytes">Bytes that follow the line, CRLF included; 0 for none.</param>
/// <param name="ElementCount">Elements that follow the line, each as <paramref name="Element"/> says.</param>
/// <param name="Element">The shape of the elements of an array.</param>
internal sealed record ReplyShape(byte[] Line, byte[]? MissLine = null, long BodyBytes = 0, int ElementCount = 0, ReplyShape? Element = null)
{
    public static readonly ReplyShape Ok = new("+OK\r\n"u8.ToArray());
    public static readonly ReplyShape Pong = new("+PONG\r\n"u8.ToArray());
    public static readonly ReplyShape AnyInteger = new(":"u8.ToArray());
    public static readonly ReplyShape One = new(":1\r\n"u8.ToArray(), ":0\r\n"u8.ToArray());

    public bool IsWholeLine => Line.Length > 1;

    /// <summary>A bulk string of exactly <paramref name="bytes"/> bytes.</summary>
    public static ReplyShape Value(int bytes) => new(Encoding.ASCII.GetBytes($"${bytes}\r\n"), "$-1\r\n"u8.ToArray(), bytes + 2);

    /// <summary>An array of <paramref name="count"/> bulk strings of exactly <paramref name="bytes"/> bytes.</summary>
    public static ReplyShape Values(int count, int bytes) =>
        new(Encoding.ASCII.GetBytes($"*{count}\r\n"), ElementCount: count, Element: Value(bytes));
}
