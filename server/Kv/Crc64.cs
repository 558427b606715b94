using System.Buffers.Binary;

namespace RespKv.Server.Kv;

/// <summary>The checksum of DUMP payloads: CRC-64 with Jones's polynomial, reflected, from 0 and without a final inversion. Takes eight bytes a step.</summary>
internal static class Crc64
{
    // 0xad93d23594c935a9 with its bits in reverse.
    private const ulong Polynomial = 0x95ac9329ac4bc9b5;
    private const int Lanes = sizeof(ulong);

    // The checksum of a byte value that so many zero bytes follow: 256 for each count.
    private static readonly ulong[] Table = BuildTable();

    public static ulong Of(ReadOnlySpan<byte> bytes)
    {
        var crc = 0UL;
        for (; bytes.Length >= Lanes; bytes = bytes[Lanes..])
        {
            var word = crc ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes);
            crc = 0;
            for (var lane = 0; lane < Lanes; lane++)
                crc ^= Table[((Lanes - 1 - lane) << 8) | (byte)(word >> (8 * lane))];
        }

        foreach (var value in bytes)
            crc = Table[(byte)(crc ^ value)] ^ (crc >> 8);
        return crc;
    }

    private static ulong[] BuildTable()
    {
        var table = new ulong[Lanes << 8];
        for (var value = 0; value < 256; value++)
        {
            var crc = (ulong)value;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 1) != 0 ? (crc >> 1) ^ Polynomial : crc >> 1;
            table[value] = crc;
        }

        for (var i = 256; i < table.Length; i++)
            table[i] = table[(byte)table[i - 256]] ^ (table[i - 256] >> 8);
        return table;
    }
}
