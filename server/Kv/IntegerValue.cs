using System.Buffers.Text;

namespace RespKv.Server.Kv;

/// <summary>When the bytes of a string are an integer, for INCR and for the encoding that OBJECT names.</summary>
internal static class IntegerValue
{
    private const int TextBytesMax = 20;

    /// <summary>Reads a signed 64-bit integer; false unless the bytes are just what it is written as: no sign +, no leading zeros, no blanks.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out long value)
    {
        value = 0;
        if (text.Length is 0 or > TextBytesMax || !Utf8Parser.TryParse(text, out value, out var used) || used != text.Length)
            return false;
        var isNegative = text[0] == (byte)'-';
        return (isNegative ? text[1] : text[0]) is >= (byte)'1' and <= (byte)'9' || (text.Length == 1 && text[0] == (byte)'0');
    }
}
