using RespKv.Server.Storage;

namespace RespKv.Server.Kv;

/// <summary>
/// A copy of a record's bytes, taken under its lock for use after it. The array is kept for the next time unless it became large.
/// </summary>
internal sealed class CapturedValue : IKeySink
{
    private const int BytesKept = 64 * 1024;
    private byte[] bytes = new byte[64];

    public int Length { get; private set; }

    /// <summary>What holds the value, kept from going until <see cref="Clear"/>, where it was too large to be copied.</summary>
    public LargeValue? Large { get; private set; }

    public ReadOnlySpan<byte> Span => Large == null ? bytes.AsSpan(0, Length) : Large.Span[..Length];

    public ReadOnlyMemory<byte> Memory => bytes.AsMemory(0, Length);

    /// <summary>Whether something has been taken since <see cref="Clear"/>.</summary>
    public bool HasValue { get; private set; }

    /// <summary>Takes a record's value; a large one as it is.</summary>
    public void Take(in Record record)
    {
        if (record.Large is not { } large || !large.TryPin())
        {
            Take(record.Value);
            return;
        }

        Large = large;
        Length = record.ValueLength;
        HasValue = true;
    }

    public void Take(ReadOnlySpan<byte> value)
    {
        if (bytes.Length < value.Length)
            bytes = new byte[Math.Max(value.Length, Math.Min(bytes.Length * 2L, Array.MaxLength))];
        value.CopyTo(bytes);
        Length = value.Length;
        HasValue = true;
    }

    void IKeySink.Add(ReadOnlySpan<byte> key, byte type, bool mayBeExpired) => Take(key);

    /// <summary>Forgets; a large array is given back.</summary>
    public void Clear()
    {
        Length = 0;
        HasValue = false;
        Large?.Unpin();
        Large = null;
        if (bytes.Length > BytesKept)
            bytes = new byte[64];
    }
}
