using System.Buffers.Binary;
using System.Security.Cryptography;

namespace RespKv.Server.Storage;

/// <summary>
/// The 64-bit hash of a stored key. Multiply-and-fold over 16 bytes at a time, seeded at random once per process: FASTER takes the bucket
/// from the low bits and a tag from the top ones, the key directory takes positions from the top, so all bits must be good,
/// and clients must not be able to choose keys that collide.
/// </summary>
internal static class KeyHash
{
    private const ulong Odd1 = 0x9E3779B97F4A7C15, Odd2 = 0xD6E8FEB86659FD93, Odd3 = 0xA0761D6478BD642F;
    private static readonly ulong Seed = BinaryPrimitives.ReadUInt64LittleEndian(RandomNumberGenerator.GetBytes(8)) | 1;

    /// <summary>Hashes a whole stored key, namespace id included.</summary>
    public static ulong Of(ReadOnlySpan<byte> key)
    {
        var length = (ulong)key.Length;
        var state = Seed;
        while (key.Length > 16)
        {
            state = Fold(Word(key) ^ Odd1, Word(key[8..]) ^ state);
            key = key[16..];
        }

        ulong a, b;
        if (key.Length >= 8)
        {
            a = Word(key);
            b = Word(key[^8..]);
        }
        else if (key.Length >= 4)
        {
            a = BinaryPrimitives.ReadUInt32LittleEndian(key);
            b = BinaryPrimitives.ReadUInt32LittleEndian(key[^4..]);
        }
        else
        {
            a = key.IsEmpty ? 0 : ((ulong)key[0] << 16) | ((ulong)key[key.Length >> 1] << 8) | key[^1];
            b = 0;
        }

        return Fold(Fold(a ^ Odd2, b ^ state) ^ Odd3, length ^ Odd1 ^ Seed);
    }

    private static ulong Word(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt64LittleEndian(bytes);

    private static ulong Fold(ulong a, ulong b)
    {
        var high = Math.BigMul(a, b, out var low);
        return high ^ low;
    }
}
