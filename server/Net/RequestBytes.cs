using RespKv.Protocol;

namespace RespKv.Server.Net;

/// <summary>
/// Brings received bytes, block by block, before the request reader. A request that ends in a later block than it began in is copied once, into a buffer that
/// grows with what has arrived, never with what was announced: a block of the pool, or, past the largest of those, memory of its own.
/// </summary>
internal sealed class RequestBytes
{
    /// <summary>Most bytes of one request that can be held: all of them, and what comes in one go with its end, must fit an <see cref="int"/>.</summary>
    public const int BytesMax = int.MaxValue - (16 << 20);

    // While a length line is incomplete nobody knows how much is missing: take this much and give back what was too much.
    private const int UnknownStepBytes = 512;

    // Room behind a large argument for the small ones that may follow it.
    private const int RoomBehindBytes = 4 * 1024;

    // Room is made for a whole argument when this part of what is then there has arrived.
    private const int GrantedPart = 4;

    private byte[] block = [];
    private LargeRequest? large;
    private int length;

    /// <summary>Bytes of an incomplete request that are held.</summary>
    public int HeldBytes => length;

    /// <summary>Bytes that have been copied to make room, for tests: the cost of growing.</summary>
    public long MovedBytes { get; private set; }

    private int Capacity => large?.Capacity ?? block.Length;

    /// <summary>Reads the next request from a block's bytes, and moves <paramref name="start"/> past what was used of them.</summary>
    public RespReadStatus Read(RespRequestReader reader, RespRequest request, byte[] received, ref int start, int end)
    {
        if (length > 0)
            return ReadGathered(reader, request, received, ref start, end);
        var status = reader.Read(received, start, end - start, request);
        if (status == RespReadStatus.Done)
        {
            start += reader.Consumed;
        }
        else if (status == RespReadStatus.NeedMoreData && start < end)
        {
            Gather(received.AsSpan(start, end - start), reader.BytesNeeded);
            start = end;
        }

        return status;
    }

    /// <summary>The request has been run, and nobody uses its bytes any more: a buffer that it was gathered in is given back.</summary>
    public void Release()
    {
        if (length == 0 && Capacity > 0)
            Drop();
    }

    /// <summary>The connection is over.</summary>
    public void Drop()
    {
        length = 0;
        large?.Free();
        large = null;
        if (block.Length > 0)
            BlockPool.Return(block);
        block = [];
    }

    private RespReadStatus ReadGathered(RespRequestReader reader, RespRequest request, byte[] received, ref int start, int end)
    {
        while (true)
        {
            if (start == end)
                return RespReadStatus.NeedMoreData;
            var missing = Math.Max(reader.BytesNeeded - length, 1);
            var wanted = missing == 1 ? UnknownStepBytes : missing;
            var taken = (int)Math.Min(wanted, end - start);
            Gather(received.AsSpan(start, taken), reader.BytesNeeded);
            start += taken;
            var status = large == null ? reader.Read(block, 0, length, request) : reader.Read(large.Memory[..length], request);
            if (status == RespReadStatus.NeedMoreData)
                continue;
            if (status == RespReadStatus.Done)
                start -= length - reader.Consumed;
            length = 0;
            return status;
        }
    }

    private void Gather(ReadOnlySpan<byte> bytes, long needed)
    {
        var total = checked(length + bytes.Length);
        if (total > Capacity)
            Grow(total, needed);
        bytes.CopyTo((large == null ? block : large.GetSpan())[length..]);
        length = total;
    }

    private void Grow(int total, long needed)
    {
        // Twice what is here, so that all copies together stay below what arrives; or all that is known to come, once enough of it is here.
        var doubled = total * 2L;
        var known = needed + RoomBehindBytes;
        var capacity = (int)Math.Min(known > doubled && needed <= total * (long)GrantedPart ? known : doubled, Array.MaxLength);
        MovedBytes += length;
        if (large == null && capacity <= BlockPool.HugeBytes)
        {
            var larger = BlockPool.Rent(capacity);
            block.AsSpan(0, length).CopyTo(larger);
            if (block.Length > 0)
                BlockPool.Return(block);
            block = larger;
            return;
        }

        var isFirst = large == null;
        large ??= new LargeRequest();
        large.Grow(capacity);
        if (!isFirst)
            return;
        block.AsSpan(0, length).CopyTo(large.GetSpan());
        if (block.Length > 0)
            BlockPool.Return(block);
        block = [];
    }
}
