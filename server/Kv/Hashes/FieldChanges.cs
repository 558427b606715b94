using System.Buffers.Text;
using System.Text;

namespace RespKv.Server.Kv.Hashes;

/// <summary>Fields that a command names; the memory is valid until it has run.</summary>
internal abstract class NamedFieldsChange : HashChange
{
    private readonly List<ReadOnlyMemory<byte>> names = [];

    public override int Count => names.Count;

    public override ReadOnlySpan<byte> Name(int index) => names[index].Span;

    public void AddName(ReadOnlyMemory<byte> name) => names.Add(name);

    /// <summary>Forgets the fields of another command.</summary>
    public virtual void Clear() => names.Clear();
}

/// <summary>Adds to a field that is a decimal integer (HINCRBY); a missing one counts as 0.</summary>
internal sealed class IncrementField : NamedFieldsChange
{
    private const int DigitsMax = 20;
    private readonly byte[] digits = new byte[DigitsMax];
    private long delta;

    public long Result { get; private set; }

    public bool IsNotAnInteger { get; private set; }

    public bool HasOverflowed { get; private set; }

    public override bool MayAdd => true;

    public IncrementField By(long change)
    {
        delta = change;
        return this;
    }

    public override FieldAction Change(int index, in FieldState field, ref FieldPlan plan)
    {
        var value = 0L;
        IsNotAnInteger = field.Exists && !IntegerValue.TryParse(field.Value, out value);
        HasOverflowed = !IsNotAnInteger && (delta < 0 ? value < long.MinValue - delta : value > long.MaxValue - delta);
        if (IsNotAnInteger || HasOverflowed)
            return FieldAction.None;
        Result = value + delta;
        Utf8Formatter.TryFormat(Result, digits, out var length);
        plan.Value = digits.AsMemory(0, length);
        return FieldAction.Put;
    }
}

/// <summary>Adds to a field that is a number (HINCRBYFLOAT); a missing one counts as 0.</summary>
internal sealed class IncrementFieldFloat : NamedFieldsChange
{
    private static readonly byte[] Zero = "0"u8.ToArray();
    private LongDouble increment;

    /// <summary>The sum, as text.</summary>
    public byte[] Result { get; private set; } = [];

    public bool IsNotAFloat { get; private set; }

    /// <summary>Whether the sum is infinite or not a number.</summary>
    public bool IsNotFinite { get; private set; }

    public override bool MayAdd => true;

    public IncrementFieldFloat By(LongDouble number)
    {
        increment = number;
        return this;
    }

    public override FieldAction Change(int index, in FieldState field, ref FieldPlan plan)
    {
        IsNotFinite = false;
        IsNotAFloat = !LongDouble.TryParse(field.Exists ? field.Value : Zero, out var value);
        if (IsNotAFloat)
            return FieldAction.None;
        var sum = value + increment;
        IsNotFinite = !sum.IsFinite;
        if (IsNotFinite)
            return FieldAction.None;
        Result = Encoding.ASCII.GetBytes(sum.ToString());
        plan.Value = Result;
        return FieldAction.Put;
    }
}

/// <summary>A change that has a number to say of each field.</summary>
internal abstract class AnsweringChange : NamedFieldsChange
{
    public List<int> Answers { get; } = [];

    public int Sum
    {
        get
        {
            var sum = 0;
            foreach (var answer in Answers)
                sum += answer;
            return sum;
        }
    }

    public sealed override void Begin() => Answers.Clear();

    public sealed override FieldAction Change(int index, in FieldState field, ref FieldPlan plan)
    {
        var action = Change(index, field, ref plan, out var answer);
        // One field alone may be asked for more than once.
        if (index < Answers.Count)
            Answers[index] = answer;
        else
            Answers.Add(answer);
        return action;
    }

    protected abstract FieldAction Change(int index, in FieldState field, ref FieldPlan plan, out int answer);
}

/// <summary>Sets values, without times (HSET, HMSET, HSETNX); answers 1 for a field that was not there.</summary>
internal sealed class SetFields : AnsweringChange
{
    private readonly List<ReadOnlyMemory<byte>> values = [];
    private bool isOnlyMissing;

    public override bool MayAdd => true;

    public void Add(ReadOnlyMemory<byte> name, ReadOnlyMemory<byte> value)
    {
        AddName(name);
        values.Add(value);
    }

    /// <summary>Leaves fields that are there as they are.</summary>
    public void LeavePresent() => isOnlyMissing = true;

    public override void Clear()
    {
        base.Clear();
        values.Clear();
        isOnlyMissing = false;
    }

    protected override FieldAction Change(int index, in FieldState field, ref FieldPlan plan, out int answer)
    {
        answer = field.Exists ? 0 : 1;
        if (field.Exists && isOnlyMissing)
            return FieldAction.None;
        plan.Value = values[index];
        plan.ExpiresAtMs = 0;
        return FieldAction.Put;
    }
}

/// <summary>Takes fields out (HDEL); answers 1 for a field that was there.</summary>
internal sealed class RemoveFields : AnsweringChange
{
    public override bool MayRemove => true;

    protected override FieldAction Change(int index, in FieldState field, ref FieldPlan plan, out int answer)
    {
        answer = field.Exists ? 1 : 0;
        return field.Exists ? FieldAction.Remove : FieldAction.None;
    }
}

/// <summary>Gives fields a time to end (HEXPIRE and its kin); one that has passed takes them out.</summary>
internal sealed class ExpireFields : AnsweringChange
{
    private const int NoField = -2;
    private const int NotMet = 0;
    private const int Set = 1;
    private const int Deleted = 2;

    private long expiresAtMs;
    private long nowMs;
    private ExpiryCondition condition;

    public override bool MayRemove => expiresAtMs <= nowMs;

    /// <summary>Whether a field has got the time.</summary>
    public bool HasSet => Answers.Contains(Set);

    /// <summary>Whether a field has been taken out, since the time has passed.</summary>
    public bool HasDeleted => Answers.Contains(Deleted);

    /// <param name="atMs">Unix ms.</param>
    /// <param name="when">The condition.</param>
    /// <param name="now">Unix ms.</param>
    public ExpireFields For(long atMs, ExpiryCondition when, long now)
    {
        (expiresAtMs, condition, nowMs) = (atMs, when, now);
        return this;
    }

    protected override FieldAction Change(int index, in FieldState field, ref FieldPlan plan, out int answer)
    {
        answer = !field.Exists ? NoField : !Holds(field.ExpiresAtMs) ? NotMet : expiresAtMs <= nowMs ? Deleted : Set;
        plan.ExpiresAtMs = expiresAtMs;
        return answer switch
        {
            Deleted => FieldAction.Remove,
            Set => FieldAction.SetTime,
            _ => FieldAction.None,
        };
    }

    private bool Holds(long currentMs) => condition switch
    {
        ExpiryCondition.HasNone => currentMs == 0,
        ExpiryCondition.HasOne => currentMs != 0,
        ExpiryCondition.Later => currentMs != 0 && expiresAtMs > currentMs,
        ExpiryCondition.Earlier => currentMs == 0 || expiresAtMs < currentMs,
        _ => true,
    };
}

/// <summary>Takes the times off fields (HPERSIST).</summary>
internal sealed class PersistFields : AnsweringChange
{
    private const int NoField = -2;
    private const int NoTime = -1;
    private const int Done = 1;

    /// <summary>Whether a field has lost its time.</summary>
    public bool HasPersisted => Answers.Contains(Done);

    protected override FieldAction Change(int index, in FieldState field, ref FieldPlan plan, out int answer)
    {
        answer = !field.Exists ? NoField : field.ExpiresAtMs == 0 ? NoTime : Done;
        plan.ExpiresAtMs = 0;
        return answer == Done ? FieldAction.SetTime : FieldAction.None;
    }
}
