namespace RespKv.Server.Kv.Hashes;

/// <summary>Which hashes are small.</summary>
internal sealed class HashLimits
{
    // A packed hash is rewritten, and logged, as a whole at each change of a field: so it must not be long, unless it has few fields, most of which are then written together.
    private const int PackedCountMax = 128;
    private const int PackedBytesMax = 4096;
    private const int FewFields = 8;
    private const int FewFieldsBytesMax = 32 * 1024;

    /// <summary>Most fields of a hash that OBJECT ENCODING calls a listpack (<c>hash-max-listpack-entries</c>).</summary>
    public long ListpackEntriesMax { get; set; } = 512;

    /// <summary>Longest name or value in such a hash (<c>hash-max-listpack-value</c>).</summary>
    public long ListpackValueMax { get; set; } = 64;

    /// <summary>Whether a hash is kept in its key's record.</summary>
    public static bool IsPacked(int count, int bytes) =>
        (count <= PackedCountMax && bytes <= PackedBytesMax) || (count <= FewFields && bytes <= FewFieldsBytesMax);

    /// <summary>Whether it is not, however long names and values are.</summary>
    public static bool IsTooMany(int count) => count > PackedCountMax;

    public bool IsLong(ReadOnlySpan<byte> name, int valueLength) => name.Length > ListpackValueMax || valueLength > ListpackValueMax;
}
