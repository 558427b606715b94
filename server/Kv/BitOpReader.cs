namespace RespKv.Server.Kv;

/// <summary>Combines the strings that it reads, one after another (BITOP). Shorter ones count as filled up with zeros.</summary>
internal sealed class BitOpReader : BitReader
{
    private const int BytesKept = 64 * 1024;
    private BitwiseOperation operation;
    private byte[] bytes = [];
    private int length;
    private bool hasFirst;

    /// <summary>As long as the longest of the strings; valid until <see cref="Clear"/>.</summary>
    public ReadOnlyMemory<byte> Result => bytes.AsMemory(0, length);

    public BitOpReader Begin(BitwiseOperation bitwise)
    {
        operation = bitwise;
        length = 0;
        hasFirst = false;
        return this;
    }

    /// <summary>Takes a missing key, which is an empty string.</summary>
    public void LookAtNothing() => Look(default);

    /// <summary>Gives a large result's memory back.</summary>
    public void Clear()
    {
        length = 0;
        if (bytes.Length > BytesKept)
            bytes = [];
    }

    protected override void Look(ReadOnlySpan<byte> value)
    {
        Extend(value.Length);
        var target = bytes.AsSpan(0, length);
        if (hasFirst)
        {
            BitStrings.Combine(operation, target, value);
            return;
        }

        hasFirst = true;
        value.CopyTo(target);
        if (operation == BitwiseOperation.Not)
            BitStrings.Complement(target);
    }

    private void Extend(int wanted)
    {
        if (wanted <= length)
            return;
        if (bytes.Length < wanted)
        {
            var longer = GC.AllocateUninitializedArray<byte>(wanted);
            bytes.AsSpan(0, length).CopyTo(longer);
            bytes = longer;
        }

        bytes.AsSpan(length, wanted - length).Clear();
        length = wanted;
    }
}
