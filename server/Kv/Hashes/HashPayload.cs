using System.Buffers;
using System.Buffers.Binary;

namespace RespKv.Server.Kv.Hashes;

/// <summary>
/// Hashes in Redis's RDB form, as DUMP hands them out and RESTORE takes them. Written are the forms that name each field by itself; read are those that are a listpack, too:
/// <code>
///  4  fields; each name, value
/// 16  a listpack of names and values, as a string
/// 24  earliest time (8 bytes, Unix ms), fields; each time (0 for none, else one more than it is behind the earliest), name, value
/// 25  earliest time, and a listpack of names, values and times (0 for none)
/// </code>
/// </summary>
internal static class HashPayload
{
    private const byte Fields = 4;
    private const byte Packed = 16;
    private const byte TimedFields = 24;
    private const byte TimedPacked = 25;
    private const int TimeBytes = sizeof(long);
    private const int LengthBytesMax = 9;

    // The latest time that Redis gives a field.
    private const long LatestMs = 0xFFFF_FFFF_FFFF;

    /// <summary>Whether an intact payload is that of a hash.</summary>
    public static bool IsHash(ReadOnlySpan<byte> payload) => payload[0] is Fields or Packed or TimedFields or TimedPacked;

    /// <summary>The payload of a hash.</summary>
    public static ReadOnlyMemory<byte> Of(HashFields fields, LzfPacker packer)
    {
        var earliest = 0L;
        for (var i = 0; i < fields.Count; i++)
        {
            if (fields.ExpiresAtMs(i) is var at && at != 0 && (earliest == 0 || at < earliest))
                earliest = at;
        }

        var payload = new ArrayBufferWriter<byte>();
        payload.Write([earliest == 0 ? Fields : TimedFields]);
        if (earliest != 0)
        {
            BinaryPrimitives.WriteInt64LittleEndian(payload.GetSpan(TimeBytes), earliest);
            payload.Advance(TimeBytes);
        }

        WriteLength(payload, fields.Count);
        for (var i = 0; i < fields.Count; i++)
        {
            if (earliest != 0)
                WriteLength(payload, fields.ExpiresAtMs(i) is var at && at == 0 ? 0 : at - earliest + 1);
            WriteString(payload, fields.Name(i), packer);
            WriteString(payload, fields.Value(i).Span, packer);
        }

        payload.GetSpan(DumpPayload.FooterBytes)[..DumpPayload.FooterBytes].Clear();
        payload.Advance(DumpPayload.FooterBytes);
        var bytes = payload.WrittenSpan.ToArray();
        if (earliest == 0)
            DumpPayload.Sign(bytes);
        else
            DumpPayload.Sign(bytes, DumpPayload.VersionMax);
        return bytes;
    }

    /// <summary>The fields in an intact payload of a hash; false when it is damaged, or a string in it is longer than it may be.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, long lengthMax, out RestoreFields fields)
    {
        fields = new RestoreFields();
        var type = payload[0];
        var body = payload[1..^DumpPayload.FooterBytes];
        var earliest = 0L;
        if (type is TimedFields or TimedPacked)
        {
            if (body.Length < TimeBytes)
                return false;
            earliest = BinaryPrimitives.ReadInt64LittleEndian(body);
            body = body[TimeBytes..];
            if (earliest is < 0 or > LatestMs + 1)
                return false;
        }

        var isRead = type is Fields or TimedFields
            ? TryReadFields(body, type == TimedFields, earliest, lengthMax, fields)
            : RdbString.TryRead(body, out var content) && content.Length <= lengthMax && TryReadListPack(content.ToArray(), type == TimedPacked, fields);
        return isRead && fields.Count > 0;
    }

    private static bool TryReadFields(ReadOnlySpan<byte> body, bool isTimed, long earliest, long lengthMax, RestoreFields fields)
    {
        if (!RdbString.TryReadLength(ref body, out var count))
            return false;
        for (var i = 0UL; i < count; i++)
        {
            var time = 0UL;
            if (isTimed && !RdbString.TryReadLength(ref body, out time))
                return false;
            if (time > LatestMs
                || !RdbString.TryTake(ref body, out var name) || name.Length > lengthMax
                || !RdbString.TryTake(ref body, out var value) || value.Length > lengthMax
                || !fields.TryAdd(name.ToArray(), value.ToArray(), time == 0 ? 0 : (long)time + earliest - 1))
                return false;
        }

        return body.IsEmpty;
    }

    private static bool TryReadListPack(ReadOnlySpan<byte> bytes, bool isTimed, RestoreFields fields)
    {
        if (!ListPack.TryOpen(bytes, out var elements))
            return false;
        while (elements.TryTake(out var name))
        {
            var time = "0"u8.ToArray();
            if (!elements.TryTake(out var value) || (isTimed && !elements.TryTake(out time)))
                return false;
            if (!IntegerValue.TryParse(time, out var at) || at is < 0 or > LatestMs || !fields.TryAdd(name, value, at))
                return false;
        }

        return elements.IsAtEnd;
    }

    private static void WriteLength(ArrayBufferWriter<byte> payload, long length) => payload.Advance(RdbString.WriteLength(payload.GetSpan(LengthBytesMax), length));

    private static void WriteString(ArrayBufferWriter<byte> payload, ReadOnlySpan<byte> value, LzfPacker packer)
    {
        var buffer = payload.GetSpan(value.Length + RdbString.OverheadMax);
        var (start, length) = RdbString.Write(value, buffer, packer).GetOffsetAndLength(buffer.Length);
        buffer.Slice(start, length).CopyTo(buffer);
        payload.Advance(length);
    }
}
