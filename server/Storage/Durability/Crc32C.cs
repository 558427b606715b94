using System.Numerics;
using System.Runtime.InteropServices;

namespace RespKv.Server.Storage.Durability;

/// <summary>
/// CRC-32C (Castagnoli) by the processor's instruction. That takes three cycles from one word to the next, and can begin another each cycle: of what is long, three parts side by side are summed up and then put together.
/// </summary>
internal static class Crc32C
{
    private const int WordBytes = sizeof(ulong);
    private const int PartWords = 64;
    private const int Values = 256;

    // What a checksum becomes when as many zeros as a part is long follow it, for each value of each of its four bytes.
    private static readonly uint[] Shifted = NewShifted();

    /// <summary>The checksum of bytes, going on from an earlier one: it is neither inverted before nor after, so the first one is usually <see cref="uint.MaxValue"/>, and the last one inverted.</summary>
    public static uint Append(uint crc, ReadOnlySpan<byte> bytes)
    {
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        while (words.Length >= 3 * PartWords)
        {
            crc = AppendThreeParts(crc, words[..PartWords], words.Slice(PartWords, PartWords), words.Slice(2 * PartWords, PartWords));
            words = words[(3 * PartWords)..];
        }

        foreach (var word in words)
            crc = BitOperations.Crc32C(crc, word);
        foreach (var rest in bytes[(bytes.Length & -WordBytes)..])
            crc = BitOperations.Crc32C(crc, rest);
        return crc;
    }

    private static uint AppendThreeParts(uint crc, ReadOnlySpan<ulong> a, ReadOnlySpan<ulong> b, ReadOnlySpan<ulong> c)
    {
        var (second, third) = (0u, 0u);
        for (var i = 0; i < a.Length && i < b.Length && i < c.Length; i++)
        {
            crc = BitOperations.Crc32C(crc, a[i]);
            second = BitOperations.Crc32C(second, b[i]);
            third = BitOperations.Crc32C(third, c[i]);
        }

        return Shift(Shift(crc) ^ second) ^ third;
    }

    private static uint Shift(uint crc) =>
        Shifted[(byte)crc] ^ Shifted[Values + (byte)(crc >> 8)] ^ Shifted[(2 * Values) + (byte)(crc >> 16)] ^ Shifted[(3 * Values) + (byte)(crc >> 24)];

    private static uint[] NewShifted()
    {
        var shifted = new uint[sizeof(uint) * Values];
        for (var i = 0; i < shifted.Length; i++)
        {
            var crc = (uint)(i % Values) << (8 * (i / Values));
            for (var word = 0; word < PartWords; word++)
                crc = BitOperations.Crc32C(crc, 0UL);
            shifted[i] = crc;
        }

        return shifted;
    }
}
