namespace RespKv.Server.Storage;

/// <summary>
/// The 32 bits beside each record that say when it was used last (upper 24: seconds of the server's clock, wrapping after 194 days)
/// and how often (lower 8: a logarithmic counter that decays, as Redis's LFU has it).
/// </summary>
internal static class AccessClock
{
    private const uint SecondsMask = 0xFFFFFF;

    /// <summary>The counter of a new key, so that it is not evicted before it had a chance.</summary>
    public const uint InitialCount = 5;

    public static uint Seconds(long nowMs) => (uint)(nowMs / 1000) & SecondsMask;

    public static uint New(long nowMs) => (Seconds(nowMs) << 8) | InitialCount;

    /// <summary>Seconds since the last use.</summary>
    public static long IdleSeconds(uint access, long nowMs) => (Seconds(nowMs) - (access >> 8)) & SecondsMask;

    /// <summary>The use counter as of now: one less for each <paramref name="decayMinutes"/> without use.</summary>
    public static uint Count(uint access, long nowMs, int decayMinutes)
    {
        var count = access & 0xFF;
        var periods = decayMinutes == 0 ? 0 : IdleSeconds(access, nowMs) / (60L * decayMinutes);
        return periods >= count ? 0 : count - (uint)periods;
    }

    /// <summary>The state after one more use; the counter grows with a chance that falls as it gets larger.</summary>
    public static uint Touch(uint access, long nowMs, int logFactor, int decayMinutes)
    {
        var count = Count(access, nowMs, decayMinutes);
        if (count < 255)
        {
            var above = count <= InitialCount ? 0 : count - InitialCount;
            if (Random.Shared.NextDouble() < 1.0 / ((above * logFactor) + 1))
                count++;
        }

        return (Seconds(nowMs) << 8) | count;
    }

    public static uint With(long nowMs, long idleSeconds, uint count) => (Seconds(nowMs - (idleSeconds * 1000)) << 8) | Math.Min(count, 255);
}
