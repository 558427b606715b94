namespace RespKv.Load;

/// <summary>
/// Which keys a load thread asks for: each key in turn, to fill a server, or uniformly random ones, the same in every run with the
/// same seed. Random numbers are SplitMix64, which costs a nanosecond.
/// </summary>
internal sealed class KeySequence(long keyCount, ulong seed, bool inTurn)
{
    private ulong state = seed;
    private long turn;

    /// <summary>Digits that differ between keys; those before them are always zero.</summary>
    public int Digits { get; } = (keyCount - 1).ToString().Length;

    /// <summary>Number of the next key, from 0 to the key count.</summary>
    public long Next() => inTurn ? turn++ % keyCount : (long)Below((ulong)keyCount);

    /// <summary>A random number from 0 to below <paramref name="limit"/>.</summary>
    public ulong Below(ulong limit)
    {
        state += 0x9E3779B97F4A7C15;
        var mixed = state;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        mixed ^= mixed >> 31;
        return Math.BigMul(mixed, limit, out _);
    }
}
