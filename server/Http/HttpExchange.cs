using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using RespKv.Server.Kv;

namespace RespKv.Server.Http;

/// <summary>One request and its answer. Lives as long as the request; what it hands out does not live longer.</summary>
internal sealed class HttpExchange(IFeatureCollection features)
{
    private const int ReasonCharactersMax = 512;

    // What is read of a refused body before the connection is given up: more than a Worker can hold.
    private const long DrainBytesMax = 256L << 20;

    // Sent before the client has taken what was sent before.
    private const int FlushBytes = 64 * 1024;

    private const string ValueType = "application/octet-stream";

    private readonly IHttpRequestFeature request = features.GetRequiredFeature<IHttpRequestFeature>();
    private readonly IHttpResponseFeature response = features.GetRequiredFeature<IHttpResponseFeature>();
    private RequestTarget? target;
    private bool isDrained;
    private bool hasBegun;

    public long StartTimestamp { get; } = Stopwatch.GetTimestamp();

    public string Method => request.Method;

    public RequestTarget Target => target ??= new RequestTarget(request.RawTarget);

    public IHeaderDictionary Headers => request.Headers;

    public IHeaderDictionary ResponseHeaders => response.Headers;

    /// <summary>The namespace of the end point that the request came to; null for one that serves all.</summary>
    public string? EndPointNamespace { get; } = features.Get<EndPointRole>()?.Namespace;

    /// <summary>Where the client is; null for a UNIX socket.</summary>
    public IPAddress? RemoteAddress => features.Get<IHttpConnectionFeature>()?.RemoteIpAddress;

    public PipeReader Body { get; } = features.GetRequiredFeature<IRequestBodyPipeFeature>().Reader;

    public long? ContentLength => Headers.ContentLength;

    /// <summary>What kind of request it is, for the figures; set when that is known.</summary>
    public HttpOperation Operation { get; set; } = HttpOperation.Other;

    /// <summary>What its user may do to keys; null when all.</summary>
    public KeyGrant? Grant { get; set; }

    public int Status => response.StatusCode;

    public bool HasStarted => response.HasStarted;

    /// <summary>Ends when the client has gone.</summary>
    public CancellationToken Aborted => features.GetRequiredFeature<IHttpRequestLifetimeFeature>().RequestAborted;

    public void Abort() => features.GetRequiredFeature<IHttpRequestLifetimeFeature>().Abort();

    /// <summary>Reads on in the body.</summary>
    /// <exception cref="BadHttpRequestException">It is not framed as it should be, or comes too slowly.</exception>
    public async ValueTask<ReadResult> ReadBodyAsync()
    {
        if (!hasBegun && ContentLength == null && Headers.TransferEncoding is { Count: > 0 } coding && !string.Equals(coding.ToString(), "chunked", StringComparison.OrdinalIgnoreCase))
            throw new BadHttpRequestException("The only transfer coding is chunked", StatusCodes.Status501NotImplemented);
        hasBegun = true;
        try
        {
            return await Body.ReadAsync(Aborted).ConfigureAwait(false);
        }
        catch (IOException error) when (error.GetType() == typeof(IOException))
        {
            throw new BadHttpRequestException(error.Message, error);
        }
    }

    /// <summary>Reads what is left of the body and throws it away, since a client that sends does not read; gives how much that was.</summary>
    public async ValueTask<long> DrainAsync()
    {
        // Who waits for leave to send is not to be given it only for that.
        if (!hasBegun && !isDrained && Headers.Expect.Count > 0)
        {
            if (!HasStarted)
                ResponseHeaders.Connection = "close";
            return 0;
        }

        var bytes = 0L;
        while (!isDrained && bytes <= DrainBytesMax)
        {
            var read = await ReadBodyAsync().ConfigureAwait(false);
            bytes += read.Buffer.Length;
            isDrained = read.IsCompleted;
            Body.AdvanceTo(read.Buffer.End);
        }

        if (!isDrained && HasStarted)
            Abort();
        else if (!isDrained)
            ResponseHeaders.Connection = "close";
        return bytes;
    }

    /// <summary>Says that the body has been read to its end.</summary>
    public void BodyIsRead() => isDrained = true;

    /// <summary>Answers with a status and nothing else.</summary>
    public ValueTask AnswerEmptyAsync(int status = 200)
    {
        response.StatusCode = status;
        ResponseHeaders.ContentLength = 0;
        return default;
    }

    /// <summary>Answers with the head of what would be the answer to a GET.</summary>
    public void AnswerHead(long length)
    {
        ResponseHeaders.ContentLength = length;
        ResponseHeaders.ContentType = ValueType;
        ResponseHeaders.XContentTypeOptions = "nosniff";
    }

    /// <summary>Answers with a fault without reading the rest of the body, and has the connection closed.</summary>
    public ValueTask RefuseAndCloseAsync(HttpFault fault)
    {
        ResponseHeaders.Connection = "close";
        isDrained = true;
        return RefuseAsync(fault);
    }

    /// <summary>Answers with a fault. The text is the reason phrase, as far as one can hold it, and the body.</summary>
    public async ValueTask RefuseAsync(HttpFault fault)
    {
        await DrainAsync().ConfigureAwait(false);
        response.StatusCode = fault.Status;
        response.ReasonPhrase = ReasonPhrase(fault.Message);
        await AnswerTextAsync(fault.Message, "text/plain; charset=utf-8").ConfigureAwait(false);
    }

    /// <summary>Answers with a text; status and reason phrase are as they were set.</summary>
    public async ValueTask AnswerTextAsync(string text, string contentType)
    {
        using var blocks = new ValueBlocks();
        blocks.Append(Encoding.UTF8.GetBytes(text));
        await AnswerAsync(blocks, contentType).ConfigureAwait(false);
    }

    /// <summary>Answers with bytes, as fast as the client takes them.</summary>
    public async ValueTask AnswerAsync(ValueBlocks blocks, string contentType)
    {
        var writer = await BeginAnswerAsync(blocks.Length, contentType).ConfigureAwait(false);
        var unsent = 0;
        for (var i = 0; i < blocks.Count; i++)
        {
            writer.Write(blocks[i].Span);
            unsent += blocks[i].Length;
            if (unsent < FlushBytes && i + 1 < blocks.Count)
                continue;
            if ((await writer.FlushAsync(Aborted).ConfigureAwait(false)).IsCompleted)
                return;
            unsent = 0;
        }
    }

    /// <summary>Answers with a value of the store, as fast as the client takes it.</summary>
    public async ValueTask AnswerAsync(EntryReader entry)
    {
        if (entry.Blocks is { } small)
        {
            await AnswerAsync(small, ValueType).ConfigureAwait(false);
            return;
        }

        // That it can be read has to be known before the answer begins.
        var piece = ArrayPool<byte>.Shared.Rent(FlushBytes);
        try
        {
            var count = Math.Min(entry.Length, FlushBytes);
            entry.Read(0, piece.AsSpan(0, count));
            var writer = await BeginAnswerAsync(entry.Length, ValueType).ConfigureAwait(false);
            for (var sent = 0; sent < entry.Length;)
            {
                if ((await writer.WriteAsync(piece.AsMemory(0, count), Aborted).ConfigureAwait(false)).IsCompleted)
                    return;
                sent += count;
                count = Math.Min(entry.Length - sent, FlushBytes);
                entry.Read(sent, piece.AsSpan(0, count));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }
    }

    private async ValueTask<PipeWriter> BeginAnswerAsync(long length, string contentType)
    {
        ResponseHeaders.ContentLength = length;
        ResponseHeaders.ContentType = contentType;
        // What somebody has stored is never to run as a page of this host.
        ResponseHeaders.XContentTypeOptions = "nosniff";
        var body = features.GetRequiredFeature<IHttpResponseBodyFeature>();
        // Before the start Kestrel would keep a copy of what is written.
        await body.StartAsync(Aborted).ConfigureAwait(false);
        return body.Writer;
    }

    /// <summary>The request has been answered, and what is read next is another.</summary>
    public void RequestIsOver()
    {
        if (features.Get<RequestLineReader>() is { } reader)
            reader.IsAtRequestLine = true;
    }

    public void SetStatus(int status) => response.StatusCode = status;

    // A status line is ASCII, and one line.
    private static string ReasonPhrase(string text) =>
        string.Create(Math.Min(text.Length, ReasonCharactersMax), text, static (phrase, from) =>
        {
            for (var i = 0; i < phrase.Length; i++)
                phrase[i] = from[i] is >= ' ' and <= '~' ? from[i] : '?';
        });

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Method} {request.RawTarget}");
}
