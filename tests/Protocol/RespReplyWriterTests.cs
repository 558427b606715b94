using System.Buffers;
using System.Text;
using RespKv.Protocol;

namespace RespKv.Tests.Protocol;

public sealed class RespReplyWriterTests
{
    private static readonly Dictionary<string, Action<RespReplyWriter>> Replies = new()
    {
        ["simple"] = reply => reply.SimpleString("QUEUED"u8),
        ["ok"] = reply => reply.Ok(),
        ["bulk"] = reply => reply.BulkString("a\r\n\0"u8),
        ["empty bulk"] = reply => reply.BulkString(""u8),
        ["text"] = reply => reply.BulkString("\u00e9"),
        ["bulk integer"] = reply => reply.BulkInteger(long.MinValue),
        ["integer"] = reply => reply.Integer(-42),
        ["integers"] = reply =>
        {
            reply.Integer(0);
            reply.Integer(9);
            reply.Integer(10);
            reply.Integer(long.MinValue);
            reply.Integer(long.MaxValue);
        },
        ["null"] = reply => reply.Null(),
        ["null array"] = reply => reply.NullArray(),
        ["array"] = reply => reply.Array(2),
        ["map"] = reply => reply.Map(2),
        ["set"] = reply => reply.Set(2),
        ["push"] = reply => reply.Push(3),
        ["true"] = reply => reply.Boolean(true),
        ["false"] = reply => reply.Boolean(false),
        ["big number"] = reply => reply.BigNumber("1234567999999999999999999999999999999"),
        ["verbatim"] = reply => reply.Verbatim("txt"u8, "Some\nlines"u8),
        ["double"] = reply => reply.Double(-1.5),
        ["infinity"] = reply => reply.Double(double.PositiveInfinity),
        ["error"] = reply => reply.Error("ERR no"),
    };

    [Theory]
    [InlineData("simple", "+QUEUED\r\n", "+QUEUED\r\n")]
    [InlineData("ok", "+OK\r\n", "+OK\r\n")]
    [InlineData("bulk", "$4\r\na\r\n\0\r\n", "$4\r\na\r\n\0\r\n")]
    [InlineData("empty bulk", "$0\r\n\r\n", "$0\r\n\r\n")]
    [InlineData("text", "$2\r\n\xc3\xa9\r\n", "$2\r\n\xc3\xa9\r\n")]
    [InlineData("bulk integer", "$20\r\n-9223372036854775808\r\n", "$20\r\n-9223372036854775808\r\n")]
    [InlineData("integer", ":-42\r\n", ":-42\r\n")]
    [InlineData("integers", ":0\r\n:9\r\n:10\r\n:-9223372036854775808\r\n:9223372036854775807\r\n", ":0\r\n:9\r\n:10\r\n:-9223372036854775808\r\n:9223372036854775807\r\n")]
    [InlineData("null", "$-1\r\n", "_\r\n")]
    [InlineData("null array", "*-1\r\n", "_\r\n")]
    [InlineData("array", "*2\r\n", "*2\r\n")]
    [InlineData("map", "*4\r\n", "%2\r\n")]
    [InlineData("set", "*2\r\n", "~2\r\n")]
    [InlineData("push", "*3\r\n", ">3\r\n")]
    [InlineData("true", ":1\r\n", "#t\r\n")]
    [InlineData("false", ":0\r\n", "#f\r\n")]
    [InlineData("big number", "$37\r\n1234567999999999999999999999999999999\r\n", "(1234567999999999999999999999999999999\r\n")]
    [InlineData("verbatim", "$10\r\nSome\nlines\r\n", "=14\r\ntxt:Some\nlines\r\n")]
    [InlineData("double", "$4\r\n-1.5\r\n", ",-1.5\r\n")]
    [InlineData("infinity", "$3\r\ninf\r\n", ",inf\r\n")]
    [InlineData("error", "-ERR no\r\n", "-ERR no\r\n")]
    public void Each_reply_has_its_form_in_both_protocols(string reply, string resp2, string resp3)
    {
        Assert.Equal(resp2, Written(2, Replies[reply]));
        Assert.Equal(resp3, Written(3, Replies[reply]));
    }

    [Theory]
    [InlineData("ERR a\r\nb", "-ERR a  b\r\n")]
    [InlineData("ERR \0x\0", "-ERR  x \r\n")]
    [InlineData("ERR x\n", "-ERR x\r\n")]
    [InlineData("ERR \nx\r\n\r", "-ERR  x\r\n")]
    [InlineData("\r", "-\r\n")]
    [InlineData("ERR \xff", "-ERR \xff\r\n")]
    [InlineData("", "-\r\n")]
    public void Line_ends_and_NUL_in_an_error_become_blanks(string text, string wire) => Assert.Equal(wire, Written(2, reply => reply.Error(text)));

    // As Redis 7.4 prints them.
    [Theory]
    [InlineData(0.0, "0")]
    [InlineData(-0.0, "-0")]
    [InlineData(1.0, "1")]
    [InlineData(-10.0, "-10")]
    [InlineData(0.1, "0.1")]
    [InlineData(3.141, "3.141")]
    [InlineData(-123.456, "-123.456")]
    [InlineData(0.30000000000000004, "0.30000000000000004")]
    [InlineData(4503599627370495.0, "4503599627370495")]
    [InlineData(1e16, "1e+16")]
    [InlineData(1.5e21, "1.5e+21")]
    [InlineData(123456789012345680.0, "123456789012345680")]
    [InlineData(1.2345678901234568e25, "1.2345678901234568e+25")]
    [InlineData(0.001, "0.001")]
    [InlineData(0.000001, "0.000001")]
    [InlineData(0.0000001, "1e-7")]
    [InlineData(1.5e-7, "1.5e-7")]
    [InlineData(1.7976931348623157e308, "1.7976931348623157e+308")]
    [InlineData(5e-324, "5e-324")]
    [InlineData(double.NaN, "nan")]
    [InlineData(double.NegativeInfinity, "-inf")]
    public void Doubles_are_written_in_their_shortest_form(double value, string text) => Assert.Equal(text, RespReplyWriter.FormatDouble(value));

    [Fact]
    public void Doubles_read_back_as_they_were()
    {
        const int seed = 11;
        var random = new Random(seed);
        var values = Enumerable.Range(0, 20_000).Select(_ => BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue))).Where(double.IsFinite);

        Assert.All(values, value => Assert.Equal(value, double.Parse(RespReplyWriter.FormatDouble(value), System.Globalization.CultureInfo.InvariantCulture)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(24)]
    [InlineData(25)]
    [InlineData(4096)]
    public void Replies_are_the_same_in_blocks_of_any_size(int more)
    {
        var value = Enumerable.Range(0, 5000).Select(i => (byte)i).ToArray();
        var whole = new ArrayBufferWriter<byte>(1 << 20);
        var blocks = new BlockWriter(24, more);

        WriteMany(new RespReplyWriter(whole), value);
        WriteMany(new RespReplyWriter(blocks), value);

        Assert.Equal(whole.WrittenSpan.ToArray(), blocks.Written.ToArray());
    }

    [Fact]
    public void It_knows_how_much_it_has_written()
    {
        var output = new ArrayBufferWriter<byte>();
        var reply = new RespReplyWriter(output);
        reply.Ok();

        Assert.Equal((5, 0), (reply.BytesWritten, output.WrittenCount));
        reply.Commit();
        Assert.Equal((5, 5), (reply.BytesWritten, output.WrittenCount));
    }

    private static void WriteMany(RespReplyWriter reply, byte[] value)
    {
        for (var length = 0; length < 200; length++)
        {
            reply.BulkString(value.AsSpan(0, length));
            reply.Integer(length * 1_000_003L);
            reply.Error("ERR a\nb");
        }

        reply.BulkString(value);
        reply.Commit();
    }

    private static string Written(int protocol, Action<RespReplyWriter> write)
    {
        var output = new ArrayBufferWriter<byte>();
        var reply = new RespReplyWriter(output) { ProtocolVersion = protocol };
        write(reply);
        reply.Commit();
        return Encoding.Latin1.GetString(output.WrittenSpan);
    }

    /// <summary>Gives blocks of just the size that is asked for, or a little more, so that replies cross their ends.</summary>
    private sealed class BlockWriter(int least, int more) : IBufferWriter<byte>
    {
        private byte[] block = [];

        public List<byte> Written { get; } = [];

        public Memory<byte> GetMemory(int sizeHint = 0) => block = new byte[Math.Max(sizeHint, least) + more];

        public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

        public void Advance(int count) => Written.AddRange(block.AsSpan(0, count));
    }
}
