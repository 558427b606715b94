using System.Text;
using RespKv.Server.Storage.Durability;

namespace RespKv.Server.Storage.Upkeep;

/// <summary>The large values that records refer to when all frames have been followed.</summary>
internal sealed unsafe class LargeReferences : FrameTally
{
    // By the stored key, each byte as a character.
    private readonly Dictionary<string, LargeReference> found = new(StringComparer.Ordinal);

    public IReadOnlyCollection<LargeReference> All => found.Values;

    protected override void Put(uint keysetId, ReadOnlySpan<byte> storedKey, ReadOnlySpan<byte> image)
    {
        fixed (byte* start = image)
        {
            var layout = new RecordLayout(start, image.Length);
            if (!layout.IsLarge)
                Delete(keysetId, storedKey);
            else
                found[Encoding.Latin1.GetString(storedKey)] = new LargeReference(keysetId, storedKey.ToArray(), layout.LargeId, layout.ValueBytes, layout.LargeChecksum);
        }
    }

    protected override void Delete(uint keysetId, ReadOnlySpan<byte> storedKey)
    {
        if (found.Count > 0)
            found.Remove(Encoding.Latin1.GetString(storedKey));
    }

    protected override void Drop(uint keysetId)
    {
        foreach (var (key, _) in found.Where(pair => pair.Value.KeysetId == keysetId).ToList())
            found.Remove(key);
    }
}

/// <summary>A record's reference to a large value.</summary>
/// <param name="KeysetId">The keyset that its key is in.</param>
/// <param name="StoredKey">The key as it is stored.</param>
/// <param name="Id">The value's id.</param>
/// <param name="Bytes">Bytes of the value.</param>
/// <param name="Checksum">Their CRC-32C.</param>
internal sealed record LargeReference(uint KeysetId, byte[] StoredKey, long Id, int Bytes, uint Checksum)
{
    // A multiple of the bytes that the checksum takes at a time.
    private const int PieceBytes = 1 << 20;

    public string PathIn(DataFolder folder) => LargeValues.PathIn(folder.ValuesPath, Id);

    /// <summary>What is wrong with the value's file, to be read behind its name; null when it is whole.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public string? FaultIn(DataFolder folder)
    {
        var path = PathIn(folder);
        if (!File.Exists(path))
            return "is missing: a record refers to it";
        using var file = File.OpenHandle(path, options: FileOptions.SequentialScan);
        var buffer = new byte[Math.Min(Bytes, PieceBytes)];
        var crc = 0u;
        for (var offset = 0L; offset < Bytes;)
        {
            var piece = buffer.AsSpan(0, (int)Math.Min(buffer.Length, Bytes - offset));
            var read = ReadFull(file, piece, offset);
            if (read < piece.Length)
                return $"is cut off at offset {offset + read}: the value has {Bytes} bytes";
            crc = LogFrame.Crc(crc, piece);
            offset += read;
        }

        return crc == Checksum ? null : $"is damaged at or behind offset 0: the checksum of its {Bytes} bytes is wrong";
    }

    private static int ReadFull(Microsoft.Win32.SafeHandles.SafeFileHandle file, Span<byte> target, long offset)
    {
        var total = 0;
        while (total < target.Length && RandomAccess.Read(file, target[total..], offset + total) is var read and > 0)
            total += read;
        return total;
    }
}
