namespace RespKv.Server.Kv;

/// <summary>
/// The items of an LZF stream as they are written. A run of literals keeps one byte free before it for its control byte, which is given up again if none come; where room is
/// tight, giving up comes as early as in Redis.
/// </summary>
internal ref struct LzfItems(Span<byte> output)
{
    private const int LongCopyBytes = 3;
    private const int ShortCopyMax = 8;

    private readonly Span<byte> output = output;
    private int literals;

    /// <summary>Bytes written, with the one kept free.</summary>
    public int Bytes { get; private set; } = 1;

    public bool TryAddLiteral(byte value)
    {
        if (Bytes >= output.Length)
            return false;
        output[Bytes++] = value;
        literals++;
        if (literals == Lzf.LiteralBytesMax)
        {
            EndRun();
            Bytes++;
        }

        return true;
    }

    public bool TryAddCopy(int length, int back)
    {
        if (Bytes - (literals == 0 ? 1 : 0) + LongCopyBytes + 1 >= output.Length)
            return false;
        EndRun();
        back--;
        if (length <= ShortCopyMax)
        {
            output[Bytes++] = (byte)((back >> 8) | ((length - 2) << 5));
        }
        else
        {
            output[Bytes++] = (byte)((back >> 8) | (7 << 5));
            output[Bytes++] = (byte)(length - 2 - 7);
        }

        output[Bytes++] = (byte)back;
        Bytes++;
        return true;
    }

    /// <summary>Adds the last bytes, of which there are two at most.</summary>
    public bool TryEnd(ReadOnlySpan<byte> rest)
    {
        if (Bytes + LongCopyBytes > output.Length)
            return false;
        foreach (var value in rest)
            TryAddLiteral(value);
        EndRun();
        return true;
    }

    private void EndRun()
    {
        if (literals == 0)
            Bytes--;
        else
            output[Bytes - literals - 1] = (byte)(literals - 1);
        literals = 0;
    }
}
