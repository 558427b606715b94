using System.Buffers.Binary;
using System.Numerics;

namespace RespKv.Server.Storage.Durability;

/// <summary>The layout of a frame (<c>docs/storage-format.md</c>), and the only code that writes and checks its header.</summary>
internal static class LogFrame
{
    /// <summary>Bytes of a frame's header.</summary>
    public const int HeaderBytes = 16;

    /// <summary>Frames begin and end at multiples of so many bytes.</summary>
    public const int Alignment = 16;

    /// <summary>Longest frame that is taken for one, in bytes: a record inside the log is far shorter, a filler is shorter than the ring.</summary>
    public const int BytesMax = 64 << 20;

    /// <summary>Bytes of a frame with such a body.</summary>
    public static int BytesFor(int bodyBytes) => (HeaderBytes + bodyBytes + Alignment - 1) & ~(Alignment - 1);

    /// <summary>
    /// Completes a frame whose body and padding have been written: all of the header but the length, which the caller writes last, so that whoever
    /// reads it sees a whole frame.
    /// </summary>
    public static void Seal(Span<byte> frame, ulong position, FrameKind kind, int bodyBytes, int keyBytes)
    {
        var padding = kind == FrameKind.Filler ? 0 : frame.Length - HeaderBytes - bodyBytes;
        frame.Slice(HeaderBytes + bodyBytes, padding).Clear();
        frame[8] = (byte)kind;
        frame[9] = (byte)padding;
        BinaryPrimitives.WriteUInt16LittleEndian(frame[10..], (ushort)keyBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[12..], 0);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[4..], Checksum(frame, position, kind));
    }

    /// <summary>A whole frame that begins at <paramref name="bytes"/>; default, with kind None, when there is none.</summary>
    public static FrameView Read(ReadOnlySpan<byte> bytes, ulong position)
    {
        if (bytes.Length < HeaderBytes)
            return default;
        var length = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        var kind = (FrameKind)bytes[8];
        int padding = bytes[9];
        int key = BinaryPrimitives.ReadUInt16LittleEndian(bytes[10..]);
        if (length < HeaderBytes || length > bytes.Length || length % Alignment != 0 || kind is FrameKind.None or > FrameKind.Library
            || HeaderBytes + padding + key > length || padding >= Alignment)
            return default;
        var frame = bytes[..(int)length];
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]) != Checksum(frame, position, kind))
            return default;
        return new FrameView(kind, position, frame.Length, frame[HeaderBytes..^padding], key);
    }

    /// <summary>The length that a frame announces, for whoever has only its beginning.</summary>
    public static uint AnnouncedBytes(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt32LittleEndian(bytes);

    private static uint Checksum(ReadOnlySpan<byte> frame, ulong position, FrameKind kind)
    {
        var start = BitOperations.Crc32C(BitOperations.Crc32C(uint.MaxValue, position), (uint)frame.Length);
        return ~Crc32C.Append(start, kind == FrameKind.Filler ? frame[8..HeaderBytes] : frame[8..]);
    }
}

/// <summary>A whole frame as it lies in memory that somebody else owns.</summary>
/// <param name="kind">What it says.</param>
/// <param name="position">Where it begins.</param>
/// <param name="length">Bytes of all of it.</param>
/// <param name="body">Its body.</param>
/// <param name="keyBytes">Bytes of the body that are the stored key.</param>
internal readonly ref struct FrameView(FrameKind kind, ulong position, int length, ReadOnlySpan<byte> body, int keyBytes)
{
    public FrameKind Kind { get; } = kind;

    public ulong Position { get; } = position;

    /// <summary>Bytes of the frame.</summary>
    public int Length { get; } = length;

    /// <summary>Position behind the frame.</summary>
    public ulong End => Position + (uint)Length;

    public ReadOnlySpan<byte> Body { get; } = body;

    /// <summary>The stored key of a put, a delete or a change.</summary>
    public ReadOnlySpan<byte> StoredKey => Body[..keyBytes];

    /// <summary>What follows the key: the record of a put, what a change says of itself.</summary>
    public ReadOnlySpan<byte> Record => Body[keyBytes..];
}
