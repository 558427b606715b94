using System.Buffers;
using System.Text;
using RespKv.Protocol;
using RespKv.Server.Storage;

namespace RespKv.Tests.Protocol;

/// <summary>Large arguments and replies whose bytes are somewhere else than those of the others.</summary>
public sealed class LargeArgumentTests
{
    private const string Letters = "abcdefghijklmnopqrstuvwxyz0123456789_";
    private static readonly string Value = string.Concat(Enumerable.Repeat(Letters, 9000));

    [Theory]
    [InlineData(7)]
    [InlineData(1000)]
    [InlineData(65_536)]
    [InlineData(333_030)]
    [InlineData(2_000_000)]
    public void A_request_is_found_however_its_bytes_arrive(int pieceBytes)
    {
        using var values = new LargeValues();
        byte[] sent = [.. RespArgument.Request("PING"), .. RespArgument.Request("SET", "k", Value, "EX", "10"), .. RespArgument.Request("SET", "l", Value), .. RespArgument.Request("ECHO", Value), .. RespArgument.Request("GET", "k")];

        var found = RequestFeed.Read(sent.Chunk(pieceBytes), null, (request, length) => request.Length == 2 ? values.BeginUpload(length) : null);

        Assert.Equal($"[PING][SET|k|{Value}|EX|10][SET|l|{Value}][ECHO|{Value}][GET|k]", found);
        Assert.Equal((0, 0), (values.Count, values.Bytes));
    }

    [Fact]
    public void Content_is_copied_where_the_output_cannot_take_it()
    {
        var output = new ArrayBufferWriter<byte>(16);
        var content = new Content();
        var reply = new RespReplyWriter(output);

        reply.BulkString(content);
        reply.Ok();
        reply.Commit();

        Assert.Equal($"${Value.Length}\r\n{Value}\r\n+OK\r\n", Encoding.ASCII.GetString(output.WrittenSpan));
        Assert.Equal(output.WrittenCount, reply.BytesWritten);
        Assert.True(content.IsDisposed);
    }

    private sealed class Content : IReplyContent
    {
        private readonly byte[] bytes = Encoding.ASCII.GetBytes(Value);

        public bool IsDisposed { get; private set; }

        public int Length => bytes.Length;

        public bool MayWait => false;

        public void Read(int offset, Span<byte> target) => bytes.AsSpan(offset, target.Length).CopyTo(target);

        public void Dispose() => IsDisposed = true;
    }
}
