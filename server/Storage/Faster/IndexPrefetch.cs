using System.Reflection;
using System.Runtime.Intrinsics.X86;
using FASTER.core;

namespace RespKv.Server.Storage.Faster;

/// <summary>
/// Asks the processor for the hash bucket and the record of a key before an operation needs them, so that the waits for memory of a pipeline's keys overlap
/// instead of adding up. Reads FASTER's index and page table where they are, which it has no public face for: without those fields (another version of it) nothing is
/// fetched ahead, and nothing else changes. Only hints: what was asked for may be gone by the time it is used.
/// </summary>
internal sealed unsafe class IndexPrefetch
{
    // FASTER's bucket: seven entries and a link, each a word of a 48-bit address and a 14-bit tag above it, the tag being the hash's top bits.
    private const int BucketBytes = 64;
    private const int BucketEntries = 7;
    private const int AddressBits = 48;
    private const int TagBits = 14;
    private const long AddressMask = (1L << AddressBits) - 1;
    private const long TagMask = (1L << TagBits) - 1;
    private const int LineBytes = 64;

    // A short key and a value of 64 bytes, with their headers.
    private const int RecordLines = 3;

    private const BindingFlags Any = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    private readonly FasterKV<SpanByte, SpanByte> kv;
    private readonly long* pages;
    private readonly long pageIndexMask;
    private byte* buckets;
    private long bucketMask;

    public IndexPrefetch(FasterKV<SpanByte, SpanByte> kv, int pageCount)
    {
        this.kv = kv;
        pageIndexMask = pageCount - 1;
        if (Sse.IsSupported && Field(kv, "hlog") is { } log && Field(log, "nativePointers") is { } pointers)
            pages = (long*)Pointer.Unbox(pointers);
        Refresh();
    }

    /// <summary>Whether keys can be asked for here.</summary>
    public bool IsAvailable => buckets != null;

    /// <summary>Looks up where the index is: at the start, and when it has grown. No batch runs meanwhile.</summary>
    public void Refresh()
    {
        buckets = null;
        if (pages == null || Field(kv, "state") is not Array tables || Field(kv, "resizeInfo") is not { } resize || Field(resize, "version") is not int version)
            return;
        var table = tables.GetValue(version)!;
        if (Field(table, "tableAligned") is not { } start || Field(table, "size_mask") is not long mask)
            return;
        bucketMask = mask;
        buckets = (byte*)Pointer.Unbox(start);
    }

    /// <summary>Asks for a key's hash bucket. The caller is in a batch.</summary>
    public void Bucket(ulong hash) => Sse.Prefetch0(BucketOf(hash));

    /// <summary>Asks for a key's record; better once its bucket has come. The caller is in a batch.</summary>
    public void Record(ulong hash)
    {
        var entries = (long*)BucketOf(hash);
        var tag = (long)(hash >> (64 - TagBits)) & TagMask;
        for (var i = 0; i < BucketEntries; i++)
        {
            var entry = entries[i];
            if (((entry >> AddressBits) & TagMask) != tag || entry == 0)
                continue;
            var address = entry & AddressMask;
            var page = pages[(address / FasterStore.PageBytes) & pageIndexMask];
            var record = (byte*)page + (address % FasterStore.PageBytes);
            for (var line = 0; line < RecordLines; line++)
                Sse.Prefetch0(record + (line * LineBytes));
        }
    }

    /// <summary>Whether the newest record of a key's chain, which is nearly always the key's own, is below an address. The caller is in a batch.</summary>
    public bool IsBelow(ulong hash, long address)
    {
        var entries = (long*)BucketOf(hash);
        var tag = (long)(hash >> (64 - TagBits)) & TagMask;
        for (var i = 0; i < BucketEntries; i++)
        {
            var entry = entries[i];
            if (((entry >> AddressBits) & TagMask) == tag && entry != 0)
                return (entry & AddressMask) < address;
        }

        // Not there, or in an overflow bucket, which is looked at when the key is.
        return false;
    }

    private byte* BucketOf(ulong hash) => buckets + (((long)hash & bucketMask) * BucketBytes);

    private static object? Field(object owner, string name)
    {
        for (var type = owner.GetType(); type != null; type = type.BaseType)
        {
            if (type.GetField(name, Any) is { } field)
                return field.GetValue(owner);
        }

        return null;
    }
}
