namespace RespKv.Server.Kv;

/// <summary>
/// Reads the LZF format. A control byte begins each item:
/// <code>
/// 000LLLLL                    L + 1 literal bytes follow
/// LLLooooo oooooooo           L + 2 bytes (L is 1 to 6) from o + 1 bytes back
/// 111ooooo LLLLLLLL oooooooo  L + 9 bytes from o + 1 bytes back
/// </code>
/// A copy may reach into what it writes, which repeats.
/// </summary>
internal static class Lzf
{
    public const int LiteralBytesMax = 32;
    public const int BackBytesMax = 1 << 13;
    public const int CopyBytesMax = 264;

    /// <summary>
    /// How many bytes this unpacks to, after a look at every item, so that no memory is given for what is announced but not there. False when an item is cut off or copies from
    /// before the beginning.
    /// </summary>
    public static bool TryMeasure(ReadOnlySpan<byte> packed, out long length)
    {
        length = 0;
        while (!packed.IsEmpty)
        {
            if (!TryReadItem(packed, out var item) || item.Back > length)
                return false;
            length += item.Length;
            packed = packed[item.PackedBytes..];
        }

        return true;
    }

    /// <summary>Unpacks what has been measured to this many bytes.</summary>
    public static void Unpack(ReadOnlySpan<byte> packed, Span<byte> destination)
    {
        var at = 0;
        while (!packed.IsEmpty && TryReadItem(packed, out var item))
        {
            if (item.Back == 0)
                packed.Slice(1, item.Length).CopyTo(destination[at..]);
            else
                Repeat(destination, at, item);
            at += item.Length;
            packed = packed[item.PackedBytes..];
        }
    }

    // Byte by byte: a copy that overlaps what it writes takes bytes that it has just written.
    private static void Repeat(Span<byte> destination, int at, Item item)
    {
        var source = destination.Slice(at - item.Back, item.Length);
        var target = destination.Slice(at, item.Length);
        for (var i = 0; i < item.Length; i++)
            target[i] = source[i];
    }

    private static bool TryReadItem(ReadOnlySpan<byte> packed, out Item item)
    {
        var control = packed[0];
        var length = control >> 5;
        if (length == 0)
        {
            item = new Item(control + 1, 0, control + 2);
            return item.PackedBytes <= packed.Length;
        }

        var bytes = length == 7 ? 3 : 2;
        item = default;
        if (packed.Length < bytes)
            return false;
        if (length == 7)
            length += packed[1];
        item = new Item(length + 2, (((control & 0x1f) << 8) | packed[bytes - 1]) + 1, bytes);
        return true;
    }

    /// <param name="Length">Bytes it unpacks to.</param>
    /// <param name="Back">How far back they are copied from; 0 when they follow the control byte.</param>
    /// <param name="PackedBytes">Bytes it takes.</param>
    private readonly record struct Item(int Length, int Back, int PackedBytes);
}
