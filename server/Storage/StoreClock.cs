namespace RespKv.Server.Storage;

/// <summary>The time that expiry goes by, read from a provider that tests can set.</summary>
internal sealed class StoreClock(TimeProvider provider)
{
    /// <summary>Unix time in milliseconds.</summary>
    public long NowMs => provider.GetUtcNow().ToUnixTimeMilliseconds();
}
