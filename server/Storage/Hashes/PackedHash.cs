using System.Buffers.Binary;

namespace RespKv.Server.Storage.Hashes;

/// <summary>
/// A small hash as the value of its key's record (little-endian; fields in the order in which they came):
/// <code>
/// u8   flags: 1 fields have times
/// u16  fields
/// i64  the earliest time of a field, Unix ms; 0 for none; only with flag 1
/// each field: varint length of the name, varint length of the value, i64 time (only with flag 1; 0 for none), name, value
/// </code>
/// </summary>
internal static class PackedHash
{
    public const int TimedFlag = 1;
    public const int TimeBytes = sizeof(long);
    private const int CountAt = 1;
    private const int DueAt = 3;

    /// <summary>Most fields that a packing has room for, whatever its size.</summary>
    public const int CountMax = ushort.MaxValue;

    public static int HeaderBytes(bool isTimed) => DueAt + (isTimed ? TimeBytes : 0);

    public static bool IsTimed(ReadOnlySpan<byte> image) => (image[0] & TimedFlag) != 0;

    /// <summary>Fields, those whose time is up among them.</summary>
    public static int Count(ReadOnlySpan<byte> image) => BinaryPrimitives.ReadUInt16LittleEndian(image[CountAt..]);

    /// <summary>When the first field ends, Unix ms; 0 when none does.</summary>
    public static long DueMs(ReadOnlySpan<byte> image) => IsTimed(image) ? BinaryPrimitives.ReadInt64LittleEndian(image[DueAt..]) : 0;

    public static PackedFields Fields(ReadOnlySpan<byte> image) => new(image);

    /// <summary>Fields whose time is not up.</summary>
    public static int LiveCount(ReadOnlySpan<byte> image, long nowMs)
    {
        if (DueMs(image) is not (var due and not 0) || due > nowMs)
            return Count(image);
        var live = 0;
        var fields = Fields(image);
        while (fields.MoveNext())
            live += fields.IsLive(nowMs) ? 1 : 0;
        return live;
    }

    /// <summary>Stands on a live field; false when there is none of that name.</summary>
    public static bool TryFind(ReadOnlySpan<byte> image, ReadOnlySpan<byte> name, long nowMs, out PackedFields fields)
    {
        fields = Fields(image);
        while (fields.MoveNext())
        {
            if (fields.Name.SequenceEqual(name))
                return fields.IsLive(nowMs);
        }

        return false;
    }

    internal static void WriteHeader(Span<byte> image, bool isTimed, int count, long dueMs)
    {
        image[0] = isTimed ? (byte)TimedFlag : (byte)0;
        BinaryPrimitives.WriteUInt16LittleEndian(image[CountAt..], (ushort)count);
        if (isTimed)
            BinaryPrimitives.WriteInt64LittleEndian(image[DueAt..], dueMs);
    }
}

/// <summary>Goes through the fields of a packed hash.</summary>
internal ref struct PackedFields(ReadOnlySpan<byte> image)
{
    private readonly ReadOnlySpan<byte> image = image;
    private readonly bool isTimed = PackedHash.IsTimed(image);
    private int nameAt;
    private int nameLength;
    private int valueLength;

    /// <summary>Where the present field begins in the image.</summary>
    public int Start { get; private set; }

    /// <summary>Where it ends.</summary>
    public int End { get; private set; } = PackedHash.HeaderBytes(PackedHash.IsTimed(image));

    public readonly ReadOnlySpan<byte> Name => image.Slice(nameAt, nameLength);

    public readonly int ValueAt => nameAt + nameLength;

    public readonly ReadOnlySpan<byte> Value => image.Slice(ValueAt, valueLength);

    /// <summary>Unix ms; 0 for none.</summary>
    public readonly long ExpiresAtMs => isTimed ? BinaryPrimitives.ReadInt64LittleEndian(image[(nameAt - PackedHash.TimeBytes)..]) : 0;

    public readonly bool IsLive(long nowMs) => !isTimed || ExpiresAtMs is var at && (at == 0 || at > nowMs);

    public bool MoveNext()
    {
        if (End >= image.Length)
            return false;
        Start = End;
        var at = Start;
        nameLength = ReadLength(ref at);
        valueLength = ReadLength(ref at);
        nameAt = at + (isTimed ? PackedHash.TimeBytes : 0);
        End = checked(nameAt + nameLength + valueLength);
        return true;
    }

    private readonly int ReadLength(ref int at)
    {
        var length = 0;
        for (var shift = 0; ; shift += 7)
        {
            var part = image[at++];
            length |= (part & 0x7F) << shift;
            if (part < 0x80)
                return length;
        }
    }
}
