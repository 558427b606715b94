using RespKv.Protocol;
using RespKv.Server.Commands;

namespace RespKv.Server.Net;

/// <summary>
/// The whole requests that were found ahead of the one that runs, so that what they need can be fetched while others run. One per thread, for the time of a batch: what has
/// not run at its end is found again by the next one.
/// </summary>
internal sealed class RequestsAhead
{
    /// <summary>Requests found ahead at a time.</summary>
    public const int CountMax = CommandContext.AheadMax;

    [ThreadStatic]
    private static RequestsAhead? ofThread;

    private readonly RespRequest[] requests = [.. Enumerable.Range(0, CountMax).Select(_ => new RespRequest())];
    private readonly int[] ends = new int[CountMax];
    private readonly int[] lengths = new int[CountMax];

    public static RequestsAhead OfThread => ofThread ??= new RequestsAhead();

    public int Count { get; private set; }

    /// <summary>What came behind the last whole request.</summary>
    public RespReadStatus Status { get; private set; }

    public RespRequest this[int index] => requests[index];

    /// <summary>All, of which <see cref="Count"/> count.</summary>
    public RespRequest[] All => requests;

    /// <summary>Where a request's bytes end in the block.</summary>
    public int EndOf(int index) => ends[index];

    /// <summary>Bytes of a whole request.</summary>
    public int BytesOf(int index) => lengths[index];

    /// <summary>Finds the next requests of a block, and moves <paramref name="start"/> past them and past the part of one that follows.</summary>
    /// <param name="bytes">The bytes that are held of a request that began in an earlier block.</param>
    /// <param name="reader">The connection's reader.</param>
    /// <param name="next">What the reader puts together; exchanged for another when it is whole.</param>
    /// <param name="block">The bytes received.</param>
    /// <param name="start">Where those begin that have not been looked at.</param>
    /// <param name="end">Where they end.</param>
    public void Find(RequestBytes bytes, RespRequestReader reader, ref RespRequest next, byte[] block, ref int start, int end)
    {
        Count = 0;
        // A request that began in an earlier block lies in the buffer that the next such one will be gathered in, so it runs by itself. So does each one before
        // AUTH, which changes what is allowed behind it.
        var isAlone = bytes.HeldBytes > 0 || reader.IsUnauthenticated;
        do
        {
            Status = bytes.Read(reader, next, block, ref start, end);
            if (Status != RespReadStatus.Done)
                return;
            ends[Count] = start;
            lengths[Count] = reader.Consumed;
            (next, requests[Count]) = (requests[Count], next);
            Count++;
        }
        while (!isAlone && Count < CountMax);
    }

    /// <summary>They have run: what they took much room for is given up.</summary>
    public void Release()
    {
        for (var i = 0; i < Count; i++)
            requests[i].Release();
    }

    /// <summary>Takes those behind one back: they, and what followed them, have not been looked at.</summary>
    public void PutBack(int index, RequestBytes bytes, RespRequestReader reader, ref int start)
    {
        var isLast = index == Count - 1 && Status != RespReadStatus.Invalid;
        Status = RespReadStatus.Done;
        // The beginning of a request behind the last one is kept, since nothing before it is left.
        if (isLast)
            return;
        start = ends[index];
        bytes.Drop();
        reader.Reset();
    }
}
