using System.Globalization;
using System.Text;

namespace RespKv.Protocol;

/// <summary>One reply, with all that it holds. It owns its bytes.</summary>
public sealed class RespReply
{
    private static readonly IReadOnlyList<RespReply> NoItems = [];

    internal RespReply(RespReplyKind kind, ReadOnlyMemory<byte> bytes, IReadOnlyList<RespReply>? items = null, RespReply? attributes = null)
    {
        Kind = kind;
        Bytes = bytes;
        Items = items ?? NoItems;
        Attributes = attributes;
    }

    /// <summary>What it is.</summary>
    public RespReplyKind Kind { get; }

    /// <summary>
    /// The payload of a scalar without prefix, length and line end; of a verbatim string with its format, <c>txt:</c>. Empty for null and
    /// for what has <see cref="Items"/>.
    /// </summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>The elements of an array, set or push; of a map and of attributes, keys and values in turn.</summary>
    public IReadOnlyList<RespReply> Items { get; }

    /// <summary>The attributes that came before this reply, or null.</summary>
    public RespReply? Attributes { get; }

    /// <summary>Whether there is no value.</summary>
    public bool IsNull => Kind == RespReplyKind.Null;

    /// <summary>Whether it is an error.</summary>
    public bool IsError => Kind == RespReplyKind.Error;

    /// <summary>The payload read as UTF-8; of a verbatim string without its format.</summary>
    public string Text => Encoding.UTF8.GetString(Kind == RespReplyKind.VerbatimString ? Bytes.Span[4..] : Bytes.Span);

    /// <summary>The payload as an integer; of a bulk string, too.</summary>
    /// <exception cref="FormatException">It is not an integer of 64 bits.</exception>
    public long Integer => long.TryParse(Bytes.Span, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
        ? value
        : throw new FormatException("Not an integer: " + this);

    /// <summary>The payload as a double; of a bulk string or an integer, too.</summary>
    /// <exception cref="FormatException">It is not a number.</exception>
    public double Double => Text switch
    {
        "inf" => double.PositiveInfinity,
        "-inf" => double.NegativeInfinity,
        "nan" => double.NaN,
        var digits => double.TryParse(digits, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw new FormatException("Not a double: " + this),
    };

    /// <summary>Whether a boolean is true.</summary>
    public bool Boolean => Kind == RespReplyKind.Boolean && Bytes.Span[0] == (byte)'t';

    /// <summary>The element at <paramref name="index"/>.</summary>
    public RespReply this[int index] => Items[index];

    /// <summary>Reads bytes that are exactly one reply.</summary>
    /// <exception cref="InvalidDataException">They are less, more or something else.</exception>
    public static RespReply Parse(ReadOnlyMemory<byte> bytes) => new RespReplyParser(bytes).ParseAll();

    /// <summary>The reply on one line, for messages and logs; not a wire form.</summary>
    public override string ToString() => Kind switch
    {
        RespReplyKind.Null => "(null)",
        RespReplyKind.Error => "(error) " + Text,
        RespReplyKind.Array => Join("[", "]"),
        RespReplyKind.Map or RespReplyKind.Attribute => Join("{", "}"),
        RespReplyKind.Set => Join("~[", "]"),
        RespReplyKind.Push => Join(">[", "]"),
        RespReplyKind.BulkString or RespReplyKind.VerbatimString => '"' + Text + '"',
        _ => Text,
    };

    private string Join(string open, string close) => open + string.Join(", ", Items) + close;
}
