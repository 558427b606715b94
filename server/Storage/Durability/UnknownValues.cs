using System.Text;

namespace RespKv.Server.Storage.Durability;

/// <summary>Keys whose values are not known after a change of something that is not there: what follows in the log may tell, and in the end there are few or none.</summary>
internal sealed class UnknownValues
{
    // By the stored key, each byte as a character; the position is that of the first change that could not be made.
    private readonly Dictionary<string, ulong> found = new(StringComparer.Ordinal);

    /// <summary>All of them.</summary>
    public IEnumerable<UnknownValue> All => found.Select(pair => new UnknownValue(Encoding.Latin1.GetBytes(pair.Key), pair.Value));

    public void Add(ReadOnlySpan<byte> storedKey, ulong position) => found.TryAdd(Encoding.Latin1.GetString(storedKey), position);

    /// <summary>The key is put or deleted: its value is known.</summary>
    public void Remove(ReadOnlySpan<byte> storedKey)
    {
        if (found.Count > 0)
            found.Remove(Encoding.Latin1.GetString(storedKey));
    }
}

/// <summary>A key whose value is not known.</summary>
/// <param name="StoredKey">The key as it is stored.</param>
/// <param name="Position">Position of the change that could not be made.</param>
internal sealed record UnknownValue(byte[] StoredKey, ulong Position)
{
    /// <summary>The keyset that the key is in.</summary>
    public uint KeysetId
    {
        get
        {
            ReadOnlySpan<byte> rest = StoredKey;
            Keyset.TryTakeId(ref rest, out var id);
            return id;
        }
    }
}
