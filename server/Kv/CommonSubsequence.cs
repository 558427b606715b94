using System.Numerics;

namespace RespKv.Server.Kv;

/// <summary>Bytes that two strings have in common, in a row, at these indexes.</summary>
internal readonly record struct CommonPart(int First, int Second, int Length);

/// <summary>
/// The longest common subsequence of two strings. Where there are several, it is the one that Redis finds: walking back from both ends, equal bytes are
/// taken, and else a byte of the second string is left out unless leaving out one of the first is better.
/// </summary>
/// <remarks>
/// The usual table has a number per pair of positions. Along a row it goes up by 0 or 1, so a bit per pair says as much, and a row follows
/// from the one above by an addition (Hyyrö, "Bit-parallel LCS-length computation revisited", 2004): 64 pairs at a time. A bit that is 0 in
/// row i at j tells that the number at (i, j) is one more than at (i, j - 1).
/// </remarks>
internal sealed class CommonSubsequence
{
    private const int WordBits = 64;

    private CommonSubsequence(int length, List<CommonPart> parts)
    {
        Length = length;
        Parts = parts;
    }

    public int Length { get; }

    /// <summary>What it is made of, from the end to the beginning; empty when only the length was asked for.</summary>
    public IReadOnlyList<CommonPart> Parts { get; }

    /// <summary>Bytes of a table with four bytes per pair of positions, by which Redis limits the work. Ours takes less.</summary>
    public static long TableBytes(long firstLength, long secondLength)
    {
        var pairs = (UInt128)(firstLength + 1) * (UInt128)(secondLength + 1) * sizeof(uint);
        return pairs > long.MaxValue ? long.MaxValue : (long)pairs;
    }

    /// <summary>Steps of the machine that the search takes, roughly.</summary>
    public static long Work(long firstLength, long secondLength) =>
        firstLength + secondLength + (firstLength * (secondLength / WordBits));

    /// <summary>Finds it. The caller has limited the strings' lengths by <see cref="TableBytes"/>.</summary>
    public static CommonSubsequence Of(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, bool onlyLength)
    {
        if (first.IsEmpty || second.IsEmpty)
            return new CommonSubsequence(0, []);
        var words = ((second.Length - 1) / WordBits) + 1;
        var rows = new ulong[onlyLength ? words : (long)words * first.Length];
        FillRows(rows, words, first, second);
        var length = second.Length - Ones(rows.AsSpan(rows.Length - words, words), second.Length);
        return new CommonSubsequence(length, onlyLength ? [] : WalkBack(rows, words, first, second));
    }

    /// <summary>Its bytes, given the first string.</summary>
    public byte[] TextOf(ReadOnlySpan<byte> first)
    {
        var text = new byte[Length];
        var end = Length;
        foreach (var part in Parts)
        {
            end -= part.Length;
            first.Slice(part.First, part.Length).CopyTo(text.AsSpan(end));
        }

        return text;
    }

    // Every row has a place of its own, or all have the same one.
    private static void FillRows(ulong[] rows, int words, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        var masks = PlacesOf(first, second, words, out var maskOf);
        Span<ulong> above = new ulong[words];
        above.Fill(ulong.MaxValue);
        for (var i = 0; i < first.Length; i++)
        {
            var row = rows.AsSpan(rows.Length == words ? 0 : i * words, words);
            NextRow(above, masks.AsSpan(maskOf[first[i]] * words, words), row);
            above = row;
        }
    }

    private static void NextRow(ReadOnlySpan<ulong> above, ReadOnlySpan<ulong> mask, Span<ulong> row)
    {
        var carry = 0UL;
        for (var w = 0; w < row.Length; w++)
        {
            var bits = above[w];
            var matches = bits & mask[w];
            var sum = (UInt128)bits + matches + carry;
            carry = (ulong)(sum >> WordBits);
            row[w] = (ulong)sum | (bits & ~matches);
        }
    }

    // For every byte that the first string has, where the second has it: a bit per position.
    private static ulong[] PlacesOf(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, int words, out int[] maskOf)
    {
        maskOf = new int[256];
        Array.Fill(maskOf, -1);
        var kinds = 0;
        foreach (var value in first)
        {
            if (maskOf[value] < 0)
                maskOf[value] = kinds++;
        }

        var masks = new ulong[(long)kinds * words];
        for (var j = 0; j < second.Length; j++)
        {
            if (maskOf[second[j]] is >= 0 and var kind)
                masks[(kind * words) + (j / WordBits)] |= 1UL << (j % WordBits);
        }

        return masks;
    }

    private static int Ones(ReadOnlySpan<ulong> row, int bits)
    {
        var ones = 0;
        for (var w = 0; w < row.Length; w++)
        {
            var used = bits - (w * WordBits);
            ones += BitOperations.PopCount(used >= WordBits ? row[w] : row[w] & ((1UL << used) - 1));
        }

        return ones;
    }

    private static List<CommonPart> WalkBack(ulong[] rows, int words, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        var parts = new List<CommonPart>();
        var (i, j, run) = (first.Length, second.Length, 0);
        while (i > 0 && j > 0)
        {
            if (first[i - 1] == second[j - 1])
            {
                i--;
                j--;
                run++;
                continue;
            }

            if (run > 0)
                parts.Add(new CommonPart(i, j, run));
            run = 0;
            // Where the number goes up along the row, all of it is due to the row above: the byte of the first string is the one to leave out.
            var word = rows[((i - 1) * words) + ((j - 1) / WordBits)];
            if ((word >> ((j - 1) % WordBits) & 1) == 0)
                i--;
            else
                j--;
        }

        if (run > 0)
            parts.Add(new CommonPart(i, j, run));
        return parts;
    }
}
