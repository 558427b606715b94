namespace RespKv.Server.Kv;

/// <summary>What BITFIELD does with a field.</summary>
internal enum BitFieldAction
{
    Get,

    /// <summary>Writes a number, and tells the one before.</summary>
    Set,

    /// <summary>Adds a number, and tells the sum.</summary>
    Increment,
}

/// <summary>One operation of a BITFIELD.</summary>
/// <param name="Action">What is done.</param>
/// <param name="Field">To which field.</param>
/// <param name="Operand">What is set or added.</param>
/// <param name="Overflow">What is done when the result does not fit.</param>
internal readonly record struct BitFieldOperation(BitFieldAction Action, BitField Field, long Operand, BitOverflow Overflow)
{
    public bool IsWrite => Action != BitFieldAction.Get;

    /// <summary>The number to be told; null when the operation failed. <paramref name="written"/> is what the field has to hold then.</summary>
    public long? Evaluate(ReadOnlySpan<byte> value, out long written)
    {
        var old = Field.Read(value);
        written = old;
        if (!IsWrite)
            return old;
        if (Field.Fit(ExactResult(old), Overflow) is not { } fitted)
            return null;
        written = fitted;
        return Action == BitFieldAction.Set ? old : fitted;
    }

    // A negative number that is to be set in an unsigned field counts as the 64-bit pattern that it is, as in Redis: too large, not too small.
    private Int128 ExactResult(long old)
    {
        if (Action == BitFieldAction.Increment)
            return (Int128)old + Operand;
        return Field.IsSigned ? Operand : (Int128)(ulong)Operand;
    }
}
