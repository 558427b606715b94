namespace RespKv.Server.Kv.Hashes;

/// <summary>What a change does to a field.</summary>
internal enum FieldAction
{
    /// <summary>Leaves it as it is.</summary>
    None,

    /// <summary>Gives it the planned value and time.</summary>
    Put,

    /// <summary>Gives it the planned time.</summary>
    SetTime,

    Remove,
}

/// <summary>A field as a change finds it; the value is valid in the call only.</summary>
internal readonly ref struct FieldState
{
    /// <summary>False for a missing field, and for one whose time is up; then all else is empty.</summary>
    public bool Exists { get; init; }

    /// <summary>The value; empty where it is a large one.</summary>
    public ReadOnlySpan<byte> Value { get; init; }

    /// <summary>Unix ms; 0 for none.</summary>
    public long ExpiresAtMs { get; init; }
}

/// <summary>A field as a change wants it; begins with the present time and no value.</summary>
internal struct FieldPlan
{
    public ReadOnlyMemory<byte> Value;

    /// <summary>Unix ms; 0 for none.</summary>
    public long ExpiresAtMs;
}

/// <summary>
/// What a command does to fields of a hash, whether that is packed in its key's record or large. Called under the lock of the record, and maybe again from the start: it
/// depends on nothing that it changes, and neither waits nor calls the store.
/// </summary>
internal abstract class HashChange
{
    /// <summary>Fields that it is about.</summary>
    public abstract int Count { get; }

    /// <summary>Whether it may take fields out.</summary>
    public virtual bool MayRemove => false;

    /// <summary>Whether it may add fields.</summary>
    public virtual bool MayAdd => false;

    public abstract ReadOnlySpan<byte> Name(int index);

    /// <summary>All fields are about to be changed, in their order; maybe not for the first time.</summary>
    public virtual void Begin()
    {
    }

    public abstract FieldAction Change(int index, in FieldState field, ref FieldPlan plan);
}
