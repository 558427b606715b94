namespace RespKv.Server.Scripting.Libraries;

/// <summary><c>math.random</c>: the generator of <c>lrand48</c>, which gives the same sequence for a seed everywhere, and in Redis.</summary>
internal sealed class LuaRandom
{
    private const ulong Multiplier = 0x5DEECE66D;
    private const ulong Increment = 0xB;
    private const ulong Mask = (1UL << 48) - 1;
    private const ulong SeedLow = 0x330E;

    private ulong state = 0x1234_ABCD_330E;

    public int Seed(LuaState lua)
    {
        state = ((ulong)(uint)lua.Int32(1, "randomseed") << 16) | SeedLow;
        return 0;
    }

    public int Next(LuaState lua)
    {
        state = unchecked((state * Multiplier) + Increment) & Mask;
        var fraction = (double)((state >> 17) % int.MaxValue) / int.MaxValue;
        switch (lua.Top)
        {
            case 0:
                lua.Push(fraction);
                break;
            case 1:
                var upper = lua.Int32(1, "random");
                if (upper < 1)
                    throw LuaErrorException.Argument(1, "random", "interval is empty");
                lua.Push(Math.Floor(fraction * upper) + 1);
                break;
            case 2:
                var low = lua.Int32(1, "random");
                var high = lua.Int32(2, "random");
                if (low > high)
                    throw LuaErrorException.Argument(2, "random", "interval is empty");
                lua.Push(Math.Floor(fraction * unchecked(high - low + 1)) + low);
                break;
            default:
                throw new LuaErrorException("wrong number of arguments");
        }

        return 1;
    }
}
