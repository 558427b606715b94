using System.Buffers.Binary;

namespace RespKv.Server.Storage.Durability;

/// <summary>The header of a segment or a checkpoint (<c>docs/storage-format.md</c>).</summary>
/// <param name="IsCheckpoint">Whether the file is a checkpoint.</param>
/// <param name="Start">Position of the first frame.</param>
/// <param name="Previous">Of a segment: where the one before it ends, 0 for none. Of a checkpoint: the position from which the log is replayed on it.</param>
/// <param name="PreviousStart">Of a segment: where the one before it begins.</param>
/// <param name="CreatedMs">When it was made, Unix ms.</param>
internal readonly record struct LogFileHeader(bool IsCheckpoint, ulong Start, ulong Previous, ulong PreviousStart, long CreatedMs)
{
    /// <summary>Bytes of the header.</summary>
    public const int Bytes = 64;

    /// <summary>The version of the format that is written, and the newest that is read.</summary>
    public const int FormatVersion = 2;

    private const int ChecksumOffset = 60;

    private static ReadOnlySpan<byte> LogMagic => "RKVLOG"u8;

    private static ReadOnlySpan<byte> CheckpointMagic => "RKVCKP"u8;

    public byte[] ToBytes()
    {
        var bytes = new byte[Bytes];
        (IsCheckpoint ? CheckpointMagic : LogMagic).CopyTo(bytes);
        bytes[6] = (byte)('0' + (FormatVersion / 10));
        bytes[7] = (byte)('0' + (FormatVersion % 10));
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(8), Start);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(16), Previous);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(24), PreviousStart);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(32), CreatedMs);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(ChecksumOffset), ~Crc32C.Append(uint.MaxValue, bytes.AsSpan(0, ChecksumOffset)));
        return bytes;
    }

    /// <summary>The format that a whole header tells, of either kind of file; 0 when it is none.</summary>
    public static int FormatOf(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < Bytes || !(bytes.StartsWith(LogMagic) || bytes.StartsWith(CheckpointMagic)))
            return 0;
        var isWhole = BinaryPrimitives.ReadUInt32LittleEndian(bytes[ChecksumOffset..]) == ~Crc32C.Append(uint.MaxValue, bytes[..ChecksumOffset]);
        return isWhole ? ((bytes[6] - '0') * 10) + bytes[7] - '0' : 0;
    }

    /// <summary>Reads a header; the fault says what is wrong with it, or is null.</summary>
    public static string? TryRead(ReadOnlySpan<byte> bytes, bool isCheckpoint, out LogFileHeader header)
    {
        header = default;
        if (bytes.Length < Bytes)
            return "the header is cut off";
        var magic = isCheckpoint ? CheckpointMagic : LogMagic;
        if (!bytes.StartsWith(magic))
            return "the header is not that of a " + (isCheckpoint ? "checkpoint" : "segment of the log");
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[ChecksumOffset..]) != ~Crc32C.Append(uint.MaxValue, bytes[..ChecksumOffset]))
            return "the header's checksum is wrong";
        var version = ((bytes[6] - '0') * 10) + bytes[7] - '0';
        if (version > FormatVersion)
            return $"it has format {version}, and this version of RespKv reads formats up to {FormatVersion}";
        header = new LogFileHeader(
            isCheckpoint,
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[24..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[32..]));
        return null;
    }
}
