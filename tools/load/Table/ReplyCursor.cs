using System.Buffers.Text;
using System.Text;

namespace RespKv.Load.Table;

/// <summary>
/// Goes through a reply whose form is known. Where the bytes end too early everything from there on is 0 or empty, and
/// <see cref="IsShort"/> says so: it is to be gone through again when more has come.
/// </summary>
/// <exception cref="ReplyException">From each member: something else came than was asked for.</exception>
internal ref struct ReplyCursor(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> rest = bytes;

    public bool IsShort { get; private set; }

    public readonly bool IsAtEnd => rest.IsEmpty;

    /// <summary>The number in a line that begins with <paramref name="type"/>.</summary>
    public long Number(char type)
    {
        var line = Line(type);
        if (IsShort)
        {
            return 0;
        }

        return Utf8Parser.TryParse(line, out long number, out var used) && used == line.Length ? number : throw Wrong(line);
    }

    /// <summary>A number that must be this one.</summary>
    public void Expect(char type, long number)
    {
        if (Number(type) is var found && !IsShort && found != number)
        {
            throw new ReplyException($"Wrong reply: {type}{found} where {type}{number} was expected");
        }
    }

    /// <summary>A bulk string; empty, and <paramref name="isNull"/> set, for null.</summary>
    public ReadOnlySpan<byte> Bulk(out bool isNull)
    {
        var length = Number('$');
        isNull = length < 0;
        if (IsShort || isNull)
        {
            return default;
        }

        if (rest.Length < length + 2)
        {
            IsShort = true;
            return default;
        }

        var value = rest[..(int)length];
        rest = rest[((int)length + 2)..];
        return value;
    }

    /// <summary>A bulk string that must be this one.</summary>
    public void Expect(ReadOnlySpan<byte> text)
    {
        var value = Bulk(out _);
        if (!IsShort && !value.SequenceEqual(text))
        {
            throw Wrong(value);
        }
    }

    /// <summary>A bulk string that must be a key: of this length, and beginning so.</summary>
    public void ExpectKey(ReadOnlySpan<byte> prefix, int length)
    {
        var key = Bulk(out _);
        if (!IsShort && (key.Length != length || !key.StartsWith(prefix)))
        {
            throw Wrong(key);
        }
    }

    private ReadOnlySpan<byte> Line(char type)
    {
        var end = IsShort ? -1 : rest.IndexOf("\r\n"u8);
        if (end < 0)
        {
            IsShort = true;
            return default;
        }

        var line = rest[..end];
        if (line.IsEmpty || line[0] != type)
        {
            throw Wrong(line);
        }

        rest = rest[(end + 2)..];
        return line[1..];
    }

    private static ReplyException Wrong(ReadOnlySpan<byte> found) =>
        new($"{(found.StartsWith("-"u8) ? "Error" : "Wrong")} reply: {Encoding.Latin1.GetString(found[..Math.Min(found.Length, 200)])}");
}
