using System.Buffers.Binary;

namespace RespKv.Server.Kv;

/// <summary>
/// A value as DUMP hands it out and RESTORE takes it, in Redis's form: a byte for the type, the value as in an RDB file, the version of the RDB format (2 bytes,
/// little-endian), and the CRC-64 of all before it. Here strings; hashes are those of <see cref="Hashes.HashPayload"/>.
/// </summary>
internal static class DumpPayload
{
    /// <summary>The version written: that of Redis 7.0, which later ones read too.</summary>
    private const ushort VersionWritten = 10;

    /// <summary>The version of Redis 7.4; payloads of later ones are refused.</summary>
    public const ushort VersionMax = 12;

    private const byte StringType = 0;
    public const int FooterBytes = sizeof(ushort) + sizeof(ulong);

    /// <summary>The payload of a string.</summary>
    /// <param name="value">The string.</param>
    /// <param name="packer">Packs it if it is long; null to leave it as it is.</param>
    public static ReadOnlyMemory<byte> Of(ReadOnlySpan<byte> value, LzfPacker? packer)
    {
        var buffer = new byte[1 + RdbString.OverheadMax + value.Length + FooterBytes];
        var (start, length) = RdbString.Write(value, buffer.AsSpan(1), packer).GetOffsetAndLength(buffer.Length - 1);
        // The form may begin later in the buffer; the type goes right before it.
        buffer[start] = StringType;
        var payload = buffer.AsSpan(start, 1 + length + FooterBytes);
        Sign(payload, VersionWritten);
        return buffer.AsMemory(start, payload.Length);
    }

    /// <summary>A body with version and checksum behind it.</summary>
    public static byte[] Sealed(ReadOnlySpan<byte> body)
    {
        var payload = new byte[body.Length + FooterBytes];
        body.CopyTo(payload);
        Sign(payload);
        return payload;
    }

    /// <summary>Ends a payload: writes version and checksum to its last bytes.</summary>
    public static void Sign(Span<byte> payload, ushort version = VersionWritten)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(payload[^FooterBytes..], version);
        BinaryPrimitives.WriteUInt64LittleEndian(payload[^sizeof(ulong)..], Crc64.Of(payload[..^sizeof(ulong)]));
    }

    /// <summary>An intact payload without version and checksum.</summary>
    public static ReadOnlySpan<byte> BodyOf(ReadOnlySpan<byte> payload) => payload[..^FooterBytes];

    /// <summary>Whether version and checksum are as they should be.</summary>
    public static bool IsIntact(ReadOnlySpan<byte> payload) =>
        payload.Length >= FooterBytes
        && BinaryPrimitives.ReadUInt16LittleEndian(payload[^FooterBytes..]) <= VersionMax
        && BinaryPrimitives.ReadUInt64LittleEndian(payload[^sizeof(ulong)..]) == Crc64.Of(payload[..^sizeof(ulong)]);

    /// <summary>The string in an intact payload; null when there is something else, or it is longer than it may be.</summary>
    public static byte[]? Read(ReadOnlySpan<byte> payload, long lengthMax)
    {
        var body = payload[..^FooterBytes];
        return body is [StringType, ..] && RdbString.TryRead(body[1..], out var content) && content.Length <= lengthMax ? content.ToArray() : null;
    }
}
