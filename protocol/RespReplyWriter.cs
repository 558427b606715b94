using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace RespKv.Protocol;

/// <summary>
/// Writes replies in the client's protocol version. It fills blocks of an array-backed buffer writer and hands them on by
/// <see cref="Commit"/>, so a reply costs a copy and no allocation. One thread at a time.
/// </summary>
public sealed class RespReplyWriter(IBufferWriter<byte> output)
{
    // Room for the longest header, `$-9223372036854775808\r\n`, or for a whole integer reply.
    private const int HeaderBytesMax = 24;

    // Redis prints whole numbers below this as integers.
    private const double WholeBelow = 4503599627370496;

    private byte[] block = [];
    private int start;
    private int position;
    private int end;
    private long committed;

    /// <summary>2 or 3; what <c>HELLO</c> set.</summary>
    public int ProtocolVersion { get; set; } = 2;

    /// <summary>Whether RESP3 types may be sent.</summary>
    public bool IsResp3 => ProtocolVersion >= 3;

    /// <summary>All bytes ever written, whether or not they are on their way.</summary>
    public long BytesWritten => committed + (position - start);

    /// <summary><c>+text\r\n</c>; the text must hold no line end.</summary>
    public void SimpleString(ReadOnlySpan<byte> text)
    {
        Raw("+"u8);
        Raw(text);
        LineEnd();
    }

    /// <summary><c>+OK\r\n</c></summary>
    public void Ok() => Raw("+OK\r\n"u8);

    /// <summary><c>$len\r\nbytes\r\n</c></summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void BulkString(ReadOnlySpan<byte> value)
    {
        // One bounds decision for the usual short value.
        if (end - position < HeaderBytesMax + value.Length + 2)
        {
            BulkStringAcrossBlocks(value);
            return;
        }

        var at = WriteHeader((byte)'$', value.Length, block.AsSpan(position));
        value.CopyTo(block.AsSpan(position + at));
        at += value.Length;
        block[position + at] = (byte)'\r';
        block[position + at + 1] = (byte)'\n';
        position += at + 2;
    }

    /// <summary>A bulk string whose bytes are somewhere else. They are sent from there if the output can do that, else copied now.</summary>
    public void BulkString(IReplyContent content)
    {
        Header((byte)'$', content.Length);
        Content(content);
        LineEnd();
    }

    /// <summary>Whole replies, or elements of one that has been begun, whose bytes are somewhere else; sent like those of a bulk string.</summary>
    public void Content(IReplyContent content)
    {
        if (output is IReplyContentOutput taker)
        {
            Commit();
            taker.Append(content);
            committed += content.Length;
        }
        else
        {
            using (content)
                Copy(content);
        }
    }

    /// <summary>A bulk string of UTF-8 text.</summary>
    public void BulkString(string value)
    {
        if (value.Length > 256)
        {
            BulkString(Encoding.UTF8.GetBytes(value));
            return;
        }

        Span<byte> bytes = stackalloc byte[Encoding.UTF8.GetMaxByteCount(value.Length)];
        BulkString(bytes[..Encoding.UTF8.GetBytes(value, bytes)]);
    }

    /// <summary>A bulk string of a decimal integer.</summary>
    public void BulkInteger(long value)
    {
        Span<byte> digits = stackalloc byte[20];
        Utf8Formatter.TryFormat(value, digits, out var length);
        BulkString(digits[..length]);
    }

    /// <summary><c>:value\r\n</c></summary>
    public void Integer(long value) => Header((byte)':', value);

    /// <summary>No value: <c>$-1</c> in RESP2, <c>_</c> in RESP3.</summary>
    public void Null() => Raw(IsResp3 ? "_\r\n"u8 : "$-1\r\n"u8);

    /// <summary>No array: <c>*-1</c> in RESP2, <c>_</c> in RESP3.</summary>
    public void NullArray() => Raw(IsResp3 ? "_\r\n"u8 : "*-1\r\n"u8);

    /// <summary><c>*count\r\n</c>; the elements follow.</summary>
    public void Array(long count) => Header((byte)'*', count);

    /// <summary>A map of <paramref name="pairs"/> pairs, which follow; a flat array in RESP2.</summary>
    public void Map(long pairs)
    {
        if (IsResp3)
            Header((byte)'%', pairs);
        else
            Header((byte)'*', pairs * 2);
    }

    /// <summary>A set; an array in RESP2.</summary>
    public void Set(long count) => Header(IsResp3 ? (byte)'~' : (byte)'*', count);

    /// <summary>A push message; an array in RESP2.</summary>
    public void Push(long count) => Header(IsResp3 ? (byte)'>' : (byte)'*', count);

    /// <summary>A double: <c>,1.5</c> in RESP3, a bulk string in RESP2.</summary>
    public void Double(double value)
    {
        var text = FormatDouble(value);
        if (IsResp3)
            Line((byte)',', text);
        else
            BulkString(text);
    }

    /// <summary><c>#t</c> or <c>#f</c> in RESP3, 1 or 0 in RESP2.</summary>
    public void Boolean(bool value)
    {
        if (IsResp3)
            Raw(value ? "#t\r\n"u8 : "#f\r\n"u8);
        else
            Integer(value ? 1 : 0);
    }

    /// <summary>A big number; a bulk string in RESP2.</summary>
    public void BigNumber(string digits)
    {
        if (IsResp3)
            Line((byte)'(', digits);
        else
            BulkString(digits);
    }

    /// <summary>Text with a three-letter format such as <c>txt</c>; a bulk string in RESP2.</summary>
    public void Verbatim(ReadOnlySpan<byte> format, ReadOnlySpan<byte> text)
    {
        if (!IsResp3)
        {
            BulkString(text);
            return;
        }

        Header((byte)'=', text.Length + 4L);
        Raw(format);
        Raw(":"u8);
        Raw(text);
        LineEnd();
    }

    /// <summary>
    /// <c>-text\r\n</c>. The text begins with its code (<c>ERR</c>, <c>WRONGTYPE</c>). Line ends at its end are left out; those within it and NUL become blanks, so that
    /// what a client sent and an error repeats cannot end the reply early.
    /// </summary>
    public void Error(ReadOnlySpan<byte> text)
    {
        Raw("-"u8);
        text = text.TrimEnd("\r\n"u8);
        while (!text.IsEmpty)
        {
            var clean = text.IndexOfAny((byte)'\r', (byte)'\n', (byte)0);
            Raw(clean < 0 ? text : text[..clean]);
            if (clean < 0)
                break;
            Raw(" "u8);
            text = text[(clean + 1)..];
        }

        LineEnd();
    }

    /// <inheritdoc cref="Error(ReadOnlySpan{byte})"/>
    public void Error(string text) => Error(Encoding.Latin1.GetBytes(text));

    /// <summary>Bytes that are a reply, or a part of one, already.</summary>
    public void Raw(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > end - position)
        {
            var part = end - position;
            bytes[..part].CopyTo(block.AsSpan(position));
            position = end;
            bytes = bytes[part..];
            NextBlock();
        }

        bytes.CopyTo(block.AsSpan(position));
        position += bytes.Length;
    }

    /// <summary>Hands all that was written to the output. The output may then be flushed.</summary>
    public void Commit()
    {
        if (position > start)
        {
            output.Advance(position - start);
            committed += position - start;
        }

        block = [];
        start = position = end = 0;
    }

    /// <summary>The shortest text that reads back as the same double, in Redis's form: <c>1.5</c>, <c>1e+21</c>, <c>inf</c>, <c>-0</c>.</summary>
    public static string FormatDouble(double value)
    {
        if (double.IsNaN(value))
            return "nan";
        if (double.IsInfinity(value))
            return value > 0 ? "inf" : "-inf";
        if (value == 0)
            return double.IsNegative(value) ? "-0" : "0";
        if (value == Math.Truncate(value) && Math.Abs(value) < WholeBelow)
            return ((long)value).ToString(CultureInfo.InvariantCulture);
        return FormatDigits(value);
    }

    // Digits are written out where that is not much longer than with an exponent; the bounds are Redis's.
    private static string FormatDigits(double value)
    {
        var sign = value < 0 ? "-" : "";
        var (digits, pointAt) = ShortestDigits(value);
        var exponent = pointAt - 1;
        if (pointAt >= digits.Length && exponent < digits.Length + 7)
            return sign + digits.PadRight(pointAt, '0');
        if (pointAt < digits.Length && (pointAt - digits.Length > -7 || Math.Abs(exponent) < 4))
            return sign + (pointAt <= 0 ? "0." + new string('0', -pointAt) + digits : digits.Insert(pointAt, "."));
        var mantissa = digits.Length == 1 ? digits : digits.Insert(1, ".");
        return sign + mantissa + (exponent < 0 ? "e-" : "e+") + Math.Abs(exponent).ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>The fewest digits that tell the number from its neighbours, and where among them its point is.</summary>
    private static (string Digits, int PointAt) ShortestDigits(double value)
    {
        var text = Math.Abs(value).ToString("R", CultureInfo.InvariantCulture);
        var exponentAt = text.IndexOf('E', StringComparison.Ordinal);
        var exponent = exponentAt < 0 ? 0 : int.Parse(text.AsSpan(exponentAt + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        var mantissa = exponentAt < 0 ? text : text[..exponentAt];
        var point = mantissa.IndexOf('.', StringComparison.Ordinal);
        var digits = mantissa.Replace(".", "", StringComparison.Ordinal);
        var pointAt = (point < 0 ? digits.Length : point) + exponent;
        var leading = digits.Length - digits.TrimStart('0').Length;
        return (digits.Trim('0'), pointAt - leading);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void BulkStringAcrossBlocks(ReadOnlySpan<byte> value)
    {
        Header((byte)'$', value.Length);
        Raw(value);
        LineEnd();
    }

    private void Copy(IReplyContent content)
    {
        for (var at = 0; at < content.Length;)
        {
            if (position == end)
                NextBlock();
            var part = Math.Min(end - position, content.Length - at);
            content.Read(at, block.AsSpan(position, part));
            position += part;
            at += part;
        }
    }

    private void Line(byte type, string text)
    {
        Raw([type]);
        Raw(Encoding.ASCII.GetBytes(text));
        LineEnd();
    }

    private void LineEnd() => Raw("\r\n"u8);

    private void Header(byte type, long value)
    {
        if (end - position < HeaderBytesMax)
            NextBlock();
        position += WriteHeader(type, value, block.AsSpan(position));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int WriteHeader(byte type, long value, Span<byte> target)
    {
        target[0] = type;
        int length;
        if ((ulong)value < 10)
        {
            target[1] = (byte)('0' + value);
            length = 2;
        }
        else
        {
            Utf8Formatter.TryFormat(value, target[1..], out length);
            length++;
        }

        target[length] = (byte)'\r';
        target[length + 1] = (byte)'\n';
        return length + 2;
    }

    private void NextBlock()
    {
        Commit();
        if (!MemoryMarshal.TryGetArray<byte>(output.GetMemory(HeaderBytesMax), out var segment))
            throw new InvalidOperationException("The output of a reply writer must be backed by arrays.");
        block = segment.Array!;
        start = position = segment.Offset;
        end = segment.Offset + segment.Count;
    }
}
