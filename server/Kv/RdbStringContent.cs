using System.Buffers.Text;

namespace RespKv.Server.Kv;

/// <summary>What a string's form in RDB holds: bytes, packed bytes, or an integer whose decimal digits are meant. Valid as long as the form's bytes are.</summary>
internal readonly ref struct RdbStringContent
{
    private const int DigitsMax = 11;

    private readonly ReadOnlySpan<byte> bytes;
    private readonly bool isPacked;
    private readonly bool isInteger;
    private readonly int number;

    private RdbStringContent(ReadOnlySpan<byte> bytes, long length, bool isPacked)
    {
        this.bytes = bytes;
        this.isPacked = isPacked;
        Length = length;
    }

    private RdbStringContent(int number)
    {
        isInteger = true;
        this.number = number;
        Span<byte> digits = stackalloc byte[DigitsMax];
        Utf8Formatter.TryFormat(number, digits, out var length);
        Length = length;
    }

    /// <summary>Length of the string.</summary>
    public long Length { get; }

    public static RdbStringContent Plain(ReadOnlySpan<byte> bytes) => new(bytes, bytes.Length, isPacked: false);

    public static RdbStringContent Packed(ReadOnlySpan<byte> packed, long length) => new(packed, length, isPacked: true);

    public static RdbStringContent Integer(int number) => new(number);

    /// <summary>The string.</summary>
    public byte[] ToArray()
    {
        if (!isPacked && !isInteger)
            return bytes.ToArray();
        var value = new byte[Length];
        if (isInteger)
            Utf8Formatter.TryFormat(number, value, out _);
        else
            Lzf.Unpack(bytes, value);
        return value;
    }
}
