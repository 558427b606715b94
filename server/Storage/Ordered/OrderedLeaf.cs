namespace RespKv.Server.Storage.Ordered;

/// <summary>
/// A run of keys in byte order, packed one behind the other as varint length and bytes, without the prefix that all of them share.
/// </summary>
internal sealed class OrderedLeaf
{
    /// <summary>A leaf with more packed bytes than this is split, if it has two keys.</summary>
    public const int SplitBytes = 2048;

    private const int BytesMin = 128;

    private byte[] prefix;
    private byte[] packed;
    private int used;

    public OrderedLeaf(ReadOnlySpan<byte> key)
    {
        prefix = key.ToArray();
        packed = new byte[BytesMin];
        InsertAt(0, default);
        Count = 1;
    }

    private OrderedLeaf(byte[] prefix, ReadOnlySpan<byte> packed, int count)
    {
        this.prefix = prefix;
        this.packed = new byte[Math.Max(packed.Length + (packed.Length / 4), BytesMin)];
        packed.CopyTo(this.packed);
        used = packed.Length;
        Count = count;
    }

    public int Count { get; private set; }

    /// <summary>Packed bytes.</summary>
    public int UsedBytes => used;

    /// <summary>Managed memory, about.</summary>
    public long Bytes => packed.Length + prefix.Length + 96;

    public bool NeedsSplit => used > SplitBytes && Count > 1;

    /// <summary>Whether a key comes before this leaf's first one.</summary>
    public bool IsAfter(ReadOnlySpan<byte> key)
    {
        var at = 0;
        var first = Next(ref at);
        var shared = Math.Min(key.Length, prefix.Length);
        var order = key[..shared].SequenceCompareTo(prefix.AsSpan(0, shared));
        if (order != 0)
            return order < 0;
        return key.Length < prefix.Length || key[prefix.Length..].SequenceCompareTo(first) < 0;
    }

    /// <summary>Adds a key; false when it is there.</summary>
    public bool Insert(ReadOnlySpan<byte> key)
    {
        ShortenPrefix(key.CommonPrefixLength(prefix));
        var suffix = key[prefix.Length..];
        var at = Find(suffix, out var isThere);
        if (isThere)
            return false;
        InsertAt(at, suffix);
        Count++;
        return true;
    }

    /// <summary>Takes a key out; false when it is not there.</summary>
    public bool Remove(ReadOnlySpan<byte> key)
    {
        if (!key.StartsWith(prefix))
            return false;
        var at = Find(key[prefix.Length..], out var isThere);
        if (!isThere)
            return false;
        var end = at;
        Next(ref end);
        packed.AsSpan(end, used - end).CopyTo(packed.AsSpan(at));
        used -= end - at;
        Count--;
        if (packed.Length > BytesMin && used < packed.Length / 2)
            Array.Resize(ref packed, Math.Max(used + (used / 4), BytesMin));
        return true;
    }

    /// <summary>Moves the upper half of the keys to a new leaf.</summary>
    public OrderedLeaf Split()
    {
        var (at, kept) = (0, 0);
        while (kept == 0 || (at < used / 2 && kept < Count - 1))
        {
            Next(ref at);
            kept++;
        }

        var upper = new OrderedLeaf(prefix, packed.AsSpan(at, used - at), Count - kept);
        used = at;
        Count = kept;
        Array.Resize(ref packed, Math.Max(used + (used / 4), BytesMin));
        LengthenPrefix();
        upper.LengthenPrefix();
        return upper;
    }

    /// <summary>Takes over all keys of the leaf that follows.</summary>
    public void Absorb(OrderedLeaf next)
    {
        var at = 0;
        while (at < next.used)
        {
            var suffix = next.Next(ref at);
            var key = new byte[next.prefix.Length + suffix.Length];
            next.prefix.CopyTo(key, 0);
            suffix.CopyTo(key.AsSpan(next.prefix.Length));
            Insert(key);
        }
    }

    /// <summary>
    /// Hands out keys that begin with a prefix, behind <paramref name="after"/> when <paramref name="hasAfter"/>, until the limit.
    /// </summary>
    /// <returns>False when a key behind the prefix was met: there are no more.</returns>
    public bool List(ReadOnlySpan<byte> wanted, ReadOnlySpan<byte> after, bool hasAfter, ref int limit, IKeySink? sink)
    {
        Span<byte> small = stackalloc byte[512];
        var at = 0;
        while (at < used && limit > 0)
        {
            var suffix = Next(ref at);
            var length = prefix.Length + suffix.Length;
            var key = length <= small.Length ? small[..length] : new byte[length];
            prefix.CopyTo(key);
            suffix.CopyTo(key[prefix.Length..]);
            if (hasAfter && key.SequenceCompareTo(after) <= 0)
                continue;
            if (!((ReadOnlySpan<byte>)key).StartsWith(wanted))
            {
                if (((ReadOnlySpan<byte>)key).SequenceCompareTo(wanted) > 0)
                    return false;
                continue;
            }

            sink?.Add(key, 0, mayBeExpired: false);
            limit--;
        }

        return true;
    }

    /// <summary>Where a suffix stands, or would.</summary>
    private int Find(ReadOnlySpan<byte> suffix, out bool isThere)
    {
        var at = 0;
        while (at < used)
        {
            var start = at;
            var order = Next(ref at).SequenceCompareTo(suffix);
            if (order < 0)
                continue;
            isThere = order == 0;
            return start;
        }

        isThere = false;
        return used;
    }

    private ReadOnlySpan<byte> Next(ref int at)
    {
        int length = packed[at++];
        if (length >= 0x80)
        {
            int second = packed[at++];
            length = (length & 0x7F) | ((second & 0x7F) << 7);
            if (second >= 0x80)
                length |= packed[at++] << 14;
        }

        var suffix = packed.AsSpan(at, length);
        at += length;
        return suffix;
    }

    private void InsertAt(int at, ReadOnlySpan<byte> suffix)
    {
        Span<byte> header = stackalloc byte[3];
        var headerLength = WriteLength(suffix.Length, header);
        var added = headerLength + suffix.Length;
        if (used + added > packed.Length)
            Array.Resize(ref packed, Math.Max(used + added, packed.Length + (packed.Length / 4)));
        packed.AsSpan(at, used - at).CopyTo(packed.AsSpan(at + added));
        header[..headerLength].CopyTo(packed.AsSpan(at));
        suffix.CopyTo(packed.AsSpan(at + headerLength));
        used += added;
    }

    // Seven bits a byte, the lowest first, with a mark on all bytes but the last: 1 to 3 bytes.
    private static int WriteLength(int length, Span<byte> header)
    {
        if (length < 0x80)
        {
            header[0] = (byte)length;
            return 1;
        }

        header[0] = (byte)(length | 0x80);
        if (length < 1 << 14)
        {
            header[1] = (byte)(length >> 7);
            return 2;
        }

        header[1] = (byte)((length >> 7) | 0x80);
        header[2] = (byte)(length >> 14);
        return 3;
    }

    private void ShortenPrefix(int length)
    {
        if (length >= prefix.Length)
            return;
        Repack(length, prefix.AsSpan(length));
    }

    /// <summary>Takes out of all keys what they share.</summary>
    private void LengthenPrefix()
    {
        var at = 0;
        var first = Next(ref at);
        var last = first;
        while (at < used)
            last = Next(ref at);
        // Keys are in order, so what the first and the last share all of them do.
        var shared = first.CommonPrefixLength(last);
        if (Count < 2 || shared == 0)
            return;
        var whole = new byte[prefix.Length + shared];
        prefix.CopyTo(whole, 0);
        first[..shared].CopyTo(whole.AsSpan(prefix.Length));
        var (old, oldUsed) = (packed, used);
        packed = new byte[Math.Max(oldUsed, BytesMin)];
        used = 0;
        var source = new OrderedLeaf(prefix, old.AsSpan(0, oldUsed), Count);
        prefix = whole;
        at = 0;
        while (at < source.used)
            InsertAt(used, source.Next(ref at)[shared..]);
    }

    private void Repack(int prefixLength, ReadOnlySpan<byte> moved)
    {
        var source = new OrderedLeaf(prefix, packed.AsSpan(0, used), Count);
        var added = moved.ToArray();
        prefix = prefix[..prefixLength];
        used = 0;
        var at = 0;
        while (at < source.used)
        {
            var suffix = source.Next(ref at);
            byte[] longer = [.. added, .. suffix];
            InsertAt(used, longer);
        }
    }
}
