using System.Text;
using RespKv.Server.Storage;

namespace RespKv.Server.Kv;

/// <summary>Adds to a string that is a number (INCRBYFLOAT); a missing key counts as 0.</summary>
internal sealed class IncrementFloatUpdate : StringUpdate
{
    // A zero to add to where there is no key.
    private static readonly byte[] Zero = "0"u8.ToArray();

    private LongDouble increment;
    private bool isIncrementRead;

    /// <summary>The sum, as text.</summary>
    public byte[] Result { get; private set; } = [];

    /// <summary>Whether the value or the increment is not a number.</summary>
    public bool IsNotAFloat { get; private set; }

    /// <summary>Whether the sum is infinite or not a number.</summary>
    public bool IsNotFinite { get; private set; }

    /// <summary>Begins anew. An increment that is not a number is told after the key's type, as Redis does.</summary>
    public IncrementFloatUpdate By(ReadOnlySpan<byte> text)
    {
        isIncrementRead = LongDouble.TryParse(text, out increment);
        Result = [];
        return this;
    }

    public override void Fill(in Record current, Span<byte> destination) => Result.CopyTo(destination);

    protected override UpdateAction PlanString(in Record current, ref RecordPlan plan)
    {
        IsNotFinite = false;
        IsNotAFloat = !LongDouble.TryParse(current.Exists ? current.Value : Zero, out var value) || !isIncrementRead;
        if (IsNotAFloat)
            return UpdateAction.None;
        var sum = value + increment;
        IsNotFinite = !sum.IsFinite;
        if (IsNotFinite)
            return UpdateAction.None;
        Result = Encoding.ASCII.GetBytes(sum.ToString());
        plan.KeepsValue = false;
        plan.IsRaw = false;
        plan.IsText = true;
        plan.ValueLength = Result.Length;
        return UpdateAction.Write;
    }
}
