namespace RespKv.Server.Storage.Faster;

/// <summary>
/// Gives up keys that have an expiry (the <c>volatile-*</c> policies): of a few taken from the directory, wherever their records are, the one that the policy likes least, as
/// Redis does. So it costs no more where few keys have an expiry, and the log is cleaned of what they leave when that is worth it. One user at a time.
/// </summary>
internal sealed class VolatileEviction(FasterStore store)
{
    // As many as Redis takes by default (maxmemory-samples).
    private const int Samples = 5;

    private readonly DueKeys sampled = new();
    private readonly Probe probe = new();
    private readonly EvictUpdate evict = new();

    /// <summary>Gives up at most <paramref name="keysMax"/> keys, while the data takes too much; the caller is in a batch.</summary>
    /// <returns>How many.</returns>
    public int Run(StoreSession session, int keysMax)
    {
        var evicted = 0;
        for (var tries = 0; tries < keysMax && store.IsFull; tries++)
        {
            if (PickKeyset() is not { } keys)
                break;
            if (!TrySample(session, keys, out var worst))
                continue;
            session.Update(keys, sampled.Key(worst), evict);
            if (!evict.HasEvicted)
                continue;
            evicted++;
            store.KeyGone?.Invoke(keys, sampled.Key(worst), isEvicted: true);
        }

        return evicted;
    }

    // Each with the chance of its share of the keys that have an expiry.
    private Keyset? PickKeyset()
    {
        var total = store.ExpiringKeyCount;
        var ticket = total > 0 ? Random.Shared.NextInt64(total) : 0;
        Keyset? last = null;
        foreach (var keys in store.Keysets)
        {
            // A hash goes as one, with its key.
            if (keys.IsDead || keys.HoldsFields || keys.Directory.ExpiresCount == 0)
                continue;
            last = keys;
            ticket -= keys.Directory.ExpiresCount;
            if (ticket < 0)
                break;
        }

        return last;
    }

    private bool TrySample(StoreSession session, Keyset keys, out int worst)
    {
        sampled.Clear();
        worst = -1;
        var soonest = store.Settings.Policy == EvictionPolicy.VolatileTtl;
        var samples = store.Settings.Policy == EvictionPolicy.VolatileRandom ? 1 : Samples;
        var worstRank = long.MinValue;
        for (var i = 0; i < samples && keys.Directory.TrySampleExpiring(soonest, sampled); i++)
        {
            // One whose time is up goes when it is looked at.
            if (!session.Read(keys, sampled.Key(i), probe) || RankOf(session.NowMs) is not (var rank and > long.MinValue) || rank <= worstRank)
                continue;
            (worst, worstRank) = (i, rank);
        }

        return worst >= 0;
    }

    // The higher, the sooner it goes.
    private long RankOf(long nowMs) => store.Settings.Policy switch
    {
        _ when probe.ExpiresAtMs == 0 => long.MinValue,
        EvictionPolicy.VolatileTtl => -probe.ExpiresAtMs,
        EvictionPolicy.VolatileLfu => -AccessClock.Count(probe.Access, nowMs, store.Settings.LfuDecayMinutes),
        _ => AccessClock.IdleSeconds(probe.Access, nowMs),
    };

    private sealed class Probe : RecordReader
    {
        public override bool IsUse => false;

        public long ExpiresAtMs { get; private set; }

        public uint Access { get; private set; }

        public override void Read(in Record record) => (ExpiresAtMs, Access) = (record.ExpiresAtMs, record.Access);
    }

    private sealed class EvictUpdate : RecordUpdate
    {
        public override bool IsUse => false;

        public bool HasEvicted { get; private set; }

        public override UpdateAction Plan(in Record current, ref RecordPlan plan)
        {
            // Its expiry may have been taken off since it was looked at.
            HasEvicted = current.ExpiresAtMs != 0;
            return HasEvicted ? UpdateAction.Delete : UpdateAction.None;
        }
    }
}
