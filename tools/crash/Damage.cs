using System.Buffers.Binary;
using System.Globalization;

namespace RespKv.Crash;

/// <summary>One fault in one file.</summary>
/// <param name="File">The file, from the data folder on.</param>
/// <param name="Offset">The byte that is changed, or where the file is cut off.</param>
/// <param name="Bit">The bit that is flipped; null when the file is cut off.</param>
/// <param name="Place">What is there.</param>
/// <param name="IsInRecord">Whether that is in a frame that holds a record.</param>
internal sealed record Damage(string File, long Offset, int? Bit, string Place, bool IsInRecord)
{
    /// <summary>Does it to a copy of the folder.</summary>
    public void ApplyTo(string folder)
    {
        using var file = new FileStream(Path.Combine(folder, File), FileMode.Open, FileAccess.ReadWrite);
        if (Bit is not { } bit)
        {
            file.SetLength(Offset);
            return;
        }

        file.Position = Offset;
        var value = file.ReadByte();
        file.Position = Offset;
        file.WriteByte((byte)(value ^ (1 << bit)));
    }

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{File}: {(Bit is { } bit ? $"bit {bit} flipped at offset {Offset}" : $"cut off at offset {Offset}")}, in {Place}");
}

/// <summary>Chooses faults at every region of every file of a folder, which is read as <c>docs/storage-format.md</c> describes it.</summary>
internal sealed class DamageSource
{
    private const int HeaderBytes = 64;
    private const int FrameHeaderBytes = 16;
    private const byte PutKind = 1;
    private const byte DeleteKind = 2;

    private static readonly (string Name, int Offset, int Length)[] HeaderFields =
        [("magic", 0, 6), ("version", 6, 2), ("start", 8, 8), ("previous end", 16, 8), ("previous start", 24, 8), ("time", 32, 8), ("zeros", 40, 20), ("checksum", 60, 4)];

    private static readonly (string Name, int Offset, int Length)[] FrameFields =
        [("length", 0, 4), ("checksum", 4, 4), ("kind", 8, 1), ("padding count", 9, 1), ("key length", 10, 2), ("zeros", 12, 4)];

    private static readonly string[] Kinds = ["", "put", "delete", "namespace", "begin", "commit", "synced", "filler", "end"];

    private readonly List<Region> regions = [];

    private sealed record Region(string File, string Place, long Offset, long Length, bool IsInRecord);

    public DamageSource(string folder)
    {
        foreach (var name in Files.Names(folder).Where(name => Path.GetFileName(name) != "lock"))
        {
            var bytes = File.ReadAllBytes(Path.Combine(folder, name));
            if (name.StartsWith("values", StringComparison.Ordinal))
                regions.Add(new Region(name, "a large value", 0, bytes.Length, IsInRecord: true));
            else
                AddFrames(name, bytes);
        }
    }

    /// <summary>Kinds of places that there are.</summary>
    public int PlaceCount => regions.DistinctBy(region => (region.File, region.Place)).Count();

    /// <summary>So many faults: each kind of place of each file in turn, half of them in records.</summary>
    public List<Damage> Choose(Random random, int count)
    {
        var inRecords = Shuffled(random, regions.Where(region => region.IsInRecord));
        var others = Shuffled(random, regions.Where(region => !region.IsInRecord));
        return [.. Enumerable.Range(0, count).Select(i => i % 2 == 0 ? Of(random, inRecords[i / 2 % inRecords.Count]) : Of(random, others[i / 2 % others.Count]))];
    }

    // One region of each kind of place of each file first, then a second one of each, and so on.
    private static List<Region> Shuffled(Random random, IEnumerable<Region> all)
    {
        var rounds = all.GroupBy(region => (region.File, region.Place)).Select(group => group.OrderBy(_ => random.Next()).ToList()).OrderBy(_ => random.Next()).ToList();
        return [.. Enumerable.Range(0, rounds.Max(group => group.Count)).SelectMany(i => rounds.Where(group => i < group.Count).Select(group => group[i]))];
    }

    private static Damage Of(Random random, Region region)
    {
        var offset = region.Offset + random.NextInt64(region.Length);
        return new Damage(region.File, offset, random.Next(4) == 0 ? null : random.Next(8), region.Place, region.IsInRecord);
    }

    private void AddFrames(string name, byte[] bytes)
    {
        foreach (var (field, offset, length) in HeaderFields)
            regions.Add(new Region(name, "the header's " + field, offset, length, IsInRecord: false));
        for (var at = HeaderBytes; at + FrameHeaderBytes <= bytes.Length;)
        {
            var length = (int)BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at));
            var kind = bytes[at + 8];
            int padding = bytes[at + 9];
            var isRecord = kind is PutKind or DeleteKind;
            foreach (var (field, offset, fieldBytes) in FrameFields)
                regions.Add(new Region(name, $"the {field} of a {Kinds[kind]} frame", at + offset, fieldBytes, isRecord));
            var body = length - FrameHeaderBytes - padding;
            if (body > 0)
                regions.Add(new Region(name, $"the body of a {Kinds[kind]} frame", at + FrameHeaderBytes, body, isRecord));
            if (padding > 0)
                regions.Add(new Region(name, $"the padding of a {Kinds[kind]} frame", at + length - padding, padding, isRecord));
            at += length;
        }
    }
}
