using RespKv.Protocol;

namespace RespKv.Server.Net;

/// <summary>
/// Brings received bytes, block by block, before the request reader. A request that ends in a later block than it began in is copied once, into a buffer that
/// grows with what has arrived, never with what was announced.
/// </summary>
internal sealed class RequestBytes
{
    // While a length line is incomplete nobody knows how much is missing: take this much and give back what was too much.
    private const int UnknownStepBytes = 512;
    private const int BytesKept = 16 * 1024;

    private byte[]? gathered;
    private int gatheredLength;

    /// <summary>Bytes of an incomplete request that are held.</summary>
    public int HeldBytes => gatheredLength;

    /// <summary>Reads the next request from a block's bytes, and moves <paramref name="start"/> past what was used of them.</summary>
    public RespReadStatus Read(RespRequestReader reader, RespRequest request, byte[] block, ref int start, int end)
    {
        if (gatheredLength > 0)
            return ReadGathered(reader, request, block, ref start, end);
        var status = reader.Read(block, start, end - start, request);
        if (status == RespReadStatus.Done)
        {
            start += reader.Consumed;
        }
        else if (status == RespReadStatus.NeedMoreData && start < end)
        {
            Gather(block, start, end - start, reader.BytesNeeded);
            start = end;
        }

        return status;
    }

    /// <summary>The request has been run: its buffer is given back, if it was large.</summary>
    public void Release()
    {
        if (gatheredLength == 0 && gathered is { Length: > BytesKept })
            gathered = null;
    }

    /// <summary>The connection is over.</summary>
    public void Drop()
    {
        gatheredLength = 0;
        gathered = null;
    }

    private RespReadStatus ReadGathered(RespRequestReader reader, RespRequest request, byte[] block, ref int start, int end)
    {
        while (true)
        {
            if (start == end)
                return RespReadStatus.NeedMoreData;
            var missing = Math.Max(reader.BytesNeeded - gatheredLength, 1);
            var wanted = missing == 1 ? UnknownStepBytes : missing;
            var taken = (int)Math.Min(wanted, end - start);
            Gather(block, start, taken, reader.BytesNeeded);
            start += taken;
            var status = reader.Read(gathered!, 0, gatheredLength, request);
            if (status == RespReadStatus.NeedMoreData)
                continue;
            if (status == RespReadStatus.Done)
                start -= gatheredLength - reader.Consumed;
            gatheredLength = 0;
            return status;
        }
    }

    private void Gather(byte[] block, int start, int length, long needed)
    {
        var total = gatheredLength + length;
        if (gathered == null || gathered.Length < total)
        {
            // At most double of what is here, at most what the request is known to need.
            var capacity = (int)Math.Min(Math.Max(total * 2L, 1024), Math.Max(Math.Max(needed, total), 1024));
            var larger = GC.AllocateUninitializedArray<byte>(Math.Max(capacity, total));
            gathered.AsSpan(0, gatheredLength).CopyTo(larger);
            gathered = larger;
        }

        block.AsSpan(start, length).CopyTo(gathered.AsSpan(gatheredLength));
        gatheredLength = total;
    }
}
