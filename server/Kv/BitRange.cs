namespace RespKv.Server.Kv;

/// <summary>
/// A part of a string as BITCOUNT and BITPOS name it: two indexes, both included, of bytes or of bits; negative ones count from the end.
/// </summary>
internal readonly record struct BitRange(long First, long Last, bool IsInBits)
{
    public static readonly BitRange Whole = new(0, -1, false);

    /// <summary>Both indexes count from the end, and the last lies before the first: nothing, however short the string is.</summary>
    public bool IsBackwards => First < 0 && Last < 0 && First > Last;

    /// <summary>The bits of a string of that length that are meant, from <c>From</c> to <c>To</c>, both included; none when From is above To.</summary>
    public (long From, long To) BitsOf(int valueBytes)
    {
        var length = IsInBits ? valueBytes * 8L : valueBytes;
        var from = Math.Max(First < 0 ? First + length : First, 0);
        var to = Math.Min(Math.Max(Last < 0 ? Last + length : Last, 0), length - 1);
        if (from > to)
            return (0, -1);
        return IsInBits ? (from, to) : (from * 8, (to * 8) + 7);
    }
}
