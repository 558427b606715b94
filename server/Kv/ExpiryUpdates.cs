using RespKv.Server.Storage;

namespace RespKv.Server.Kv;

/// <summary>When EXPIRE and its kin change an expiry.</summary>
[Flags]
internal enum ExpiryCondition
{
    Always = 0,

    /// <summary>NX: only a key that has none.</summary>
    HasNone = 1,

    /// <summary>XX: only a key that has one.</summary>
    HasOne = 2,

    /// <summary>GT: only to a later time; a key without an expiry counts as never ending.</summary>
    Later = 4,

    /// <summary>LT: only to an earlier time.</summary>
    Earlier = 8,
}

/// <summary>Sets the expiry of a key; a time that has passed deletes the key.</summary>
internal sealed class ExpireUpdate : RecordUpdate
{
    private long expiresAtMs;
    private long nowMs;
    private ExpiryCondition condition;

    public override bool IsUse => false;

    /// <summary>Whether the key was there and the condition held.</summary>
    public bool IsApplied { get; private set; }

    /// <param name="atMs">Unix ms.</param>
    /// <param name="when">The condition.</param>
    /// <param name="now">Unix ms.</param>
    public ExpireUpdate For(long atMs, ExpiryCondition when, long now)
    {
        (expiresAtMs, condition, nowMs) = (atMs, when, now);
        return this;
    }

    public override UpdateAction Plan(in Record current, ref RecordPlan plan)
    {
        IsApplied = current.Exists && Holds(current.ExpiresAtMs);
        if (!IsApplied)
            return UpdateAction.None;
        if (expiresAtMs <= nowMs)
            return UpdateAction.Delete;
        plan.ExpiresAtMs = expiresAtMs;
        return UpdateAction.Write;
    }

    private bool Holds(long currentMs)
    {
        var has = currentMs != 0;
        return (!condition.HasFlag(ExpiryCondition.HasNone) || !has)
            && (!condition.HasFlag(ExpiryCondition.HasOne) || has)
            && (!condition.HasFlag(ExpiryCondition.Later) || (has && expiresAtMs > currentMs))
            && (!condition.HasFlag(ExpiryCondition.Earlier) || !has || expiresAtMs < currentMs);
    }
}

/// <summary>Takes the expiry off a key.</summary>
internal sealed class PersistUpdate : RecordUpdate
{
    public override bool IsUse => false;

    /// <summary>Whether there was one.</summary>
    public bool IsApplied { get; private set; }

    public override UpdateAction Plan(in Record current, ref RecordPlan plan)
    {
        IsApplied = current.ExpiresAtMs != 0;
        plan.ExpiresAtMs = 0;
        return IsApplied ? UpdateAction.Write : UpdateAction.None;
    }
}
