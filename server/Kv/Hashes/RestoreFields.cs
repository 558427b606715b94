using RespKv.Server.Storage;

namespace RespKv.Server.Kv.Hashes;

/// <summary>The fields of a hash that RESTORE makes, with their times; those whose time is up are left out.</summary>
internal sealed class RestoreFields : NamedFieldsChange
{
    private readonly List<(ReadOnlyMemory<byte> Value, long ExpiresAtMs)> values = [];
    private readonly HashSet<byte[]> names = new(KeyBytesComparer.Instance);
    private long nowMs;

    public override bool MayAdd => true;

    /// <summary>Takes a field; false when there is one of that name.</summary>
    public bool TryAdd(byte[] name, byte[] value, long expiresAtMs)
    {
        if (!names.Add(name))
            return false;
        AddName(name);
        values.Add((value, expiresAtMs));
        return true;
    }

    public RestoreFields At(long now)
    {
        nowMs = now;
        return this;
    }

    public override FieldAction Change(int index, in FieldState field, ref FieldPlan plan)
    {
        (plan.Value, plan.ExpiresAtMs) = values[index];
        return plan.ExpiresAtMs != 0 && plan.ExpiresAtMs <= nowMs ? FieldAction.None : FieldAction.Put;
    }
}

/// <summary>Gives a key that has just been restored its expiry and its access clock.</summary>
internal sealed class RestoredUpdate : RecordUpdate
{
    private long expiresAtMs;
    private uint? access;

    /// <param name="expiryMs">Unix ms; 0 for none.</param>
    /// <param name="accessClock">Null for that of a use now.</param>
    public RestoredUpdate For(long expiryMs, uint? accessClock)
    {
        (expiresAtMs, access) = (expiryMs, accessClock);
        return this;
    }

    public override UpdateAction Plan(in Record current, ref RecordPlan plan)
    {
        plan.ExpiresAtMs = expiresAtMs;
        plan.Access = access;
        return current.Exists ? UpdateAction.Write : UpdateAction.None;
    }
}
