namespace RespKv.Crash;

/// <summary>
/// A folder as a power cut may leave it: what a copy of the disk has is there; of what the process had written besides, any block may be there or not, and where a file had grown, a block that
/// is not there may hold zeros or whatever was on the disk before.
/// </summary>
internal sealed class CutMixture(Random random, string onDisk, string written)
{
    private const int BlockBytes = 4096;

    private enum Chance
    {
        OnDisk,
        Written,
        Zeros,
        Garbage,
    }

    /// <summary>Makes such a folder.</summary>
    public void Make(string target)
    {
        Directory.CreateDirectory(Path.Combine(target, "values"));
        var before = Files.Names(onDisk).ToHashSet();
        var after = Files.Names(written).ToHashSet();
        foreach (var name in before.Union(after).Order(StringComparer.Ordinal))
        {
            if (Path.GetFileName(name) == "lock" || (!(before.Contains(name) && after.Contains(name)) && random.Next(2) == 0))
                continue;
            var old = before.Contains(name) ? File.ReadAllBytes(Path.Combine(onDisk, name)) : [];
            var all = after.Contains(name) ? File.ReadAllBytes(Path.Combine(written, name)) : old;
            // A checkpoint has its name only once it is on the disk; the name alone may be missing.
            var isWhole = !before.Contains(name) && name.StartsWith("checkpoint-", StringComparison.Ordinal) && !name.EndsWith(".tmp", StringComparison.Ordinal);
            File.WriteAllBytes(Path.Combine(target, name), isWhole ? all : Mix(old, all));
        }
    }

    private byte[] Mix(byte[] old, byte[] all)
    {
        var from = Math.Min(old.Length, all.Length);
        var to = Math.Max(old.Length, all.Length);
        var mixed = new byte[random.Next(3) switch { 0 => old.Length, 1 => all.Length, _ => random.Next(from, to + 1) }];
        // Often most is there, and a little is not.
        var isMostlyThere = random.Next(2) == 0;
        for (var at = 0; at < mixed.Length; at += BlockBytes)
        {
            var block = mixed.AsSpan(at, Math.Min(BlockBytes, mixed.Length - at));
            Read(old, at, block);
            if (Same(old, all, at))
                continue;
            var chance = isMostlyThere && random.Next(10) != 0 ? Chance.Written : (Chance)random.Next(4);
            Fill(block, old, all, at, chance);
        }

        return mixed;
    }

    private void Fill(Span<byte> block, byte[] old, byte[] all, int at, Chance chance)
    {
        // What was on the disk before stays readable, whatever becomes of the rest of its block.
        var kept = Math.Clamp(old.Length - at, 0, block.Length);
        switch (chance)
        {
            case Chance.Written:
                Read(all, at, block);
                break;
            case Chance.Zeros:
                block[kept..].Clear();
                break;
            case Chance.Garbage:
                random.NextBytes(block[kept..]);
                break;
        }
    }

    private static void Read(byte[] bytes, int at, Span<byte> block)
    {
        var length = Math.Clamp(bytes.Length - at, 0, block.Length);
        bytes.AsSpan(Math.Min(at, bytes.Length), length).CopyTo(block);
    }

    private static bool Same(byte[] old, byte[] all, int at)
    {
        var a = old.AsSpan(Math.Min(at, old.Length));
        var b = all.AsSpan(Math.Min(at, all.Length));
        return a[..Math.Min(a.Length, BlockBytes)].SequenceEqual(b[..Math.Min(b.Length, BlockBytes)]);
    }
}
