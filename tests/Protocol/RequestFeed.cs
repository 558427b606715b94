using System.Text;
using RespKv.Protocol;
using RespKv.Server.Net;
using RespKv.Server.Storage;

namespace RespKv.Tests.Protocol;

/// <summary>What a connection does with bytes that arrive in pieces: it hands each to the request reader, in a block of its own, and runs what comes out.</summary>
internal sealed class RequestFeed(Func<RespRequest, int, LargeUpload?>? beginUpload = null)
{
    private readonly RequestBytes bytes = new() { BeginUpload = beginUpload };
    private readonly RespRequest request = new();
    private readonly List<string> found = [];

    public RespRequestReader Reader { get; } = new();

    /// <summary>Bytes that were copied to make room.</summary>
    public long MovedBytes => bytes.MovedBytes;

    /// <summary>Bytes of an incomplete request.</summary>
    public int HeldBytes => bytes.HeldBytes;

    /// <summary>Arguments of the last request.</summary>
    public int LastLength { get; private set; }

    /// <summary>Reads pieces one after the other; the requests as <c>[GET|k]</c> each, a protocol error as its text, an incomplete request as <c>...</c>.</summary>
    public static string Read(IEnumerable<byte[]> pieces, Action<RespRequestReader>? configure = null, Func<RespRequest, int, LargeUpload?>? beginUpload = null)
    {
        var feed = new RequestFeed(beginUpload);
        configure?.Invoke(feed.Reader);
        foreach (var piece in pieces)
            feed.Receive(piece);
        return string.Concat(feed.found) + (feed.HeldBytes > 0 ? "..." : "");
    }

    /// <summary>Takes a piece; false when it held a protocol error, after which nothing is read.</summary>
    public bool Receive(byte[] piece)
    {
        // In the middle of a larger array, as blocks of the pool are used.
        byte[] block = [0xee, .. piece, 0xee];
        var start = 1;
        while (true)
        {
            var status = bytes.Read(Reader, request, block, ref start, piece.Length + 1);
            if (status == RespReadStatus.NeedMoreData)
                return true;
            if (status == RespReadStatus.Invalid)
            {
                found.Add(Reader.Error);
                return false;
            }

            LastLength = request.Length;
            found.Add(Shown());
            bytes.Release();
        }
    }

    private string Shown() => request.Length > 100
        ? $"[{request.Length} arguments, {request.ArgumentBytes} bytes]"
        : $"[{string.Join('|', Enumerable.Range(0, request.Length).Select(i => Encoding.Latin1.GetString(request[i])))}]";
}
