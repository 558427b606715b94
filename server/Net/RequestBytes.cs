using RespKv.Protocol;
using RespKv.Server.Storage;
using RespKv.Server.Storage.Faster;

namespace RespKv.Server.Net;

/// <summary>
/// Brings received bytes, block by block, before the request reader. A request that ends in a later block than it began in is copied once, into a buffer that
/// grows with what has arrived, never with what was announced: a block of the pool, or, past the largest of those, memory of its own. A large argument that is to become a value goes where the value is to be.
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
    private LargeUpload? upload;
    private int length;

    /// <summary>Bytes of an incomplete request that are held.</summary>
    public int HeldBytes => length + (upload?.Arrived ?? 0);

    /// <summary>Makes the place for an argument that comes next, given the ones before it and its length; null when it is one like any other.</summary>
    public Func<RespRequest, int, LargeUpload?>? BeginUpload { get; init; }

    /// <summary>Whether a value is being taken in.</summary>
    public bool IsUploading => upload != null;

    /// <summary>Why the value of a whole request cannot be kept; null when it can.</summary>
    public string? UploadFault => upload is { IsComplete: true } ? upload.Fault : null;

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
            if (reader.AnnouncedBytes > FasterStore.InlineValueBytesMax && BeginUpload != null)
            {
                request.Bind(received, start);
                upload = BeginUpload(request, reader.AnnouncedBytes);
            }

            if (upload == null)
            {
                Gather(received.AsSpan(start, end - start), reader.BytesNeeded);
                start = end;
                return status;
            }

            Gather(received.AsSpan(start, reader.AnnouncedAt), reader.AnnouncedAt);
            start += reader.AnnouncedAt;
            reader.Detach(request);
            return ReadGathered(reader, request, received, ref start, end);
        }

        return status;
    }

    /// <summary>The request has been run, and nobody uses its bytes any more: a buffer that it was gathered in is given back.</summary>
    public void Release()
    {
        if (length == 0 && (Capacity > 0 || upload != null))
            Drop();
    }

    /// <summary>The connection is over.</summary>
    public void Drop()
    {
        length = 0;
        upload?.Release();
        upload = null;
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
            if (upload is { IsComplete: false })
            {
                start += upload.Take(received.AsSpan(start, end - start));
                if (!upload.IsComplete)
                    return RespReadStatus.NeedMoreData;
            }
            else if (start < end)
            {
                GatherMissing(reader, received, ref start, end);
            }
            else
            {
                return RespReadStatus.NeedMoreData;
            }

            var status = large == null ? reader.Read(block, 0, length, request) : reader.Read(large.Memory[..length], request);
            if (status == RespReadStatus.NeedMoreData)
            {
                BeginUploadOfGathered(reader, request);
                continue;
            }

            if (status == RespReadStatus.Done)
                Finish(reader, request, ref start);
            length = 0;
            return status;
        }
    }

    private void GatherMissing(RespRequestReader reader, byte[] received, ref int start, int end)
    {
        var missing = Math.Max(reader.BytesNeeded - length, 1);
        var wanted = missing == 1 ? UnknownStepBytes : missing;
        var taken = (int)Math.Min(wanted, end - start);
        Gather(received.AsSpan(start, taken), reader.BytesNeeded);
        start += taken;
    }

    // What has been gathered behind the request's end belongs to the next one.
    private void Finish(RespRequestReader reader, RespRequest request, ref int start)
    {
        start -= length - reader.Consumed;
        if (upload is { Fault: null })
            request.Attach(upload.Memory);
    }

    private void BeginUploadOfGathered(RespRequestReader reader, RespRequest request)
    {
        // In the block of a request's beginning there is no such argument yet, and there is one upload at most.
        if (reader.AnnouncedBytes <= FasterStore.InlineValueBytesMax || large != null || upload != null || BeginUpload == null)
            return;
        request.Bind(block, 0);
        upload = BeginUpload(request, reader.AnnouncedBytes);
        if (upload == null)
            return;
        upload.Take(block.AsSpan(reader.AnnouncedAt, length - reader.AnnouncedAt));
        length = reader.AnnouncedAt;
        reader.Detach(request);
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
