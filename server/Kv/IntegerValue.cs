using System.Buffers.Text;

namespace RespKv.Server.Kv;

/// <summary>When the bytes of a string are an integer, for INCR and for the encoding that OBJECT names.</summary>
internal static class IntegerValue
{
    private const int TextBytesMax = 20;

    /// <summary>Reads a signed 64-bit integer; false unless the bytes are just what it is written as: no sign +, no leading zeros, no blanks.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out long value)
    {
        Span<byte> written = stackalloc byte[TextBytesMax];
        value = 0;
        return text.Length <= TextBytesMax && Utf8Parser.TryParse(text, out value, out _)
            && Utf8Formatter.TryFormat(value, written, out var length) && text.SequenceEqual(written[..length]);
    }
}
