namespace RespKv.Server.Kv;

/// <summary>
/// Writes the LZF format (see <see cref="Lzf"/>). Finds repeats as the packer in Redis does: with the same hash of three bytes into a table of as many slots, entered
/// and looked up at the same places, so that the bytes are the same. Keeps its table between calls; not for two threads at once.
/// </summary>
internal sealed class LzfPacker
{
    private const int HashBits = 16;
    private const int FoundBytes = 3;

    // A copy leaves the last two bytes of the input alone, unless it gets this far before that is looked at.
    private const int UncheckedBytesMin = 17;
    private const int UncheckedBytes = 19;

    // Where three bytes of this hash were seen last. Places count on from call to call, so that the table need not be cleared: those of earlier calls are below `origin`.
    private readonly int[] seen = new int[1 << HashBits];
    private int origin;
    private int end;

    /// <summary>Packs the input; returns how many bytes that makes, or 0 when they do not fit.</summary>
    public int Pack(ReadOnlySpan<byte> input, Span<byte> output)
    {
        BeginPlaces(input.Length);
        var items = new LzfItems(output);
        var at = 0;
        while (at < input.Length - 2)
        {
            var back = FindBack(input, at);
            if (back == 0)
            {
                if (!items.TryAddLiteral(input[at++]))
                    return 0;
                continue;
            }

            var length = CommonLength(input, at, back);
            if (!items.TryAddCopy(length, back))
                return 0;
            at += length;
            if (at >= input.Length - 2)
                break;
            // Of what is copied only the last two places are entered.
            seen[Hash(input, at - 2)] = origin + at - 2;
            seen[Hash(input, at - 1)] = origin + at - 1;
        }

        return items.TryEnd(input[at..]) ? items.Bytes : 0;
    }

    private void BeginPlaces(int length)
    {
        origin = end;
        if (origin > int.MaxValue - length)
        {
            Array.Clear(seen);
            origin = 0;
        }

        end = origin + length;
    }

    /// <summary>How far back the three bytes at a place were last seen; 0 when that is too far, or they were not.</summary>
    private int FindBack(ReadOnlySpan<byte> input, int at)
    {
        ref var slot = ref seen[Hash(input, at)];
        var from = slot - origin;
        slot = origin + at;
        // Nothing is copied from the very first place, in Redis neither.
        var isFound = from > 0 && at - from <= Lzf.BackBytesMax && input.Slice(from, FoundBytes).SequenceEqual(input.Slice(at, FoundBytes));
        return isFound ? at - from : 0;
    }

    private static int CommonLength(ReadOnlySpan<byte> input, int at, int back)
    {
        var limit = Math.Min(input.Length - at - 2, Lzf.CopyBytesMax);
        if (limit >= UncheckedBytesMin)
            limit = Math.Max(limit, UncheckedBytes);
        var length = FoundBytes;
        while (length < limit && input[at + length] == input[at + length - back])
            length++;
        return length;
    }

    private static int Hash(ReadOnlySpan<byte> input, int at)
    {
        var bytes = (uint)((input[at] << 16) | (input[at + 1] << 8) | input[at + 2]);
        return (int)(((bytes >> (24 - HashBits)) - (bytes * 5)) & ((1 << HashBits) - 1));
    }
}
