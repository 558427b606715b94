using System.Buffers.Binary;

namespace RespKv.Server.Kv;

/// <summary>
/// Strings as Redis has them in RDB files and DUMP payloads. The first byte's upper two bits say what follows:
/// <code>
/// 00LLLLLL                  as many bytes
/// 01LLLLLL L                as many bytes, a length of 14 bits
/// 10000000 LLLL             as many bytes, a length of 32 bits, big-endian
/// 10000001 LLLLLLLL         as many bytes, a length of 64 bits, big-endian
/// 11000000, 01, 10          an integer of 1, 2 or 4 bytes, little-endian, in decimal
/// 11000011                  packed length, length, and bytes packed by LZF
/// </code>
/// </summary>
internal static class RdbString
{
    /// <summary>Bytes that the form of a string may take beyond its own.</summary>
    public const int OverheadMax = 1 + (2 * LengthBytesMax);

    private const int LengthBytesMax = 5;
    private const int IntegerBytesMax = 5;
    private const int LongLength = 0x80;
    private const int VeryLongLength = 0x81;
    private const int Int8 = 0xc0;
    private const int Int16 = 0xc1;
    private const int Int32 = 0xc2;
    private const int Packed = 0xc3;

    // Longer texts are no integers of 32 bits, and shorter ones are not packed.
    private const int IntegerTextMax = 11;
    private const int PackedFromBytes = 21;

    // Packing must save this many bytes.
    private const int SavingMin = 4;

    /// <summary>Writes a string in the shortest form, as Redis chooses it; returns where it lies in the buffer.</summary>
    /// <param name="value">The string.</param>
    /// <param name="buffer">Room for the string and <see cref="OverheadMax"/> bytes.</param>
    /// <param name="packer">Packs long strings; null to leave them as they are.</param>
    public static Range Write(ReadOnlySpan<byte> value, Span<byte> buffer, LzfPacker? packer)
    {
        if (value.Length <= IntegerTextMax && IntegerValue.TryParse(value, out var number) && number is >= int.MinValue and <= int.MaxValue)
            return ..WriteInteger((int)number, buffer);
        if (packer != null && value.Length >= PackedFromBytes)
        {
            var packed = packer.Pack(value, buffer.Slice(OverheadMax, value.Length - SavingMin));
            if (packed > 0)
                return WritePackedHeader(buffer, packed, value.Length)..(OverheadMax + packed);
        }

        var header = WriteLength(buffer, value.Length);
        value.CopyTo(buffer[header..]);
        return ..(header + value.Length);
    }

    /// <summary>Finds out what a string's form holds, without unpacking it; false when it is damaged.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out RdbStringContent content) => TryTake(ref bytes, out content);

    /// <summary>The same, going on to what is behind it.</summary>
    public static bool TryTake(scoped ref ReadOnlySpan<byte> bytes, out RdbStringContent content)
    {
        content = default;
        if (bytes.IsEmpty)
            return false;
        switch (bytes[0])
        {
            case Int8 when bytes.Length > 1:
                content = RdbStringContent.Integer((sbyte)bytes[1]);
                bytes = bytes[2..];
                return true;
            case Int16 when bytes.Length > 2:
                content = RdbStringContent.Integer(BinaryPrimitives.ReadInt16LittleEndian(bytes[1..]));
                bytes = bytes[3..];
                return true;
            case Int32 when bytes.Length > 4:
                content = RdbStringContent.Integer(BinaryPrimitives.ReadInt32LittleEndian(bytes[1..]));
                bytes = bytes[5..];
                return true;
            case Packed:
                bytes = bytes[1..];
                return TryTakePacked(ref bytes, out content);
            default:
                return TryTakeBytes(ref bytes, out content);
        }
    }

    private static bool TryTakePacked(scoped ref ReadOnlySpan<byte> bytes, out RdbStringContent content)
    {
        content = default;
        if (!TryReadLength(ref bytes, out var packedLength) || !TryReadLength(ref bytes, out var length) || packedLength > (ulong)bytes.Length)
            return false;
        var packed = bytes[..(int)packedLength];
        bytes = bytes[(int)packedLength..];
        if (!Lzf.TryMeasure(packed, out var measured) || (ulong)measured != length)
            return false;
        content = RdbStringContent.Packed(packed, measured);
        return true;
    }

    private static bool TryTakeBytes(scoped ref ReadOnlySpan<byte> bytes, out RdbStringContent content)
    {
        content = default;
        if (!TryReadLength(ref bytes, out var length) || length > (ulong)bytes.Length)
            return false;
        content = RdbStringContent.Plain(bytes[..(int)length]);
        bytes = bytes[(int)length..];
        return true;
    }

    /// <summary>Reads a length, going on to what is behind it; false when it is cut off, or something else.</summary>
    public static bool TryReadLength(scoped ref ReadOnlySpan<byte> bytes, out ulong length)
    {
        length = 0;
        if (bytes.IsEmpty)
            return false;
        var first = bytes[0];
        var taken = 1;
        if (first >> 6 == 0)
        {
            length = first;
        }
        else if (first >> 6 == 1 && bytes.Length > 1)
        {
            length = (ulong)(((first & 0x3f) << 8) | bytes[1]);
            taken = 2;
        }
        else if (first == LongLength && bytes.Length > 4)
        {
            length = BinaryPrimitives.ReadUInt32BigEndian(bytes[1..]);
            taken = 5;
        }
        else if (first == VeryLongLength && bytes.Length > 8)
        {
            length = BinaryPrimitives.ReadUInt64BigEndian(bytes[1..]);
            taken = 9;
        }
        else
        {
            return false;
        }

        bytes = bytes[taken..];
        return true;
    }

    private static int WriteInteger(int number, Span<byte> buffer)
    {
        if (number is >= sbyte.MinValue and <= sbyte.MaxValue)
        {
            (buffer[0], buffer[1]) = (Int8, (byte)number);
            return 2;
        }

        if (number is >= short.MinValue and <= short.MaxValue)
        {
            buffer[0] = Int16;
            BinaryPrimitives.WriteInt16LittleEndian(buffer[1..], (short)number);
            return 3;
        }

        buffer[0] = Int32;
        BinaryPrimitives.WriteInt32LittleEndian(buffer[1..], number);
        return IntegerBytesMax;
    }

    // Right before the packed bytes; how long it is, is known only after packing.
    private static int WritePackedHeader(Span<byte> buffer, int packed, int length)
    {
        Span<byte> header = stackalloc byte[OverheadMax];
        header[0] = Packed;
        var bytes = 1 + WriteLength(header[1..], packed);
        bytes += WriteLength(header[bytes..], length);
        header[..bytes].CopyTo(buffer[(OverheadMax - bytes)..]);
        return OverheadMax - bytes;
    }

    /// <summary>Writes a length, or a number in the form of one, of up to nine bytes; returns how many.</summary>
    public static int WriteLength(Span<byte> buffer, long length)
    {
        if (length <= int.MaxValue)
            return WriteLength(buffer, (int)length);
        buffer[0] = VeryLongLength;
        BinaryPrimitives.WriteInt64BigEndian(buffer[1..], length);
        return 1 + sizeof(long);
    }

    private static int WriteLength(Span<byte> buffer, int length)
    {
        if (length < 1 << 6)
        {
            buffer[0] = (byte)length;
            return 1;
        }

        if (length < 1 << 14)
        {
            BinaryPrimitives.WriteUInt16BigEndian(buffer, (ushort)(length | (1 << 14)));
            return 2;
        }

        buffer[0] = LongLength;
        BinaryPrimitives.WriteUInt32BigEndian(buffer[1..], (uint)length);
        return LengthBytesMax;
    }
}
